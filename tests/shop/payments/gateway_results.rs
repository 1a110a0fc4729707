//! What a gateway says about an attempt to pay.

use chrono::{Duration, Utc};
use till::{
    kernel::{Money, OrderId, PayMethod, SkuId},
    lifecycle::{PaymentOutcome, apply_gateway_result, cancel_expired, refund_out_of_stock},
    orders::lock_order,
    payments::{GatewayState, NewPayment, PaidTrade, Payment, claim_payments, open_payment},
    platform::{clock, db},
};

use crate::support::{OrderForm, TestShop};

/// Places an order of two units of a SKU, ¥50.00 with freight, that waits to be paid.
pub(super) async fn unpaid(shop: &TestShop, sku: SkuId) -> OrderId {
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 2).await;
    let form = OrderForm { pay_method: "alipay".into(), ..mei.opens_checkout().await };
    mei.places(&form).await.expect(303);
    OrderId(shop.number("select max(id) from orders"))
}

/// An attempt to pay the order; one with other terms for each `minutes`.
pub(super) fn attempt(shop: &TestShop, order: OrderId, minutes: i64) -> Payment {
    db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| {
        let order = lock_order(conn, order)?.unwrap();
        let new = NewPayment {
            order: order.id,
            order_number: &order.number,
            pay_method: PayMethod::Alipay,
            amount: order.total_amount,
            expires_at: order.expires_at.unwrap() + Duration::minutes(minutes),
        };
        open_payment(conn, &new, clock::now())
    })
    .unwrap()
}

pub(super) fn paid(trade_no: &str, amount: &str) -> GatewayState {
    let (trade_no, amount) = (trade_no.into(), amount.parse().unwrap());
    GatewayState::Paid(PaidTrade { trade_no, amount, paid_at: None, refunded: Money::ZERO })
}

pub(super) fn apply(shop: &TestShop, payment: &Payment, state: &GatewayState) -> PaymentOutcome {
    apply_gateway_result(&mut shop.connect(), payment, state, clock::now()).unwrap()
}

/// Longer ago than an attempt is waited for that the gateway has not closed.
pub(super) fn expire(shop: &TestShop) {
    shop.execute("update orders set expires_at = now() - interval '16 minutes' where status = 'unpaid'");
    assert_eq!(cancel_expired(&mut shop.connect(), clock::now(), 10).unwrap(), 1);
}

#[tokio::test]
async fn the_same_payment_told_fifty_times_at_once_pays_the_order_once() {
    let shop = TestShop::open().await;
    let order = unpaid(&shop, shop.make_sku(5, "20.00")).await;
    let payment = attempt(&shop, order, 0);
    assert_eq!(attempt(&shop, order, 0), payment, "the same terms are the same attempt");
    let threads: Vec<_> = (0..50)
        .map(|_| {
            let (mut conn, payment) = (shop.connect(), payment.clone());
            std::thread::spawn(move || {
                apply_gateway_result(&mut conn, &payment, &paid("T1", "50.00"), clock::now()).unwrap()
            })
        })
        .collect();
    let outcomes: Vec<PaymentOutcome> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == PaymentOutcome::OrderPaid).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == PaymentOutcome::Repeated).count(), 49);
    assert_eq!(shop.text("select status || ' ' || paid_amount from orders"), "unsent 50.00");
    assert_eq!(shop.texts("select event from order_events"), ["paid"]);
    assert_eq!(shop.number("select count(*) from refunds"), 0);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_payment_of_another_amount_or_trade_changes_no_order_and_waits_for_a_person() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let order = unpaid(&shop, sku).await;
    let payment = attempt(&shop, order, 0);
    assert_eq!(apply(&shop, &payment, &paid("T1", "0.01")), PaymentOutcome::Strange);
    assert_eq!(shop.text("select status || ' ' || paid_amount from orders"), "unpaid 0.00");
    assert_eq!(shop.text("select status || ' ' || strange from payments"), "open 0.01 was paid instead of 50.00");

    assert_eq!(apply(&shop, &payment, &paid("T2", "50.00")), PaymentOutcome::OrderPaid);
    assert_eq!(apply(&shop, &payment, &paid("T3", "50.00")), PaymentOutcome::Strange, "paid by two trades");
    let bo = shop.shopper("bo").await;
    bo.puts_in_cart(sku, 2).await;
    let form = OrderForm { pay_method: "alipay".into(), ..bo.opens_checkout().await };
    bo.places(&form).await.expect(303);
    let other = attempt(&shop, OrderId(shop.number("select max(id) from orders")), 0);
    assert_eq!(apply(&shop, &other, &paid("T2", "50.00")), PaymentOutcome::Strange, "the trade of another attempt");
    assert_eq!(shop.texts("select status from orders order by id"), ["unsent", "unpaid"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn of_two_attempts_that_are_both_paid_the_second_goes_back() {
    let shop = TestShop::open().await;
    let order = unpaid(&shop, shop.make_sku(5, "20.00")).await;
    let (first, second) = (attempt(&shop, order, 0), attempt(&shop, order, 1));
    assert_ne!(first.number, second.number);
    assert_eq!(apply(&shop, &second, &paid("T2", "50.00")), PaymentOutcome::OrderPaid);
    assert!(shop.text("select close_wanted::text from payments order by id limit 1") == "true", "the other is closed");
    assert_eq!(apply(&shop, &first, &paid("T1", "50.00")), PaymentOutcome::GoesBack);
    assert_eq!(apply(&shop, &first, &paid("T1", "50.00")), PaymentOutcome::Repeated);
    assert_eq!(shop.texts("select counts::text from payments order by id"), ["false", "true"]);
    assert_eq!(
        shop.texts("select p.trade_no || ' ' || r.amount || ' ' || r.reason from refunds r join payments p on p.id = r.payment_id"),
        ["T1 50.00 surplus"]
    );
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_order_that_somebody_tries_to_pay_expires_a_little_later_when_its_attempts_are_closed() {
    let shop = TestShop::open().await;
    let order = unpaid(&shop, shop.make_sku(5, "20.00")).await;
    let payment = attempt(&shop, order, 0);
    let expired_since = |minutes| {
        shop.execute(&format!("update orders set expires_at = now() - interval '{minutes} minutes'"));
        cancel_expired(&mut shop.connect(), clock::now(), 10).unwrap()
    };
    assert_eq!((expired_since(1), expired_since(3)), (0, 0), "its attempt is open");
    assert_eq!(apply(&shop, &payment, &GatewayState::Closed), PaymentOutcome::Closed);
    assert_eq!((expired_since(1), expired_since(3)), (0, 1));
}

#[tokio::test]
async fn an_order_that_is_paid_late_takes_its_goods_again() {
    let shop = TestShop::open().await;
    let order = unpaid(&shop, shop.make_sku(5, "20.00")).await;
    let payment = attempt(&shop, order, 0);
    expire(&shop);
    assert_eq!(apply(&shop, &payment, &paid("T1", "50.00")), PaymentOutcome::OrderRevived);
    assert_eq!(shop.text("select status || ' ' || paid_amount from orders"), "unsent 50.00");
    assert_eq!(shop.number("select stock from skus"), 3);
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_order_that_is_paid_late_when_its_goods_are_sold_gets_its_money_back_after_a_while() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(2, "20.00");
    let order = unpaid(&shop, sku).await;
    let payment = attempt(&shop, order, 0);
    expire(&shop);
    let bo = shop.shopper("bo").await;
    bo.puts_in_cart(sku, 1).await;
    bo.orders().await;
    assert_eq!(apply(&shop, &payment, &paid("T1", "50.00")), PaymentOutcome::OutOfStock);
    assert_eq!(shop.text("select status from orders order by id limit 1"), "canceled");
    let refund = |hours| {
        let paid_before = Utc::now() - Duration::hours(hours);
        refund_out_of_stock(&mut shop.connect(), paid_before, 10, clock::now()).unwrap()
    };
    assert_eq!((refund(1), shop.number("select count(*) from refunds")), (0, 0), "staff may still find goods");
    assert_eq!((refund(-1), refund(-1)), (1, 0));
    assert_eq!(shop.texts("select amount || ' ' || reason from refunds"), ["50.00 out_of_stock"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_canceled_order_that_is_paid_gets_its_money_back_at_once() {
    let shop = TestShop::open().await;
    let order = unpaid(&shop, shop.make_sku(5, "20.00")).await;
    let payment = attempt(&shop, order, 0);
    shop.execute("update orders set status = 'canceled', canceled_by = 'staff', canceled_at = now()");
    assert_eq!(apply(&shop, &payment, &paid("T1", "50.00")), PaymentOutcome::GoesBack);
    assert_eq!(shop.text("select status from orders"), "canceled");
    assert_eq!(shop.number("select count(*) from refunds"), 1);
}

#[tokio::test]
async fn an_attempt_is_asked_about_until_it_is_paid_or_cannot_be_any_more() {
    let shop = TestShop::open().await;
    let order = unpaid(&shop, shop.make_sku(5, "20.00")).await;
    let payment = attempt(&shop, order, 0);
    let claim = |seconds| {
        let at = clock::now() + Duration::seconds(seconds);
        claim_payments(&mut shop.connect(), at, 10).unwrap().len()
    };
    assert_eq!((claim(3), claim(6), claim(7)), (0, 1, 0), "after five seconds, by one process");
    let next = || shop.number("select extract(epoch from next_query_at - created_at)::bigint from payments");
    assert_eq!(apply(&shop, &payment, &GatewayState::NotFound), PaymentOutcome::StillOpen);
    assert_eq!(next(), 15);
    assert_eq!(apply(&shop, &payment, &GatewayState::Unsure("no answer".into())), PaymentOutcome::Unsure);
    assert_eq!(shop.text("select last_error from payments"), "no answer");
    assert_eq!(apply(&shop, &payment, &GatewayState::Waiting), PaymentOutcome::StillOpen);

    // The gateway closes it, and it was paid in the same moment.
    assert_eq!(apply(&shop, &payment, &GatewayState::Closed), PaymentOutcome::Closed);
    assert_eq!(shop.number("select count(*) from payments where next_query_at is null"), 1);
    assert_eq!(apply(&shop, &payment, &paid("T1", "50.00")), PaymentOutcome::OrderPaid);
    assert_eq!(apply(&shop, &payment, &GatewayState::Closed), PaymentOutcome::Repeated, "a refund closes a trade, too");
    assert_eq!(shop.text("select status from orders"), "unsent");
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_attempt_that_nobody_paid_is_closed_when_it_has_expired() {
    let shop = TestShop::open().await;
    let order = unpaid(&shop, shop.make_sku(5, "20.00")).await;
    let payment = attempt(&shop, order, 0);
    shop.execute("update payments set expires_at = now() - interval '1 minute'");
    assert_eq!(apply(&shop, &payment, &GatewayState::NotFound), PaymentOutcome::StillOpen, "clocks may differ");
    shop.execute("update payments set expires_at = now() - interval '3 minutes'");
    assert_eq!(apply(&shop, &payment, &GatewayState::NotFound), PaymentOutcome::Closed);
    assert_eq!(shop.text("select status from payments"), "closed");
}
