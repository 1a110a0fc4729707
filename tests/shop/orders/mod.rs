//! A shopper's own orders.

mod expiry;
mod lifecycle;
mod reorder;
mod unknown;

use crate::support::{Shopper, TestShop};

/// A shopper with this many orders of one SKU each, and their numbers, the newest first.
async fn with_orders(shop: &TestShop, name: &str, how_many: usize) -> (Shopper, Vec<String>) {
    let shopper = shop.shopper(name).await;
    let sku = shop.make_sku(100, "20.00");
    let mut numbers = Vec::new();
    for n in 0..how_many {
        if n >= 10 {
            // Older orders do not count towards the limit of open orders.
            shop.execute("update orders set placed_at = placed_at - interval '4 days'");
        }
        shopper.puts_in_cart(sku, 1).await;
        numbers.insert(0, shopper.orders().await);
    }
    (shopper, numbers)
}

#[tokio::test]
async fn an_order_shows_what_was_bought_as_it_was_bought() {
    let shop = TestShop::open().await;
    let (mei, numbers) = with_orders(&shop, "mei", 1).await;
    shop.execute(
        "update spus set name = 'Renamed'; update skus set name = 'Renamed', price = 99.00;
         update addresses set recipient = 'Moved', street = 'Elsewhere'",
    );
    let path = format!("/orders/{}", numbers[0]);
    let page = mei.browser.page(&path).await;
    assert_eq!(page.text_of(".order-number"), numbers[0]);
    assert_eq!(page.text_of(".goods-name"), "Thing 1");
    assert_eq!(page.text_of(".goods-amount"), "¥20.00");
    assert_eq!(page.texts_of(".amounts dd"), ["¥20.00", "¥10.00", "¥30.00"]);
    let address = page.text_of("address");
    assert!(address.contains("Mei Lin") && address.contains("Anfu Road"), "{address}");
    assert_eq!(page.text_of(".badge"), "To be sent");
    // The order keeps an address that was removed from the address book.
    mei.browser.post(&format!("/account/addresses/{}/removal", mei.address), &[]).await.expect(303);
    assert!(mei.browser.page(&path).await.text_of("address").contains("Mei Lin"));
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_order_keeps_the_language_it_was_read_in() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let sku = shop.make_sku(9, "20.00");
    shop.execute("insert into texts (language, spu_id, name) select 'zh', id, '茶壶' from spus");
    mei.browser.post("/language", &[("language", "zh")]).await.expect(303);
    mei.puts_in_cart(sku, 1).await;
    let path = format!("/orders/{}", mei.orders().await);
    assert_eq!(mei.browser.page(&path).await.text_of(".badge"), "待发货");
    mei.browser.post("/language", &[("language", "en")]).await.expect(303);
    let page = mei.browser.page(&path).await;
    assert_eq!((page.text_of(".goods-name"), page.text_of(".badge")), ("茶壶".into(), "To be sent".into()));
}

#[tokio::test]
async fn somebody_elses_order_does_not_exist() {
    let shop = TestShop::open().await;
    let (_, hers) = with_orders(&shop, "mei", 1).await;
    let (bo, _) = with_orders(&shop, "bo", 1).await;
    let hers = &hers[0];
    bo.browser.get(&format!("/orders/{hers}")).await.expect(404);
    assert!(!bo.browser.page("/orders").await.body.contains(hers));
    shop.clerk("clerk").await.get(&format!("/orders/{hers}")).await.expect(404);
    for nowhere in ["1", "x", "%00", "%ff", &hers[..28], &format!("{hers}A"), "20261121093000000000042AAAAAA"] {
        bo.browser.get(&format!("/orders/{nowhere}")).await.expect(404);
    }
    shop.visitor().get(&format!("/orders/{hers}")).await.expect(303);
}

#[tokio::test]
async fn orders_are_listed_the_newest_first_page_by_page_and_by_status() {
    let shop = TestShop::open().await;
    let (mei, numbers) = with_orders(&shop, "mei", 13).await;
    with_orders(&shop, "bo", 1).await;
    shop.execute(&format!(
        "update orders set status = 'canceled', canceled_at = now() where number in ('{}', '{}')",
        numbers[0], numbers[12]
    ));
    let listed = async |path: &str| mei.browser.page(path).await.texts_of(".order-number");
    assert_eq!(listed("/orders").await, numbers[..10]);
    let page = mei.browser.page("/orders").await;
    let next = page.attribute_of(".pager a[rel=next]", "href");
    assert_eq!(listed(&format!("/orders{next}")).await, numbers[10..]);

    let canceled = page.attributes_of(".chips a", "href").into_iter().find(|to| to.contains("canceled")).unwrap();
    assert_eq!(listed(&canceled).await, [numbers[0].clone(), numbers[12].clone()]);
    assert_eq!(listed("/orders?status=unsent&page=2").await, [numbers[11].clone()]);
    assert_eq!(listed("/orders?status=unpaid").await, Vec::<String>::new());
    assert_eq!(listed("/orders?status=nonsense&page=x").await, numbers[..10]);
    assert_eq!(shop.member("li").await.page("/orders").await.texts_of(".order-number"), Vec::<String>::new());
}

#[tokio::test]
async fn an_order_to_be_paid_online_says_how_much_and_until_when() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
    let mut form = mei.opens_checkout().await;
    form.pay_method = "alipay".into();
    let answer = mei.places(&form).await.expect(303);
    let page = mei.browser.page(answer.location()).await;
    assert_eq!(page.text_of(".badge"), "To pay");
    let until = shop.text("select to_char(expires_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') from orders");
    assert!(page.text_of(".notice").contains(&format!("¥30.00 to be paid with Alipay until {until}")), "{page}");
}
