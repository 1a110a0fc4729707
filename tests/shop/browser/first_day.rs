//! The first day of a new member of staff, who knows only the pages, and of the first shopper who buys the new product.

use std::{
    fs,
    path::{Path, PathBuf},
};
use till::kernel::SkuId;

use crate::support::{Browser, Chromium, Database, PASSWORD, RedisServer, TillServer};

/// A picture file to upload.
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/static/pictures/goods/cup-of-tea.webp");

/// The shop at the start: three lamps, with a history of sales and damage.
struct Opening {
    database: Database,
    till: TillServer,
    lamp: SkuId,
    // Dropped last: the others use it.
    _redis: RedisServer,
}

impl Opening {
    async fn begins() -> Self {
        let (database, redis) = (Database::migrated(), RedisServer::start());
        let mut till = TillServer::new(&database.url, &redis.url(), &[]);
        till.resume().await;
        let spu = database.make_spu("Lamp");
        let lamp = database.make_sku_of(spu, 10, "40.00");
        database.make_sku_of(spu, 2, "45.00");
        database.execute(&format!("update skus set code = 'LAMP-' || id where spu_id = {spu}"));
        let morning = Self { database, till, lamp, _redis: redis };
        morning.ten_became_three().await;
        morning
    }

    /// Four lamps were sold, and three were recorded as damaged.
    async fn ten_became_three(&self) {
        let bo = self.database.make_user("bo");
        let address = self.database.make_address(bo).to_string();
        let shopper = self.visitor("bo").await;
        shopper.add(self.lamp, 4).await.expect(303);
        let page = shopper.page("/checkout").await;
        let said = |field: &str| page.attribute_of(&format!("[name={field}]"), "value");
        let (token, total) = (said("checkout_token"), said("expected_total"));
        let order = [
            ("checkout_token", token.as_str()),
            ("address_id", &address),
            ("pay_method", "cod"),
            ("expected_total", &total),
        ];
        shopper.post("/checkout", &order).await.expect(303);
        self.database.make_staff("lin");
        let path = format!("/admin/stock/{}/movements", self.lamp);
        let fell = [("delta", "-3"), ("reason", "damage"), ("note", "The shelf fell")];
        self.visitor("lin").await.post(&path, &fell).await.expect(303);
    }

    async fn visitor(&self, username: &str) -> Browser {
        let browser = Browser::at(&self.till.url());
        browser.sign_in(username, PASSWORD).await.expect(303);
        browser
    }

    /// Creates a staff account as an operator does; returns the random password.
    fn lets_in(&self, username: &str) -> String {
        let email = format!("{username}@example.com");
        let told = self.till.run_with(&["staff", "add", "--username", username, "--email", &email]);
        let said = String::from_utf8(told.stdout).unwrap();
        assert!(told.status.success(), "{said}");
        said.lines().find_map(|line| line.strip_prefix("Password: ")).expect("it is printed").to_owned()
    }

    fn stock(&self) -> Vec<String> {
        self.database.texts("select code || ' ' || stock from skus order by id")
    }
}

async fn signs_in(browser: &Chromium, password: &str) {
    browser.goto("/").await;
    browser.click("a[href^='/sign-in']").await;
    browser.fill("#username", "wei").await;
    browser.fill("#password", password).await;
    browser.click("form[action='/sign-in'] button").await;
    browser.sees("h1", "Today").await;
}

/// From the list of orders to be sent to the order, from there to the SKU, whose ledger explains what became of ten
/// lamps.
async fn finds_out_why_there_are_three(browser: &Chromium) {
    browser.sees(".task", "Orders to be sent").await;
    browser.click(".task[href$='unsent']").await;
    browser.click(".orders-table .order-number").await;
    browser.sees(".goods-line", "LAMP-1 ¥40.00 × 4").await;
    browser.click(".goods-name a").await;
    browser.sees("h1", "Lamp").await;
    browser.sees("aside .amounts-total dd", "3").await;
    browser.sees("main", "The shelf fell").await;
    browser.sees("main", "lin").await;
    browser.sees("main", "−4").await;
}

/// Fills in the downloaded import sheet and uploads it.
async fn takes_a_delivery_in(browser: &Chromium) {
    browser.click(".admin-row nav summary").await;
    browser.click(".admin-row a[href='/admin/imports']").await;
    browser.click("a[href='/admin/imports/new']").await;
    browser.click(".import-sheet button[value=difference]").await;
    let sheet = browser.downloaded("stock-difference.csv").await;
    browser.choose_file("#file", &filled_in(sheet, &["7", "20"])).await;
    browser.click("form[action='/admin/imports'] button").await;
    browser.sees(".import-state", "2 lines would change stock").await;
    browser.click("form[action$='/confirmation'] button").await;
    browser.sees(".import-state", "2 lines were applied").await;
}

fn filled_in(sheet: PathBuf, numbers: &[&str]) -> PathBuf {
    let text = fs::read_to_string(&sheet).unwrap();
    let (head, lines) = text.trim_end().split_once("\r\n").unwrap();
    let lines: Vec<String> = lines.lines().zip(numbers).map(|(line, number)| format!("{line}{number}\r\n")).collect();
    assert_eq!(lines.len(), numbers.len());
    let delivery = sheet.with_file_name("delivery.csv");
    fs::write(&delivery, format!("{head}\r\n{}", lines.concat())).unwrap();
    delivery
}

/// The page says 22; the count is 21.
async fn counts_a_shelf(browser: &Chromium) {
    browser.click(".admin-row a[href='/admin/stock']").await;
    browser.fill("#q", "LAMP-2").await;
    browser.click(".stock-filter button").await;
    browser.sees(".stock-level", "22").await;
    browser.click("#how option[value=count]").await;
    browser.click("#reason option[value=count]").await;
    browser.fill(".stock-amount input[type=number]", "21").await;
    browser.click(".stock-bar button").await;
    browser.sees(".flash-success", "21").await;
    browser.sees(".stock-level", "21").await;
}

/// Adds a mug in two colors and publishes it.
async fn adds_a_product(browser: &Chromium) {
    browser.click(".admin-row a[href='/admin/products']").await;
    browser.click("a[href='/admin/products/new']").await;
    browser.fill("#name_en", "Mug").await;
    browser.fill("#name_zh", "马克杯").await;
    browser.click("#category_id option:last-child").await;
    browser.click("#brand_id option:last-child").await;
    browser.click("form[action='/admin/products'] button").await;
    browser.sees("h1", "Mug").await;
    browser.fill("#option-", "Colour").await;
    browser.fill("#new-values-", "Blue\nRed").await;
    browser.click("form[action$='/options'] button").await;
    browser.sees(".sku-table tbody tr:nth-child(2)", "Red").await;
    for (row, code, price) in [(1, "MUG-BLUE", "25.00"), (2, "MUG-RED", "30.00")] {
        let field = |name: &str| format!(".sku-table tbody tr:nth-child({row}) [name={name}]");
        browser.fill(&field("code"), code).await;
        browser.fill(&field("price"), price).await;
    }
    browser.click("form[action$='/skus'] button").await;
    browser.sees("#prices ~ table", "MUG-RED").await;
    browser.choose_file("#picture", Path::new(PICTURE)).await;
    browser.fill("#alt", "A mug from the side").await;
    browser.click("form[action$='/pictures'] button").await;
    browser.find(".goods-shots img").await;
    browser.click("form[action$='/publication'] button").await;
    browser.sees(".page-head .badge-accent", "").await;
}

/// Enters a number beside each of several SKUs and sends them as one form.
async fn puts_the_mugs_on_the_shelf(browser: &Chromium) {
    browser.click(".admin-row a[href='/admin/stock']").await;
    browser.fill("#q", "MUG").await;
    browser.click(".stock-filter button").await;
    browser.sees(".stock-table", "MUG-BLUE").await;
    for row in [1, 2] {
        browser.fill(&format!(".stock-table tbody tr:nth-child({row}) .stock-amount input[type=number]"), "5").await;
    }
    browser.click(".stock-bar button").await;
    browser.sees(".stock-table tbody tr:nth-child(2) .stock-level", "5").await;
}

/// A new visitor finds the mug, chooses the red one, and orders two.
async fn somebody_buys(browser: &Chromium) {
    browser.goto("/").await;
    browser.fill("#q", "mug").await;
    browser.click(".search button").await;
    browser.sees("h1", "mug").await;
    browser.click(".card-name a").await;
    browser.sees("h1", "Mug").await;
    browser.find("[data-sku-picture][alt='A mug from the side']").await;
    browser.click(".option-value:nth-child(2)").await;
    browser.sees("[data-sku-price]", "¥30.00").await;
    browser.click("[data-sku-buy]").await;
    browser.sees(".flash-success", "Mug is in your cart.").await;
    browser.click("#cart-link").await;
    browser.sees(".goods-text", "Red").await;
    browser.click(".cart-count [data-step='1']").await;
    browser.sees(".cart-total", "¥60.00").await;
    browser.click("a[href='/checkout']").await;
    super::make_an_account(browser).await;
    super::add_an_address(browser).await;
    browser.click(".choice:has([value=cod])").await;
    browser.click("form#checkout button").await;
    browser.sees("h1", "Thank you, it is yours").await;
}

#[tokio::test]
async fn somebody_new_runs_the_shop_for_a_day_with_nothing_but_the_pages_and_every_book_agrees() {
    let morning = Opening::begins().await;
    let password = morning.lets_in("wei");
    let counter = Chromium::open(&morning.till.url(), true).await;
    signs_in(&counter, &password).await;
    finds_out_why_there_are_three(&counter).await;
    takes_a_delivery_in(&counter).await;
    assert_eq!(morning.stock(), ["LAMP-1 10", "LAMP-2 22"]);
    counts_a_shelf(&counter).await;
    adds_a_product(&counter).await;
    puts_the_mugs_on_the_shelf(&counter).await;
    assert_eq!(morning.stock(), ["LAMP-1 10", "LAMP-2 21", "MUG-BLUE 5", "MUG-RED 5"]);

    let shopper = Chromium::open(&morning.till.url(), true).await;
    somebody_buys(&shopper).await;
    assert_eq!(morning.stock()[3], "MUG-RED 3");

    // In the evening the dashboard shows what was sold, and the audit log everything that was changed.
    counter.click(".admin-row a[href='/admin']").await;
    counter.sees(".metrics", "Orders 2").await;
    counter.sees(".metrics", "¥240.00").await;
    counter.click(".admin-row nav summary").await;
    counter.click(".admin-row a[href='/admin/audit-log']").await;
    counter.sees(".audit-log-table", "wei").await;

    let asked = morning.till.run("reconcile");
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stdout));
}
