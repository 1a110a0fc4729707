//! The stock list: what it finds, its order, its pages, and its export.

use chrono::{FixedOffset, Utc};
use till::{
    kernel::SkuId,
    platform::db,
    stock::{record_day_start, refresh_sales_figures},
};

use crate::support::{Browser, Database, TestShop};

async fn listed(clerk: &Browser, path: &str) -> Vec<String> {
    clerk.page(path).await.texts_of(".stock-name a")
}

/// Creates a product of this name with one SKU.
fn product(shop: &TestShop, name: &str, stock: i32) -> SkuId {
    let spu = shop.make_spu(name);
    shop.make_sku_of(spu, stock, "9.00")
}

fn shanghai() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).unwrap()
}

fn count_anew(database: &Database) {
    refresh_sales_figures(&mut database.connect(), Utc::now(), shanghai()).unwrap();
}

#[tokio::test]
async fn the_list_is_searched_by_name_and_code_and_filtered() {
    let shop = TestShop::open().await;
    product(&shop, "Plenty", 900);
    product(&shop, "Few", 3);
    let gone = product(&shop, "Gone", 0);
    let hidden = product(&shop, "Hidden", 0);
    shop.execute(&format!("update skus set code = 'AUR-%_1' where id = {gone}"));
    shop.execute(&format!("update skus set active = false where id = {hidden}"));
    shop.execute(&format!(
        "insert into texts (language, spu_id, name) select 'zh', spu_id, '龙井茶' from skus where id = {gone}"
    ));
    let clerk = shop.clerk("clerk").await;
    let found = async |query: &str| listed(&clerk, &format!("/admin/stock?sort=name&{query}")).await;
    assert_eq!(found("").await, ["Few", "Gone", "Hidden", "Plenty"]);
    assert_eq!(found("show=low").await, ["Few", "Gone"]);
    assert_eq!(found("show=out").await, ["Gone"]);
    assert_eq!(found("show=inactive").await, ["Hidden"]);
    assert_eq!(found("q=plen").await, ["Plenty"]);
    assert_eq!(found("q=PLEN").await, ["Plenty"]);
    assert_eq!(found("q=aur-%25_1").await, ["Gone"]);
    assert_eq!(found("q=gone+aur").await, ["Gone"], "each word must be found, wherever");
    assert_eq!(found("q=gone+plenty").await, [""; 0]);
    assert_eq!(found("q=%25").await, ["Gone"], "a sign means itself");
    assert_eq!(found("q=%E9%BE%99%E4%BA%95").await, ["Gone"], "two Chinese characters are a word");
    for query in ["q=%00", "q=%ff", "after=-1", "before=99999999999999999999", "after=x", "show=x", "sort=x", "brand=x"]
    {
        clerk.page(&format!("/admin/stock?{query}")).await;
    }
    clerk.page(&format!("/admin/stock?q={}", "a".repeat(6000))).await;
}

#[tokio::test]
async fn what_is_rare_and_what_is_common_is_found_among_many() {
    let shop = TestShop::open().await;
    let pots = shop.make_spu("Green pot");
    // More SKUs than a short scan reads.
    shop.execute(&format!(
        "insert into skus (spu_id, code, name, price, stock)
         select {pots}, 'POT-' || lpad(n::text, 5, '0'), 'Green pot', 9, n from generate_series(1, 6000) n"
    ));
    let tea = product(&shop, "Tea XL", 3);
    shop.execute(&format!("update skus set code = 'ZZ-7' where id = {tea}"));
    shop.execute(&format!(
        "insert into texts (language, spu_id, name) select 'zh', spu_id, '明前龙井茶' from skus where id = {tea}"
    ));
    let own = shop.make_sku_of(shop.spu_of(tea), 2, "9.00");
    shop.execute(&format!("update skus set code = 'ZZ-8', name = '红色' where id = {own}"));
    let clerk = shop.clerk("clerk").await;
    let codes = async |query: &str| {
        let page = clerk.page(&format!("/admin/stock?{query}")).await;
        (page.texts_of(".stock-table code"), page.text_of(".page-head p"))
    };
    let both = ["ZZ-7".to_owned(), "ZZ-8".to_owned()];
    for rare in [
        "q=tea",
        "q=xl",
        "q=zz",
        "q=zz-",
        "q=%E9%BE%99%E4%BA%95",
        "q=%E4%BA%95",
        "q=tea+xl",
        "q=te+zz",
        "sort=stock&q=tea",
    ] {
        let (mut found, words) = codes(rare).await;
        found.sort_unstable();
        assert_eq!((found.as_slice(), words.split(' ').next()), (both.as_slice(), Some("2")), "{rare}");
    }
    for one in ["q=7", "q=ZZ-7", "q=zz-7+tea", "q=tea+zz-7&show=low"] {
        assert_eq!(codes(one).await.0, ["ZZ-7"], "{one}");
    }
    assert_eq!(codes("q=%E7%BA%A2%E8%89%B2").await.0, ["ZZ-8"], "also in a name of its own");
    for none in ["q=l", "q=ea", "q=%E8%8C%B6%E6%98%8E", "q=tea+pot", "q=zzz"] {
        let page = clerk.page(&format!("/admin/stock?{none}")).await;
        assert!(!page.has(".stock-table"), "{none}");
    }
    for (common, first) in [("q=pot", "POT-00001"), ("q=gr", "POT-00001"), ("q=05&sort=code", "POT-05000")] {
        let page = clerk.page(&format!("/admin/stock?{common}")).await;
        let codes = page.texts_of(".stock-table code");
        assert_eq!((codes.len(), codes[0].as_str()), (50, first), "{common}");
        let next = clerk.page(&page.attribute_of("a[rel=next]", "href")).await;
        let back = clerk.page(&next.attribute_of("a[rel=prev]", "href")).await;
        assert_eq!(back.texts_of(".stock-table code"), codes, "{common}");
    }
}

#[tokio::test]
async fn a_category_holds_what_is_in_those_below_it() {
    let shop = TestShop::open().await;
    let kitchen = shop.make_category("Kitchen", None);
    shop.make_category("Pots", Some(kitchen));
    shop.make_category("Garden", None);
    for (category, name) in [("kitchen", "Towel"), ("pots", "Kettle"), ("garden", "Rake")] {
        let spu = shop.make_spu_in(category, name);
        shop.make_sku_of(spu, 9, "9.00");
    }
    shop.execute("insert into brands (slug, name) values ('other', 'Other')");
    shop.execute("update spus set brand_id = (select id from brands where slug = 'other') where name = 'Towel'");
    let clerk = shop.clerk("clerk").await;
    let found = async |query: &str| listed(&clerk, &format!("/admin/stock?sort=name&{query}")).await;
    assert_eq!(found("category=kitchen").await, ["Kettle", "Towel"]);
    assert_eq!(found("category=pots").await, ["Kettle"]);
    assert_eq!(found("category=nowhere").await, [""; 0]);
    assert_eq!(found("brand=other").await, ["Towel"]);
    assert_eq!(found("category=kitchen&brand=maker").await, ["Kettle"]);
    assert_eq!(found("category=garden&brand=other").await, [""; 0]);
}

#[tokio::test]
async fn every_sku_is_on_one_page_in_every_order_forwards_and_backwards() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Thing");
    for n in 0..120 {
        shop.make_sku_of(spu, n % 7 + 1, "9.00");
    }
    count_anew(&shop);
    let clerk = shop.clerk("clerk").await;
    for sort in ["code", "name", "newest", "stock", "sold", "days"] {
        let mut pages = vec![clerk.page(&format!("/admin/stock?sort={sort}")).await];
        while let Some(next) = pages.last().unwrap().attributes_of("a[rel=next]", "href").into_iter().next() {
            pages.push(clerk.page(&next).await);
        }
        let codes: Vec<Vec<String>> = pages.iter().map(|page| page.texts_of(".stock-table code")).collect();
        assert_eq!(codes.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20], "{sort}");
        let mut all: Vec<&String> = codes.iter().flatten().collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 120, "{sort}");
        let back = pages[2].attribute_of("a[rel=prev]", "href");
        let back = clerk.page(&back).await;
        assert_eq!(back.texts_of(".stock-table code"), codes[1], "{sort}");
        assert!(!pages[0].has("a[rel=prev]") && !pages[2].has("a[rel=next]"), "{sort}");
    }
    let least = clerk.page("/admin/stock?sort=stock").await.texts_of(".stock-level");
    assert!(least[0].starts_with('1') && least[49].starts_with('3'), "{least:?}");
}

#[tokio::test]
async fn what_was_sold_is_counted_from_the_beginning_of_a_day_and_without_canceled_orders() {
    let shop = TestShop::open().await;
    let sku = product(&shop, "Tea", 100);
    let mei = shop.shopper("mei").await;
    let (now, zone) = (Utc::now(), shanghai());
    let ordered = async |count: u32, days: i64| {
        mei.puts_in_cart(sku, count).await;
        let number = mei.orders().await;
        shop.execute(&format!(
            "update orders set placed_at = now() - interval '{days} days' where number = '{number}'"
        ));
    };
    ordered(5, 40).await;
    ordered(4, 20).await;
    ordered(3, 3).await;
    // The first day is computed from the orders before it.
    assert!(record_day_start(&mut shop.connect(), now, zone).unwrap());
    assert!(!record_day_start(&mut shop.connect(), now, zone).unwrap(), "the day is recorded already");
    ordered(2, 0).await;
    let clerk = shop.clerk("clerk").await;
    let sold = async || clerk.page("/admin/stock").await.texts_of(".stock-table tbody .number")[1].clone();
    assert_eq!(sold().await, "5 / 9");
    // Each later day is written from the counters at its start.
    let in_a_week = now + chrono::Duration::days(7);
    assert!(record_day_start(&mut shop.connect(), in_a_week, zone).unwrap());
    refresh_sales_figures(&mut shop.connect(), in_a_week, zone).unwrap();
    assert_eq!(shop.number("select sold_30 from sku_figures"), 9);
    assert_eq!(shop.number("select days_left from sku_figures"), 86 * 30 / 9);
    let in_a_month = now + chrono::Duration::days(40);
    refresh_sales_figures(&mut shop.connect(), in_a_month, zone).unwrap();
    assert_eq!(shop.number("select sold_30 from sku_figures"), 0);
}

#[tokio::test]
async fn a_day_that_was_recorded_too_early_by_a_wrong_clock_is_recorded_again() {
    let shop = TestShop::open().await;
    let sku = product(&shop, "Tea", 100);
    let mei = shop.shopper("mei").await;
    let (now, zone) = (Utc::now(), shanghai());
    let tomorrow = now + chrono::Duration::days(1);
    assert!(record_day_start(&mut shop.connect(), now, zone).unwrap());
    mei.puts_in_cart(sku, 2).await;
    mei.orders().await;
    assert!(record_day_start(&mut shop.connect(), tomorrow, zone).unwrap(), "the clock is ahead");
    mei.puts_in_cart(sku, 3).await;
    mei.orders().await;
    assert!(!record_day_start(&mut shop.connect(), now, zone).unwrap(), "the clock is right, and today is recorded");
    assert_eq!(shop.number("select count(*) from sku_sales_days"), 1);
    assert!(record_day_start(&mut shop.connect(), tomorrow, zone).unwrap());
    assert_eq!(shop.number("select max(sales) from sku_sales"), 5, "all were sold before tomorrow");
}

#[tokio::test]
async fn a_canceled_order_is_not_sold() {
    let shop = TestShop::open().await;
    let sku = product(&shop, "Tea", 10);
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    let form = mei.opens_checkout().await;
    mei.places(&crate::support::OrderForm { pay_method: "alipay".into(), ..form }).await.expect(303);
    let clerk = shop.clerk("clerk").await;
    let sold = async || clerk.page("/admin/stock").await.texts_of(".stock-table tbody .number")[1].clone();
    assert_eq!(sold().await, "2 / 2");
    let late = Utc::now() + chrono::Duration::days(1);
    let canceled = till::lifecycle::cancel_expired(&mut shop.connect(), late, 10).unwrap();
    assert_eq!((canceled, sold().await), (1, "0 / 0".to_owned()));
    shop.assert_reconciled();
}

#[test]
fn what_is_low_is_known_at_once_whatever_makes_it_low() {
    let database = Database::migrated();
    let sku = database.make_sku(9, "9.00");
    let other = database.make_sku(2, "9.00");
    let short = || database.texts("select concat_ws(' ', sku_id, stock) from low_stock_skus order by sku_id");
    assert_eq!(short(), [format!("{other} 2")]);
    for (change, low) in [
        ("stock = 5", true),
        ("stock = 0", true),
        ("stock = 6", false),
        ("low_stock_at = 6", true),
        ("active = false", false),
        ("active = true", true),
        ("low_stock_at = 0", false),
    ] {
        database.execute(&format!("update skus set {change} where id = {sku}"));
        let stock = database.number(&format!("select stock from skus where id = {sku}"));
        assert_eq!(short().contains(&format!("{sku} {stock}")), low, "{change}");
    }
    // A product that is not published is not low.
    let of_sku = format!("where id = (select spu_id from skus where id = {sku})");
    database.execute(&format!("update skus set low_stock_at = 9 where id = {sku}"));
    let mut stock = database.number(&format!("select stock from skus where id = {sku}"));
    for (change, low) in [("published = false", false), ("name = 'Other'", false), ("published = true", true)] {
        database.execute(&format!("update spus set {change} {of_sku}"));
        assert_eq!(short().contains(&format!("{sku} {stock}")), low, "{change}");
    }
    database.execute(&format!(
        "update spus set published = false {of_sku}; update skus set stock = stock - 1 where id = {sku}"
    ));
    assert_eq!(short().len(), 1);
    stock -= 1;
    database.make_category("Elsewhere", None);
    database
        .execute(&format!("update spus set published = true, category_id = (select max(id) from categories) {of_sku}"));
    assert!(short().contains(&format!("{sku} {stock}")));
    let misplaced =
        "select count(*) from low_stock_skus x join skus k on k.id = x.sku_id join spus s on s.id = k.spu_id
        where (x.category_id, x.brand_id) is distinct from (s.category_id, s.brand_id)";
    assert_eq!(database.number(misplaced), 0);
    database.execute(&format!("update skus set low_stock_at = 0 where id = {sku}"));
    let rolled_back = db::transaction(&mut database.connect(), |conn| {
        use diesel::RunQueryDsl;
        diesel::sql_query(format!("update skus set stock = 0 where id = {sku}")).execute(conn)?;
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    assert!(rolled_back.is_err());
    assert_eq!(short(), [format!("{other} 2")]);
}

#[tokio::test]
async fn the_navigation_says_how_many_are_low() {
    let shop = TestShop::open().await;
    let sku = product(&shop, "Tea", 3);
    product(&shop, "Coffee", 30);
    let clerk = shop.clerk("clerk").await;
    let mark = ".admin-header a[href='/admin/stock'] .visually-hidden";
    assert_eq!(clerk.page("/admin/reconciliation").await.text_of(mark), "1 SKU is low or sold out");
    shop.execute(&format!("update skus set stock = 30 where id = {sku}"));
    assert!(!clerk.page("/admin/reconciliation").await.has(mark));
}

#[tokio::test]
async fn the_export_holds_what_the_list_is_filtered_to_and_no_formulas() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Thing");
    shop.execute(&format!(
        "insert into skus (spu_id, code, name, price, stock)
         select {spu}, 'T-' || n, 'Thing', 9, n from generate_series(1, 1100) n"
    ));
    let evil = product(&shop, "Evil", 3);
    shop.execute(&format!("update skus set code = '@SUM(1,2)', cost = 4.5 where id = {evil}"));
    shop.execute("update spus set name = '=HYPERLINK(\"http://evil.example\")' where name = 'Evil'");
    let clerk = shop.clerk("clerk").await;
    let all = clerk.page("/admin/stock/export").await;
    assert!(all.body.starts_with("\u{feff}Code,Name,"), "{}", &all.body[..80]);
    assert_eq!(all.header("content-type"), "text/csv; charset=utf-8");
    assert!(all.header("content-disposition").starts_with("attachment; filename=\"stock-"), "{:?}", all.headers);
    assert_eq!(all.body.lines().count(), 1 + 1_101);
    let page = clerk.page("/admin/stock?show=low&sort=name").await;
    let low = clerk.page(&page.attribute_of("a[download]", "href")).await;
    assert_eq!(low.body.lines().count(), 1 + 6);
    let line = low.body.lines().find(|line| line.contains("SUM")).unwrap();
    assert!(line.starts_with("\"'@SUM(1,2)\",\"'=HYPERLINK(\"\"http://evil.example\"\")\","), "{line}");
    assert!(line.trim_end_matches('"').ends_with("4.50"), "{line}");
    let chinese =
        clerk.send(clerk.request(reqwest::Method::GET, "/admin/stock/export").header("accept-language", "zh"));
    assert!(chinese.await.body.starts_with("\u{feff}编码,名称,"));
}
