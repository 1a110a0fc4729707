//! What staff record as collected on delivery.

use till::{
    kernel::{Money, OrderId, UserId},
    lifecycle::{CashOutcome, record_cash, settle_payment},
    platform::{clock, db},
};

use crate::support::TestShop;

/// An order of ¥50.00 to be paid on delivery.
pub(super) async fn cod_order(shop: &TestShop) -> OrderId {
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(9, "20.00"), 2).await;
    mei.orders().await;
    OrderId(shop.number("select max(id) from orders"))
}

fn collect(shop: &TestShop, order: OrderId, amount: &str) -> CashOutcome {
    let staff = UserId(shop.number("select min(id) from users where role = 'staff'"));
    let collected: Money = amount.parse().unwrap();
    db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| {
        record_cash(conn, order, (staff, collected), clock::now())
    })
    .unwrap()
}

#[tokio::test]
async fn what_was_collected_for_an_order_that_has_left_pays_it_once() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = cod_order(&shop).await;
    assert_eq!(collect(&shop, order, "50.00"), CashOutcome::NotDue, "it has not left yet");
    shop.send_orders("true");
    assert_eq!(collect(&shop, order, "50.00"), CashOutcome::Recorded);
    assert_eq!(collect(&shop, order, "50.00"), CashOutcome::Repeated);
    assert_eq!(shop.text("select status || ' ' || paid_amount from orders"), "unreceived 50.00");
    assert_eq!(shop.texts("select pay_method || ' ' || status || ' ' || counts from payments"), ["cod paid true"]);
    assert_eq!(shop.texts("select event || ' ' || actor from order_events"), ["paid staff"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn another_amount_pays_nothing_and_waits_for_a_person() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = cod_order(&shop).await;
    shop.send_orders("true");
    shop.execute("update orders set status = 'unreviewed', received_at = now()");
    assert_eq!(collect(&shop, order, "48.00"), CashOutcome::Strange);
    assert_eq!(collect(&shop, order, "48.00"), CashOutcome::Repeated);
    assert_eq!(shop.text("select strange from payments"), "48.00 was collected instead of 50.00");
    assert_eq!(shop.text("select paid_amount::text from orders"), "0.00");
    shop.assert_reconciled();
    let payment = till::kernel::PaymentId(shop.number("select id from payments"));
    let settle = || {
        db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| settle_payment(conn, payment))
            .unwrap()
    };
    assert_eq!((settle().is_some(), settle().is_some()), (true, false));
    shop.assert_reconciled();
    assert_eq!(collect(&shop, order, "50.00"), CashOutcome::Recorded);
    shop.assert_reconciled();
}
