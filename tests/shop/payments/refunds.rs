//! Refunds: by staff, in parts, all at once, and those that the gateway refuses.

use chrono::Duration;
use std::collections::BTreeMap;
use till::{
    kernel::{Money, OrderId, OrderLineId, RefundId, UserId},
    lifecycle::{
        RefundDecision, RefundError, RefundRequest, RefundedPart, RequestedRefund, apply_refund_result, give_otherwise,
        refund_order, retry_refund,
    },
    payments::RefundState,
    platform::{clock, db, random},
};

use super::gateway_results::{apply, attempt, paid, unpaid};
use crate::support::TestShop;

/// An order of ¥50.00, two units of ¥20.00 and freight, that was paid.
pub(super) async fn paid_order(shop: &TestShop) -> OrderId {
    let order = unpaid(shop, shop.make_sku(9, "20.00")).await;
    let total = shop.text("select total_amount::text from orders");
    apply(shop, &attempt(shop, order, 0), &paid("T1", &total));
    order
}

fn money(amount: &str) -> Money {
    amount.parse().unwrap()
}

fn amount(amount: &str) -> RefundedPart {
    RefundedPart::Amount(money(amount))
}

/// Units of the only line, with freight.
fn units(count: i32, freight: &str) -> RefundedPart {
    RefundedPart::Lines { units: BTreeMap::from([(OrderLineId(1), count)]), freight: money(freight) }
}

fn request(shop: &TestShop, part: RefundedPart) -> RefundRequest {
    let staff = UserId(shop.number("select min(id) from users where role = 'staff'"));
    RefundRequest { part, note: "A scratch".into(), staff, token: random::token() }
}

fn ask(shop: &TestShop, order: OrderId, request: &RefundRequest) -> Result<RequestedRefund, RefundError> {
    let now = clock::now();
    db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| refund_order(conn, order, request, now))
        .unwrap()
}

fn refund(shop: &TestShop, order: OrderId, part: RefundedPart) -> Result<RefundId, RefundError> {
    ask(shop, order, &request(shop, part)).map(|wanted| wanted.refund.id)
}

fn answer(shop: &TestShop, refund: RefundId, state: &RefundState) {
    let now = clock::now();
    apply_refund_result(&mut shop.connect(), refund, state, now + Duration::seconds(30), now).unwrap();
}

fn refused() -> RefundState {
    RefundState::Refused { code: "ACQ.SELLER_BALANCE_NOT_ENOUGH".into(), message: "no balance".into() }
}

fn decide(shop: &TestShop, refund: RefundId, otherwise: Option<&str>) -> RefundDecision {
    let (staff, now) = (UserId(shop.number("select min(id) from users where role = 'staff'")), clock::now());
    db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| match otherwise {
        Some(note) => give_otherwise(conn, refund, (staff, note), now),
        None => retry_refund(conn, refund, now),
    })
    .unwrap()
}

fn sums(shop: &TestShop) -> String {
    shop.text(
        "select o.refunded_amount || ' ' || g.refunded_amount from orders o join order_goods g on g.order_id = o.id",
    )
}

#[tokio::test]
async fn three_part_refunds_of_a_line_sum_to_what_it_cost() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(9, "10.00"), 3).await;
    let form = crate::support::OrderForm { pay_method: "alipay".into(), ..mei.opens_checkout().await };
    mei.places(&form).await.expect(303);
    let order = OrderId(1);
    shop.execute(
        "update order_goods set discount = 10;
         update orders set discount = 10, total_amount = goods_amount + freight - 10",
    );
    apply(&shop, &attempt(&shop, order, 0), &paid("T1", "30.00"));
    shop.send_orders("true");
    shop.execute("update orders set status = 'unreviewed', received_at = now()");
    for part in [units(1, "0"), units(1, "10.00"), units(1, "0")] {
        let id = refund(&shop, order, part).unwrap();
        answer(&shop, id, &RefundState::Done);
        shop.assert_reconciled();
    }
    assert_eq!(shop.texts("select amount::text from refund_goods order by refund_id"), ["6.66", "6.67", "6.67"]);
    assert_eq!(sums(&shop), "30.00 20.00");
    assert_eq!(refund(&shop, order, amount("0.01")), Err(RefundError::NothingLeft));
    assert_eq!(shop.text("select status from orders"), "refunded", "its goods had left");
    let events = |which: &str| {
        shop.texts(&format!("select event || ' ' || actor from order_events where event {which} order by id limit 2"))
    };
    assert_eq!(events("in ('paid', 'refunded')"), ["paid gateway", "refunded gateway"]);
    assert_eq!(events("in ('refund_wanted', 'refund_done')"), ["refund_wanted staff", "refund_done gateway"]);
}

#[tokio::test]
async fn a_refund_is_never_larger_than_what_is_left() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = paid_order(&shop).await;
    refund(&shop, order, units(1, "4.00")).unwrap();
    let left = money("26.00");
    assert_eq!(refund(&shop, order, amount("26.01")), Err(RefundError::TooMuch { left }));
    let line = shop.text("select name from order_goods");
    assert_eq!(refund(&shop, order, units(2, "0")), Err(RefundError::TooManyUnits { line, left: 1 }));
    assert_eq!(refund(&shop, order, units(1, "6.01")), Err(RefundError::TooMuchFreight { left: money("6.00") }));
    assert_eq!(refund(&shop, order, units(0, "0")), Err(RefundError::NothingChosen));
    refund(&shop, order, amount("26.00")).unwrap();
    assert_eq!(refund(&shop, order, units(1, "0")), Err(RefundError::NothingLeft));
    assert_eq!(shop.text("select status from orders"), "unsent", "nothing had left");
    shop.assert_reconciled();
}

#[tokio::test]
async fn twenty_presses_at_once_are_one_refund() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = paid_order(&shop).await;
    let request = request(&shop, amount("5.00"));
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let (mut conn, request) = (shop.connect(), request.clone());
            std::thread::spawn(move || {
                db::transaction::<_, diesel::result::Error, _>(&mut conn, |conn| {
                    refund_order(conn, order, &request, clock::now())
                })
            })
        })
        .collect();
    let wanted: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap().unwrap().unwrap()).collect();
    assert_eq!(wanted.iter().filter(|wanted| !wanted.is_repeated).count(), 1);
    assert_eq!(shop.texts("select amount::text from refunds"), ["5.00"]);
    assert_eq!(sums(&shop), "5.00 0.00");
    shop.assert_reconciled();
}

#[tokio::test]
async fn two_members_of_staff_who_refund_all_at_once_refund_it_once() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = paid_order(&shop).await;
    let threads: Vec<_> = [units(2, "10.00"), amount("50.00"), amount("50.00")]
        .into_iter()
        .map(|part| {
            let (mut conn, request) = (shop.connect(), request(&shop, part));
            std::thread::spawn(move || {
                db::transaction::<_, diesel::result::Error, _>(&mut conn, |conn| {
                    refund_order(conn, order, &request, clock::now())
                })
            })
        })
        .collect();
    let made: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect();
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1, "{made:?}");
    assert_eq!(shop.texts("select amount::text from refunds"), ["50.00"]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_refund_that_the_gateway_refuses_is_left_again() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = paid_order(&shop).await;
    shop.send_orders("true");
    let first = refund(&shop, order, units(1, "10.00")).unwrap();
    assert_eq!(sums(&shop), "30.00 20.00");
    answer(&shop, first, &refused());
    assert_eq!(sums(&shop), "0.00 0.00");
    shop.assert_reconciled();

    // Tried again, it is the same refund with the same number, which is asked about first.
    let number = shop.text("select number from refunds");
    assert!(matches!(decide(&shop, first, None), RefundDecision::Made(_)));
    assert_eq!(sums(&shop), "30.00 20.00");
    assert_eq!(
        shop.text("select number || ' ' || status from refunds where next_attempt_at <= now()"),
        format!("{number} sent")
    );
    answer(&shop, first, &refused());
    assert_eq!(sums(&shop), "0.00 0.00");

    // What it was for was refunded meanwhile.
    let second = refund(&shop, order, units(2, "0")).unwrap();
    assert_eq!(decide(&shop, first, None), RefundDecision::NothingLeft);
    assert_eq!(decide(&shop, first, Some("in cash")), RefundDecision::NothingLeft);
    answer(&shop, second, &RefundState::Done);
    assert_eq!(decide(&shop, second, None), RefundDecision::TooLate);
    assert_eq!(sums(&shop), "40.00 40.00");
    shop.assert_reconciled();
}

#[tokio::test]
async fn a_refused_refund_that_is_given_otherwise_counts_again() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = paid_order(&shop).await;
    shop.send_orders("true");
    let id = refund(&shop, order, amount("50.00")).unwrap();
    assert_eq!(decide(&shop, id, Some("in cash")), RefundDecision::TooLate, "the gateway may still do it");
    answer(&shop, id, &refused());
    shop.assert_reconciled();
    assert!(matches!(decide(&shop, id, Some("in cash")), RefundDecision::Made(_)));
    assert_eq!(shop.text("select status || ', ' || note from refunds"), "elsewhere, A scratch; in cash");
    assert_eq!(shop.text("select status || ' ' || refunded_amount from orders"), "refunded 50.00");
    assert_eq!(decide(&shop, id, Some("in cash")), RefundDecision::TooLate);
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_order_that_is_not_paid_has_nothing_to_refund() {
    let shop = TestShop::open().await;
    shop.make_staff("chen");
    let order = unpaid(&shop, shop.make_sku(9, "20.00")).await;
    assert_eq!(refund(&shop, order, amount("1.00")), Err(RefundError::NothingLeft));
    assert_eq!(shop.number("select count(*) from refunds"), 0);
}
