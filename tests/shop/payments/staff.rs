//! Staff cancel orders, and decide about payments that came late or wrong.

use std::collections::BTreeMap;

use till::{
    kernel::{OrderId, PaymentId, UserId},
    lifecycle::{CancelOutcome, PaymentOutcome, cancel_by_staff, refund_paid_late, revive_paid_late, settle_payment},
    payments::Payment,
    platform::{clock, db},
};

use super::{
    cash::cod_order,
    gateway_results::{apply, attempt, expire, paid, unpaid},
    refunds::paid_order,
};
use crate::support::TestShop;

fn staff(shop: &TestShop) -> UserId {
    UserId(shop.number("select min(id) from users where role = 'staff'"))
}

fn cancel(shop: &TestShop, order: OrderId) -> CancelOutcome {
    let staff = staff(shop);
    db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| {
        cancel_by_staff(conn, order, (staff, "Damaged"), &BTreeMap::new(), clock::now())
    })
    .unwrap()
}

#[tokio::test]
async fn staff_cancel_a_paid_order_and_all_its_money_goes_back() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = paid_order(&shop).await;
    assert_eq!(shop.number("select stock from skus"), 7);
    let CancelOutcome::Canceled(Some(refund)) = cancel(&shop, order) else { panic!("it is canceled") };
    assert_eq!(refund.amount.plain(), "50.00");
    assert_eq!(
        shop.text("select status || ' ' || canceled_by || ' ' || refunded_amount from orders"),
        "canceled staff 50.00"
    );
    assert_eq!(shop.number("select stock from skus"), 9);
    assert_eq!(shop.text("select details ->> 'reason' from order_events where event = 'canceled'"), "Damaged");
    assert_eq!(cancel(&shop, order), CancelOutcome::AlreadyCanceled);
    assert_eq!(shop.texts("select reason || ' ' || status from refunds"), ["canceled wanted"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn staff_cancel_an_unpaid_order_and_its_attempts_are_closed() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = unpaid(&shop, shop.make_sku(9, "20.00")).await;
    let payment = attempt(&shop, order, 0);
    assert_eq!(cancel(&shop, order), CancelOutcome::Canceled(None));
    assert_eq!(shop.text("select close_wanted::text from payments"), "true");
    shop.assert_reconciled();
    // It was paid in the same moment.
    assert_eq!(apply(&shop, &payment, &paid("T1", "50.00")), PaymentOutcome::GoesBack);
    assert_eq!(shop.texts("select reason || ' ' || amount from refunds"), ["surplus 50.00"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_order_on_delivery_is_canceled_until_it_has_left() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = cod_order(&shop).await;
    shop.send_orders("true");
    assert_eq!(cancel(&shop, order), CancelOutcome::TooLate);
    shop.execute(
        "update shipments set status = 'undone', undone_at = now();
         update order_goods set sent_count = 0;
         update orders set status = 'unsent', sent_at = null",
    );
    assert_eq!(cancel(&shop, order), CancelOutcome::Canceled(None));
    shop.assert_reconciled();
}

#[tokio::test]
async fn of_two_who_cancel_while_the_payment_arrives_one_cancels_and_the_money_goes_back() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = unpaid(&shop, shop.make_sku(9, "20.00")).await;
    let payment = attempt(&shop, order, 0);
    let staff = staff(&shop);
    let mut threads: Vec<std::thread::JoinHandle<bool>> = Vec::new();
    for _ in 0..8 {
        let mut conn = shop.connect();
        threads.push(std::thread::spawn(move || {
            let canceled = db::transaction::<_, diesel::result::Error, _>(&mut conn, |conn| {
                cancel_by_staff(conn, order, (staff, "Damaged"), &BTreeMap::new(), clock::now())
            });
            matches!(canceled.unwrap(), CancelOutcome::Canceled(_))
        }));
    }
    apply(&shop, &payment, &paid("T1", "50.00"));
    let canceled = threads.into_iter().map(|thread| thread.join().unwrap());
    assert_eq!(canceled.filter(|canceled| *canceled).count(), 1);
    assert_eq!(shop.number("select stock from skus"), 9);
    assert_eq!(shop.texts("select amount::text from refunds"), ["50.00"]);
    shop.assert_reconciled();
}

/// An order that expired, was paid late, and whose goods somebody else has bought.
async fn paid_late(shop: &TestShop) -> Payment {
    let sku = shop.make_sku(2, "20.00");
    let order = unpaid(shop, sku).await;
    let payment = attempt(shop, order, 0);
    expire(shop);
    shop.execute("update skus set stock = 0; insert into stock_movements (sku_id, delta, reason) select id, -2, 'damage' from skus");
    assert_eq!(apply(shop, &payment, &paid("T1", "50.00")), PaymentOutcome::OutOfStock);
    payment
}

#[tokio::test]
async fn an_order_that_was_paid_late_is_refunded_at_once_if_staff_say_so() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let payment = paid_late(&shop).await;
    let refund = |id: PaymentId| {
        db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| {
            refund_paid_late(conn, id, clock::now())
        })
        .unwrap()
    };
    assert_eq!(refund(payment.id).map(|amount| amount.plain()), Some("50.00".into()));
    assert_eq!(refund(payment.id), None);
    assert_eq!(shop.texts("select reason || ' ' || amount from refunds"), ["out_of_stock 50.00"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_order_that_was_paid_late_is_revived_once_its_goods_are_there() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let payment = paid_late(&shop).await;
    let staff = staff(&shop);
    let revive = || {
        db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| {
            revive_paid_late(conn, payment.id, staff, clock::now())
        })
        .unwrap()
    };
    assert_eq!(revive(), Some(false));
    shop.execute("update skus set stock = 5; insert into stock_movements (sku_id, delta, reason) select id, 5, 'delivery' from skus");
    assert_eq!((revive(), revive()), (Some(true), None));
    assert_eq!(shop.text("select status || ' ' || paid_amount from orders"), "unsent 50.00");
    assert_eq!(shop.number("select stock from skus"), 3);
    assert_eq!(shop.text("select event || ' ' || actor from order_events order by id desc limit 1"), "revived staff");
    shop.assert_reconciled();
}

#[tokio::test]
async fn what_staff_have_settled_is_not_marked_again_when_the_gateway_repeats_it() {
    let shop = TestShop::open().await;
    let order = unpaid(&shop, shop.make_sku(9, "20.00")).await;
    let payment = attempt(&shop, order, 0);
    let strange = || shop.number("select count(*) from payments where strange is not null");
    assert_eq!(apply(&shop, &payment, &paid("T1", "0.01")), PaymentOutcome::Strange);
    assert_eq!(strange(), 1);
    let settled =
        db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| settle_payment(conn, payment.id));
    assert_eq!(settled.unwrap().as_deref(), Some("0.01 was paid instead of 50.00"));
    assert_eq!(apply(&shop, &payment, &paid("T1", "0.01")), PaymentOutcome::Strange);
    assert_eq!(strange(), 0);
    assert_eq!(apply(&shop, &payment, &paid("T1", "0.02")), PaymentOutcome::Strange);
    assert_eq!(strange(), 1, "it is another matter");
}
