use till::kernel::SkuId;

use crate::support::{Shopper, TestShop, order_number};

#[actix_web::test]
async fn an_order_saves_its_goods_takes_the_stock_and_counts_the_sales() {
    let shop = TestShop::open().await;
    let (pot, cup) = (shop.make_sku(10, "120.00"), shop.make_sku(10, "15.50"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(pot, 1).await;
    mei.puts_in_cart(cup, 4).await;

    let number = mei.orders().await;

    let order = shop.text(&format!(
        "select concat_ws(' ', status, pay_method, total_count, goods_amount, freight, total_amount, recipient)
         from orders where number = '{number}'"
    ));
    assert_eq!(order, "unsent cod 5 182.00 10.00 192.00 Mei Lin");
    let goods = shop.texts("select concat_ws(' ', sku_id, name, price, count) from order_goods order by sku_id");
    assert_eq!(goods, [format!("{pot} Thing 1 120.00 1"), format!("{cup} Thing 2 15.50 4")]);
    let counters =
        "select concat_ws(' ', k.stock, k.sales, s.sales) from skus k join spus s on s.id = k.spu_id order by k.id";
    assert_eq!(shop.texts(counters), ["9 1 1", "6 4 4"]);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn goods_from_the_bound_travel_free() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "199.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    assert_eq!(mei.opens_checkout().await.expected_total, "199.00");
}

#[actix_web::test]
async fn an_order_to_be_paid_online_waits_and_says_until_when() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "300.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let mut form = mei.opens_checkout().await;
    form.pay_method = "alipay".into();
    form.note = "Please ring twice.\n谢谢".into();

    let placed = mei.places(&form).await.expect(303);

    assert_eq!(shop.text("select status from orders"), "unpaid");
    let page = mei.browser.page(placed.location()).await;
    let notice = page.text_of(".notice strong");
    assert!(notice.contains("¥300.00 to be paid with Alipay until 20"), "{notice}");
    assert!(page.body.contains("Please ring twice."));
}

#[actix_web::test]
async fn the_same_button_pressed_again_leads_to_the_same_order() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(1, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let form = mei.opens_checkout().await;

    let first = order_number(&mei.places(&form).await.expect(303));
    // The cart is empty now, and the SKU sold out: the response is still the order.
    let second = order_number(&mei.places(&form).await.expect(303));
    mei.puts_in_cart(sku, 1).await;
    let third = order_number(&mei.places(&form).await.expect(303));

    assert_eq!((&first, &first), (&second, &third));
    assert_eq!(shop.number("select count(*) from orders"), 1);
    shop.assert_reconciled();
}

#[actix_web::test]
async fn an_order_keeps_what_its_shopper_read() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Teapot");
    let values = shop.make_option(spu, "Colour", &["Green"]);
    let sku = shop.make_sku_of(spu, 5, "80.00");
    shop.set_option(sku, values[0]);
    shop.execute(&format!("insert into texts (language, spu_id, name) values ('zh', {spu}, '茶壶')"));
    shop.execute(&format!("insert into texts (language, option_value_id, name) values ('zh', {}, '绿色')", values[0]));
    let mei = shop.shopper("mei").await;
    mei.browser.post("/language", &[("language", "zh"), ("next", "/")]).await.expect(303);
    mei.puts_in_cart(sku, 1).await;
    let number = mei.orders().await;

    shop.execute("update spus set name = 'Kettle'; update skus set price = 1; update texts set name = '水壶'");
    shop.execute("update addresses set recipient = 'Somebody Else'");

    let page = mei.browser.page(&format!("/orders/{number}")).await;
    let line = page.text_of(".goods-line");
    assert!(line.contains("茶壶") && line.contains("绿色") && line.contains("¥80.00"), "{line}");
    assert!(page.text_of(".address").contains("Mei Lin"));
}

#[actix_web::test]
async fn an_order_that_nobody_pays_is_canceled_and_its_goods_go_back() {
    let shop = TestShop::open().await;
    let (pot, cup) = (shop.make_sku(3, "120.00"), shop.make_sku(3, "15.50"));
    let mei = shop.shopper("mei").await;
    for sku in [pot, cup] {
        mei.puts_in_cart(sku, 2).await;
    }
    let mut form = mei.opens_checkout().await;
    form.pay_method = "alipay".into();
    let placed = mei.places(&form).await.expect(303);
    let cancel =
        |at: chrono::DateTime<chrono::Utc>| till::lifecycle::cancel_expired(&mut shop.connect(), at, 10).unwrap();

    assert_eq!(cancel(till::platform::clock::now()), 0, "the order has not expired yet");
    let later = till::platform::clock::now() + chrono::TimeDelta::minutes(31);
    assert_eq!(cancel(later), 1);
    assert_eq!(cancel(later), 0, "it is canceled once");

    assert_eq!(shop.texts("select concat_ws(' ', stock, sales) from skus order by id"), ["3 0", "3 0"]);
    assert_eq!(shop.number("select sum(sales) from spus"), 0);
    let notice = mei.browser.page(placed.location()).await.text_of(".notice");
    assert!(notice.contains("was not paid by") && notice.contains("Nothing was charged"), "{notice}");
    shop.assert_reconciled();
}

#[actix_web::test]
async fn somebody_elses_order_is_not_there() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "20.00");
    let (mei, ana) = (shop.shopper("mei").await, shop.shopper("ana").await);
    mei.puts_in_cart(sku, 1).await;
    let number = mei.orders().await;

    ana.browser.get(&format!("/orders/{number}")).await.expect(404);
    mei.browser.get(&format!("/orders/{number}")).await.expect(200);
    mei.browser.get("/orders/20261121093000000000001ABCDEF").await.expect(404);
    mei.browser.get("/orders/1'%20or%20'1'='1").await.expect(404);
}

/// The shopper's cart: SKU ids and counts.
pub async fn in_cart(shop: &TestShop, shopper: &Shopper) -> Vec<(SkuId, u32)> {
    let counts: std::collections::BTreeMap<i64, u32> =
        redis::Commands::hgetall(&mut shop.redis.connect(), format!("cart:{{u{}}}", shopper.id)).unwrap();
    counts.into_iter().map(|(sku, count)| (SkuId(sku), count)).collect()
}

#[actix_web::test]
async fn what_the_benchmark_measures_the_shop_against_writes_the_same_order() {
    let shop = TestShop::open().await;
    let skus: Vec<SkuId> = ["120.00", "15.50", "9.90"].iter().map(|price| shop.make_sku(10, price)).collect();
    let mei = shop.shopper("mei").await;
    for sku in &skus {
        mei.puts_in_cart(*sku, 1).await;
    }
    let by_shop = mei.orders().await;
    shop.execute(include_str!("../../../benches/checkout.function.sql"));
    let wanted = skus.iter().map(SkuId::to_string).collect::<Vec<_>>().join(",");
    let token = "token-of-a-benchmark";
    let by_function = shop.text(&format!("select place_order({}, '{{{wanted}}}', '{token}', '123456')", mei.address));

    let written = |number: &str| {
        let order = shop.text(&format!(
            "select concat_ws(' ', user_id, status, pay_method, total_count, goods_amount, freight, discount, total_amount,
                recipient, phone, region, street, postcode, note, expires_at) from orders where number = '{number}'"
        ));
        let goods = shop.texts(&format!(
            "select concat_ws(' ', g.sku_id, g.name, g.options, g.picture, g.background, g.price, g.count)
             from order_goods g join orders o on o.id = g.order_id where o.number = '{number}' order by g.sku_id"
        ));
        let promise = shop.text(&format!(
            "select concat_ws(' ', kind, payload->>'user', (select jsonb_agg(b order by b) from jsonb_array_elements(payload->'bought') b))
             from outbox where payload->>'order' = '{number}'"
        ));
        (order, goods, promise)
    };
    assert_eq!(written(&by_function), written(&by_shop));
    let counters = "select concat_ws(' ', k.stock, k.sales, s.sales) from skus k join spus s on s.id = k.spu_id";
    assert_eq!(shop.texts(counters), ["8 2 2", "8 2 2", "8 2 2"]);
    shop.assert_reconciled();
}
