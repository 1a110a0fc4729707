//! Orders that are canceled, paid late, and canceled again.

use chrono::{DateTime, Duration, FixedOffset, Utc};
use serde_json::json;
use till::{
    kernel::{OrderId, SkuId, UserId},
    lifecycle::{cancel_expired, cancel_order, revive_order},
    orders::{Actor, OrderEvent, lock_order, record_days},
    platform::{clock, db},
};

use crate::support::{OrderForm, TestShop};

/// The id of an order of two units of a SKU, that waits to be paid.
async fn unpaid(shop: &TestShop, sku: SkuId) -> OrderId {
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    let form = OrderForm { pay_method: "alipay".into(), ..mei.opens_checkout().await };
    mei.places(&form).await.expect(303);
    OrderId(shop.number("select id from orders"))
}

fn expire(shop: &TestShop) {
    shop.execute("update orders set expires_at = now() - interval '1 second' where status = 'unpaid'");
    assert_eq!(cancel_expired(&mut shop.connect(), clock::now(), 10).unwrap(), 1);
}

fn revive(shop: &TestShop, order: OrderId) -> bool {
    db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| {
        let mut order = lock_order(conn, order)?.unwrap();
        revive_order(conn, &mut order, (Actor::Gateway, &json!({})), clock::now())
    })
    .unwrap()
}

fn cancel(shop: &TestShop, order: OrderId, event: OrderEvent) -> bool {
    db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| {
        let mut order = lock_order(conn, order)?.unwrap();
        let staff = UserId(first_user(conn));
        cancel_order(conn, &mut order, event, (Actor::Staff(staff), &json!({ "reason": "broken" })), clock::now())
    })
    .unwrap()
}

fn first_user(conn: &mut diesel::PgConnection) -> i64 {
    use diesel::prelude::*;
    diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>("(select min(id) from users)")).first(conn).unwrap()
}

#[tokio::test]
async fn an_expired_order_that_is_paid_late_takes_its_goods_again_and_can_be_canceled_again() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "20.00");
    let order = unpaid(&shop, sku).await;
    let state = || shop.text("select o.status || ' ' || k.stock || ' ' || k.sales from orders o, skus k");
    assert_eq!(state(), "unpaid 3 2");
    expire(&shop);
    assert_eq!(state(), "canceled 5 0");
    assert_eq!(shop.text("select canceled_by from orders"), "expiry");
    shop.assert_reconciled();

    assert!(revive(&shop, order));
    shop.execute(
        "insert into payments (order_id, pay_method, number, amount, status, counts, trade_no, expires_at, paid_at)
         select id, 'alipay', number || '_1', total_amount, 'paid', true, 'T1', now(), now() from orders",
    );
    assert_eq!(state(), "unsent 3 2");
    assert_eq!(shop.text("select paid_amount || ' ' || (canceled_by is null) from orders"), "50.00 true");
    shop.assert_reconciled();
    assert!(!revive(&shop, order), "it is alive");

    assert!(cancel(&shop, order, OrderEvent::CanceledByStaff));
    assert_eq!(state(), "canceled 5 0");
    shop.execute(
        "update orders set refunded_amount = paid_amount;
         insert into refunds (payment_id, number, amount, reason) select id, number || '_r1', amount, 'canceled' from payments",
    );
    shop.assert_reconciled();
    assert!(!cancel(&shop, order, OrderEvent::CanceledByStaff), "once is enough");
    assert!(!revive(&shop, order), "staff has canceled it");
    assert_eq!(
        shop.texts(
            "select reason || ' ' || delta || ' ' || turn from stock_movements where order_id is not null order by id"
        ),
        ["cancellation 2 1", "revival -2 1", "cancellation 2 2"]
    );
    assert_eq!(
        shop.texts("select event || ' ' || actor || ' ' || details::text from order_events order by id"),
        ["expired system {}", "revived gateway {}", "canceled staff {\"reason\": \"broken\"}"]
    );
}

#[tokio::test]
async fn an_expired_order_stays_canceled_where_its_goods_are_not_all_there() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(3, "20.00");
    let order = unpaid(&shop, sku).await;
    expire(&shop);
    let bo = shop.shopper("bo").await;
    bo.puts_in_cart(sku, 2).await;
    bo.orders().await;
    assert!(!revive(&shop, order));
    assert_eq!(shop.number("select stock from skus"), 1);
    assert_eq!(shop.text("select status from orders order by id limit 1"), "canceled");
    shop.assert_reconciled();
}

#[tokio::test]
async fn the_day_of_an_order_that_comes_back_is_counted_again() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "20.00");
    let order = unpaid(&shop, sku).await;
    let placed: DateTime<Utc> = "2026-11-18T03:00:00Z".parse().unwrap();
    shop.execute("update orders set placed_at = '2026-11-18T03:00:00Z'");
    expire(&shop);
    shop.execute("update orders set canceled_at = placed_at + interval '30 minutes'");
    let zone = FixedOffset::east_opt(8 * 3600).unwrap();
    let counted = || {
        record_days(&mut shop.connect(), placed + Duration::days(3), zone).unwrap();
        shop.number("select sum(orders)::bigint from order_days")
    };
    assert_eq!(counted(), 0);
    assert!(revive(&shop, order));
    assert_eq!(counted(), 1);
}

#[tokio::test]
async fn an_order_keeps_the_language_of_its_shopper() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(5, "20.00");
    let (mei, bo) = (shop.shopper("mei").await, shop.shopper("bo").await);
    bo.browser.post("/language", &[("language", "zh")]).await.expect(303);
    for shopper in [&mei, &bo] {
        shopper.puts_in_cart(sku, 1).await;
        shopper.orders().await;
    }
    assert_eq!(shop.texts("select language from orders order by id"), ["en", "zh"]);
}
