//! A shop with its background jobs, its cashier and its mailbox, for tests that follow an order to its end.

use std::{path::PathBuf, time::Duration};
use till::kernel::SkuId;

use crate::support::{Browser, Cashier, Chromium, Database, OrderForm, PASSWORD, RedisServer, Shopper, TillServer};

/// A picture file to upload.
pub const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/static/pictures/goods/cup-of-tea.webp");

/// The program as an operator runs it, with lamps at 40.00 and cups at 5.00, ten of each; `lin` is staff.
pub struct OpenShop {
    pub database: Database,
    pub lamp: SkuId,
    pub cup: SkuId,
    cashier: Cashier,
    till: TillServer,
    // Dropped last: the others use it.
    _redis: RedisServer,
}

impl OpenShop {
    pub async fn open() -> Self {
        let (cashier, database, redis) = (Cashier::start(), Database::migrated(), RedisServer::start());
        let gateway = cashier.gateway();
        let mut till = TillServer::new(&database.url, &redis.url(), &[("ALIPAY_GATEWAY", &gateway)]);
        till.resume().await;
        let lamp = database.make_sku_of(database.make_spu("Lamp"), 10, "40.00");
        let cup = database.make_sku_of(database.make_spu("Cup"), 10, "5.00");
        database.make_staff("lin");
        Self { database, lamp, cup, cashier, till, _redis: redis }
    }

    /// A browser without a page. The cashier is at 127.0.0.1: for the browser, and for its cookies, another site.
    pub async fn browser(&self, javascript: bool) -> Chromium {
        Chromium::open(&self.till.url().replace("127.0.0.1", "localhost"), javascript).await
    }

    /// A shopper with an address, signed in.
    pub async fn shopper(&self, username: &str) -> Shopper {
        let id = self.database.make_user(username);
        let address = self.database.make_address(id);
        let browser = Browser::at(&self.till.url());
        browser.sign_in(username, PASSWORD).await.expect(303);
        Shopper { id, address, browser }
    }

    /// An order of these units, which is paid at the cashier unless it is paid on delivery. Returns its number.
    pub async fn order(&self, shopper: &Shopper, units: &[(SkuId, u32)], pay_method: &str) -> String {
        for (sku, count) in units {
            shopper.puts_in_cart(*sku, *count).await;
        }
        let form = OrderForm { pay_method: pay_method.to_owned(), ..shopper.opens_checkout().await };
        let number = crate::support::order_number(&shopper.places(&form).await.expect(303));
        if pay_method == "alipay" {
            let payment = shopper.browser.post_and_follow(&format!("/orders/{number}/payment"), &[]).await;
            self.cashier.pay(&payment.attribute_of("main a.button", "href")).await;
            self.becomes(&number, "unsent").await;
        }
        number
    }

    /// Waits until the order has this status.
    pub async fn becomes(&self, number: &str, status: &str) {
        let mut last = String::new();
        for _ in 0..300 {
            last = self.database.text(&format!("select status from orders where number = '{number}'"));
            if last == status {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{number} is {last}, not {status}: {}", self.till.said());
    }

    /// Waits until the mailbox has so many emails whose subject begins so. Leaves the browser in the mailbox.
    pub async fn mailed(&self, browser: &Chromium, subject: &str, count: usize) {
        let mut last = Vec::new();
        for _ in 0..150 {
            browser.goto("/dev/mailbox").await;
            browser.sees("h1", "Mailbox").await;
            last = browser.texts(".mailbox h2").await;
            if last.iter().filter(|mail| mail.starts_with(subject)).count() == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("not {count} emails \"{subject}\" but {last:?}: {}", self.till.said());
    }

    /// Asserts that reconciliation finds no mismatch.
    pub fn reconciles(&self) {
        let run = self.till.run("reconcile");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
    }
}

/// Signs in and opens `path`, a page with the heading `title`.
pub async fn sign_in(browser: &Chromium, username: &str, path: &str, title: &str) {
    browser.goto(&format!("/sign-in?next={path}")).await;
    browser.fill("#username", username).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("form[action='/sign-in'] button").await;
    browser.sees("h1", title).await;
}

/// Opens a closed `<details>` whose summary matches.
pub async fn unfold(browser: &Chromium, selector: &str) {
    browser.click(&format!("{selector} > summary")).await;
    browser.find(&format!("{selector}[open]")).await;
}

/// A file for an upload field.
pub fn file(folder: &crate::support::Folder, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}
