//! Counting stock, and undoing a mistake: nothing is overwritten, nothing is lost.

use futures_util::future::join_all;
use till::kernel::SkuId;

use crate::support::{Answer, Browser, OrderForm, TestShop};

/// The hidden fields of the SKU's page.
async fn seen(clerk: &Browser, sku: SkuId) -> (String, String) {
    let page = clerk.page(&format!("/admin/stock/{sku}/movements")).await;
    (page.attribute_of("[name=seen]", "value"), page.attribute_of("[name=seen_sales]", "value"))
}

async fn count(clerk: &Browser, sku: SkuId, counted: &str, (stock, sales): &(String, String), carried: &str) -> Answer {
    let fields = [
        ("how", "count"),
        ("delta", counted),
        ("seen", stock),
        ("seen_sales", sales),
        ("carried", carried),
        ("reason", "count"),
    ];
    clerk.post(&format!("/admin/stock/{sku}/movements"), &fields).await
}

#[tokio::test]
async fn a_count_sets_the_stock_and_says_the_difference() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(40, "9.00");
    let clerk = shop.clerk("clerk").await;
    let shown = seen(&clerk, sku).await;
    let answer = count(&clerk, sku, "37", &shown, "").await.expect(303);
    assert!(clerk.page(answer.location()).await.text_of(".flash-success").contains("40 − 3 = 37"));
    assert_eq!(shop.number("select stock from skus"), 37);
    // Sent again, the count is asked about, and changes nothing.
    count(&clerk, sku, "37", &shown, "").await.expect(422);
    let shown = seen(&clerk, sku).await;
    let answer = count(&clerk, sku, "37", &shown, "").await.expect(303);
    assert!(clerk.page(answer.location()).await.text_of(".flash-success").contains("as counted"));
    assert_eq!(shop.number("select count(*) from stock_movements"), 2);
    let written = shop.texts(
        "select concat_ws(' ', action, before ->> 'stock', after ->> 'stock', after ->> 'reason') from audit_log order by id",
    );
    assert_eq!(written, ["count_stock 40 37 count", "count_stock 37 37 count"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_count_also_asks_where_as_many_came_as_were_sold() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(28, "9.00");
    let clerk = shop.clerk("clerk").await;
    let shown = seen(&clerk, sku).await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 3).await;
    mei.orders().await;
    let path = format!("/admin/stock/{sku}/movements");
    clerk.post(&path, &[("delta", "3"), ("reason", "return")]).await.expect(303);
    let asked = count(&clerk, sku, "38", &shown, "").await.expect(422);
    assert!(asked.text_of(".field-error").contains("there are 28 again; you counted 38"), "{asked}");
    assert_eq!(shop.number("select stock from skus"), 28);
    let told = (asked.attribute_of("[name=seen]", "value"), asked.attribute_of("[name=seen_sales]", "value"));
    count(&clerk, sku, "38", &told, "").await.expect(303);
    assert_eq!(shop.number("select stock from skus"), 38);
    shop.assert_reconciled();
}

#[tokio::test]
async fn the_reason_is_what_the_numbers_say_where_none_is_chosen() {
    let shop = TestShop::open().await;
    let (sku, other) = (shop.make_sku(28, "9.00"), shop.make_sku(28, "9.00"));
    let clerk = shop.clerk("clerk").await;
    let path = format!("/admin/stock/{sku}/movements");
    let (stock, sales) = seen(&clerk, sku).await;
    let counted =
        [("how", "count"), ("delta", "30"), ("seen", stock.as_str()), ("seen_sales", &sales), ("reason", "usual")];
    clerk.post(&path, &counted).await.expect(303);
    clerk.post(&path, &[("delta", "5"), ("reason", "usual")]).await.expect(303);
    clerk.post(&path, &[("delta", "5"), ("reason", "")]).await.expect(422);
    clerk.post(&path, &[("delta", "-2"), ("reason", "usual")]).await.expect(303);
    let several = [(format!("amount-{sku}"), "-1"), (format!("amount-{other}"), "4")];
    let mut fields: Vec<(&str, &str)> = several.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    fields.push(("reason", "usual"));
    clerk.post("/admin/stock/changes", &fields).await.expect(303);
    let reasons = shop.texts("select reason from stock_movements where staff_id is not null order by id");
    assert_eq!(reasons, ["count", "delivery", "correction", "correction", "delivery"], "nothing goes by a delivery");
}

#[tokio::test]
async fn a_count_that_was_overtaken_by_a_sale_asks_and_never_overwrites() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(40, "9.00");
    let clerk = shop.clerk("clerk").await;
    let shown = seen(&clerk, sku).await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 3).await;
    mei.orders().await;
    let asked = count(&clerk, sku, "50", &shown, "").await.expect(422);
    let words = asked.text_of(".field-error");
    assert!(words.contains("3 sold while you typed: 40 to 37; you counted 50"), "{words}");
    assert_eq!(shop.number("select stock from skus"), 37);
    // The answer contains the adjusted count: here that the count was made before the sales.
    let carried = asked.attribute_of("button[name=carried]", "value");
    assert_eq!(carried, "47");
    let told = (asked.attribute_of("[name=seen]", "value"), asked.attribute_of("[name=seen_sales]", "value"));
    assert_eq!(told, ("37".to_owned(), "3".to_owned()));
    count(&clerk, sku, "50", &told, &carried).await.expect(303);
    assert_eq!(shop.number("select stock from skus"), 47);
    // A delivery in the meantime is not a sale.
    let shown = seen(&clerk, sku).await;
    let fields = [("delta", "5"), ("reason", "delivery")];
    clerk.post(&format!("/admin/stock/{sku}/movements"), &fields).await.expect(303);
    let asked = count(&clerk, sku, "50", &shown, "").await.expect(422);
    assert!(asked.text_of(".field-error").contains("The stock changed while you typed: 47 to 52"), "{asked}");
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_count_that_is_overtaken_twice_is_set_to_what_its_button_says() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(60, "9.00");
    let clerk = shop.clerk("clerk").await;
    let shown = seen(&clerk, sku).await;
    let told =
        |asked: &Answer| (asked.attribute_of("[name=seen]", "value"), asked.attribute_of("[name=seen_sales]", "value"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 3).await;
    mei.orders().await;
    let asked = count(&clerk, sku, "50", &shown, "").await.expect(422);
    assert_eq!(
        asked.texts_of(".stock-answers button"),
        ["I counted after that: set to 50", "I counted before that: set to 47"]
    );
    mei.puts_in_cart(sku, 2).await;
    mei.orders().await;

    let asked = count(&clerk, sku, "50", &told(&asked), "47").await.expect(422);

    assert_eq!(
        asked.texts_of(".stock-answers button"),
        ["I counted after that: set to 47", "I counted before that: set to 45"]
    );
    let typed = asked.attribute_of("[name=delta]", "value");
    count(&clerk, sku, &typed, &told(&asked), "").await.expect(303);
    assert_eq!(shop.number("select stock from skus"), 47);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_strange_count_is_refused_and_what_the_page_showed_is_kept() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(40, "9.00");
    let clerk = shop.clerk("clerk").await;
    let before = shop.fingerprint();
    let shown = ("40".to_owned(), "0".to_owned());
    for counted in ["", "-1", "1.5", "x", "1000001", "99999999999999999999"] {
        count(&clerk, sku, counted, &shown, "").await.expect(422);
    }
    let nothing = (String::new(), "x".to_owned());
    count(&clerk, sku, "37", &nothing, "").await.expect(422);
    let old = ("12".to_owned(), "0".to_owned());
    let refused = count(&clerk, sku, "x", &old, "").await.expect(422);
    assert_eq!(refused.attribute_of("[name=seen]", "value"), "12");
    assert_eq!(shop.fingerprint(), before);
}

#[tokio::test]
async fn the_ledger_meets_the_shelf_and_a_movement_is_undone_once() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "9.00");
    let clerk = shop.clerk("clerk").await;
    let path = format!("/admin/stock/{sku}/movements");
    clerk.post(&path, &[("delta", "10"), ("reason", "delivery")]).await.expect(303);
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    let form = mei.opens_checkout().await;
    mei.places(&OrderForm { pay_method: "alipay".into(), ..form }).await.expect(303);
    let page = clerk.page(&path).await;
    assert_eq!(page.texts_of(".movement-balance"), ["13", "15", "5"]);
    assert!(page.text_of(".stock-held").starts_with("Held by unpaid orders, besides: 2 (orders: 1)"), "{page}");
    let undo = page.attribute_of("form[action$='/reversal']", "action");
    let clicks = join_all((0..4).map(|_| clerk.post(&undo, &[]))).await;
    assert!(clicks.iter().all(|answer| answer.status == 303));
    let page = clerk.page(&path).await;
    assert_eq!(page.texts_of(".movement-balance"), ["3", "13", "15", "5"]);
    assert_eq!(shop.number("select stock from skus"), 3);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'undo_movement'"), 1);
    // The delivery cannot be undone now: five came in, three are left.
    let undo = page.attribute_of("form[action$='/reversal']", "action");
    let refused = clerk.post_and_follow(&undo, &[]).await;
    assert!(refused.text_of(".flash-error").contains("Only 3 are left"), "{refused}");
    // Not a movement of another SKU, not one that does not exist, and not a reverse movement.
    let other = shop.make_sku(5, "9.00");
    let reverse = shop.number("select id from stock_movements where reverses is not null");
    clerk.post(&format!("/admin/stock/{other}/movements/{reverse}/reversal"), &[]).await.expect(404);
    clerk.post(&format!("{path}/999999/reversal"), &[]).await.expect(404);
    clerk.post(&format!("{path}/{reverse}/reversal"), &[]).await.expect(303);
    assert_eq!(shop.number(&format!("select stock from skus where id = {sku}")), 3);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_threshold_makes_a_sku_low() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(40, "9.00");
    let clerk = shop.clerk("clerk").await;
    let path = format!("/admin/stock/{sku}/low");
    for wrong in ["", "-1", "x", "1000001", "1.5"] {
        let refused = clerk.post(&path, &[("low_stock_at", wrong)]).await.expect(422);
        assert!(refused.has("#low_stock_at-error"), "{wrong}");
    }
    clerk.post("/admin/stock/0/low", &[("low_stock_at", "4")]).await.expect(404);
    assert_eq!(clerk.page("/admin/stock?show=low").await.texts_of(".stock-name").len(), 0);
    clerk.post(&path, &[("low_stock_at", "40")]).await.expect(303);
    assert_eq!(clerk.page("/admin/stock?show=low").await.texts_of(".stock-name").len(), 1);
    assert_eq!(shop.number("select count(*) from audit_log where action = 'set_low_stock'"), 1);
}

#[tokio::test]
async fn two_of_the_staff_and_fifty_shoppers_at_one_shelf_lose_nothing() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(60, "9.00");
    let clerks = [shop.clerk("one").await, shop.clerk("two").await];
    let mut shoppers = Vec::new();
    for n in 0..50 {
        let shopper = shop.shopper(&format!("shopper-{n}")).await;
        shopper.puts_in_cart(sku, 1).await;
        let form = shopper.opens_checkout().await;
        shoppers.push((shopper, form));
    }
    // One member of staff enters differences; the other counts, each time two more than the page shows.
    let moving = async {
        for n in 0..20 {
            let delta = if n % 2 == 0 { "3" } else { "-2" };
            let fields = [("delta", delta), ("reason", "correction")];
            clerks[0].post(&format!("/admin/stock/{sku}/movements"), &fields).await.expect(303);
        }
    };
    let counting = async {
        let mut made = 0;
        for _ in 0..20 {
            let shown = seen(&clerks[1], sku).await;
            let counted = shown.0.parse::<i64>().unwrap() + 2;
            match count(&clerks[1], sku, &counted.to_string(), &shown, "").await.status {
                303 => made += 1,
                422 => {}
                other => panic!("{other}"),
            }
        }
        made
    };
    let buying = join_all(shoppers.iter().map(|(shopper, form)| shopper.places(form)));
    let ((), made, bought) = tokio::join!(moving, counting, buying);
    assert!(bought.iter().all(|answer| answer.status == 303));
    assert_eq!(shop.number("select stock from skus"), 60 + 10 - 50 + 2 * made);
    assert_eq!(shop.number("select count(*) from audit_log"), 20 + made);
    shop.assert_reconciled();
}
