//! Orders that shoppers and staff cancel before anything was sent.

use std::collections::BTreeMap;
use till::{
    kernel::{OrderId, PayMethod},
    lifecycle::{
        AnswerOutcome, CancelOutcome, answer_cancellation, cancel_by_shopper, cancel_by_staff, replace_lost_parcel,
    },
    orders::set_packing,
};

use super::domain_shop::{Counts, DomainShop};

fn by_shopper(shop: &DomainShop, order: OrderId) -> CancelOutcome {
    shop.act(|conn, now| cancel_by_shopper(conn, order, (shop.shopper, "Changed my mind"), now))
}

fn by_staff(shop: &DomainShop, order: OrderId, written_off: Counts<'_>) -> CancelOutcome {
    let written_off = shop.units(order, written_off);
    shop.act(|conn, now| cancel_by_staff(conn, order, (shop.staff, "Fell off the shelf"), &written_off, now))
}

#[track_caller]
fn refund_of(outcome: CancelOutcome) -> Option<String> {
    match outcome {
        CancelOutcome::Canceled(refund) => refund.map(|refund| refund.amount.plain()),
        outcome => panic!("{outcome:?}"),
    }
}

#[test]
fn a_shopper_cancels_an_unpaid_order_and_its_attempts_to_pay_are_closed() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(9, "20.00");
    let order = shop.place(PayMethod::Alipay, &[(pot, 2)]);
    shop.attempt(order);
    assert_eq!(refund_of(by_shopper(&shop, order)), None);
    assert_eq!((shop.status(order), shop.stock(pot)), ("canceled".into(), (9, 0)));
    assert_eq!(shop.text("select canceled_by || ' ' || close_wanted from orders, payments"), "shopper true");
    assert_eq!(shop.movements(order, pot), ["cancellation 2"]);
    assert_eq!(shop.events(order), ["canceled shopper"]);
    shop.assert_reconciled();
    let before = shop.fingerprint();
    assert_eq!(by_shopper(&shop, order), CancelOutcome::AlreadyCanceled);
    assert_eq!(by_staff(&shop, order, &[1]), CancelOutcome::AlreadyCanceled);
    assert_eq!(shop.fingerprint(), before);
}

#[test]
fn the_money_of_a_paid_order_that_the_shopper_cancels_goes_back() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(9, "20.00");
    let order = shop.paid_order(&[(pot, 2)]);
    assert_eq!(refund_of(by_shopper(&shop, order)).unwrap(), "50.00");
    assert_eq!(shop.amounts(order), "50.00 50.00 0.00");
    shop.assert_reconciled();
    shop.finish_refunds();
    assert_eq!((shop.status(order), shop.stock(pot)), ("canceled".into(), (9, 0)), "it never left");
    shop.assert_reconciled();
}

#[test]
fn while_an_order_is_packed_the_shopper_can_only_ask_and_staff_accept() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(9, "20.00");
    let order = shop.paid_order(&[(pot, 2)]);
    shop.act(|conn, now| set_packing(conn, order, Some(now)));
    assert_eq!(by_shopper(&shop, order), CancelOutcome::Asked);
    assert_eq!(shop.status(order), "unsent");
    let before = shop.fingerprint();
    assert_eq!(by_shopper(&shop, order), CancelOutcome::AskedBefore);
    assert_eq!(shop.fingerprint(), before);

    let answer = |is_accepted| {
        shop.act(|conn, now| answer_cancellation(conn, order, is_accepted, (shop.staff, "As you wish"), now))
    };
    let AnswerOutcome::Canceled(Some(refund)) = answer(true) else { panic!("it is canceled") };
    assert_eq!(refund.amount.plain(), "50.00");
    assert_eq!((shop.status(order), shop.stock(pot)), ("canceled".into(), (9, 0)));
    assert_eq!(shop.text("select canceled_by from orders"), "shopper", "who wanted it");
    assert_eq!(shop.text("select details ->> 'reason' from order_events where event = 'canceled'"), "Changed my mind");
    let before = shop.fingerprint();
    assert_eq!((answer(true), answer(false)), (AnswerOutcome::TooLate, AnswerOutcome::TooLate));
    assert_eq!(shop.fingerprint(), before);
    shop.assert_reconciled();
}

#[test]
fn a_request_that_is_declined_lets_the_order_be_sent() {
    let shop = DomainShop::open();
    let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 2)]);
    shop.act(|conn, now| set_packing(conn, order, Some(now)));
    assert_eq!(by_shopper(&shop, order), CancelOutcome::Asked);
    let answer =
        shop.act(|conn, now| answer_cancellation(conn, order, false, (shop.staff, "The courier is here"), now));
    assert_eq!(answer, AnswerOutcome::Declined);
    assert_eq!(shop.events(order), ["paid gateway", "cancellation_asked shopper", "cancellation_declined staff"]);
    assert_eq!(by_shopper(&shop, order), CancelOutcome::Asked, "they may ask again");
    shop.act(|conn, now| answer_cancellation(conn, order, false, (shop.staff, "No"), now));
    shop.send_parcel(order, Some(&[1]));
    let before = shop.fingerprint();
    assert_eq!(by_shopper(&shop, order), CancelOutcome::TooLate, "a parcel has left");
    assert_eq!(by_staff(&shop, order, &[]), CancelOutcome::TooLate);
    shop.send_parcel(order, None);
    assert_ne!(shop.fingerprint(), before);
    let before = shop.fingerprint();
    assert_eq!(by_shopper(&shop, order), CancelOutcome::TooLate);
    assert_eq!(by_staff(&shop, order, &[]), CancelOutcome::TooLate);
    assert_eq!(shop.fingerprint(), before);
    shop.assert_reconciled();
}

#[test]
fn staff_cancel_and_write_off_what_is_damaged() {
    let shop = DomainShop::open();
    let (pot, cup) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "5.00"));
    let order = shop.paid_order(&[(pot, 2), (cup, 3)]);
    shop.withdraw(order, &[0, 1], false);
    assert_eq!(refund_of(by_staff(&shop, order, &[1, 9])).unwrap(), "60.00");
    assert_eq!(shop.movements(order, pot), ["cancellation 2", "damage -1"]);
    assert_eq!(shop.movements(order, cup), ["withdrawal 1", "cancellation 2", "damage -2"], "at most what is left");
    assert_eq!((shop.stock(pot), shop.stock(cup)), ((8, 0), (7, 0)));
    assert_eq!(shop.amounts(order), "65.00 65.00 0.00");
    shop.finish_refunds();
    assert_eq!(shop.status(order), "canceled");
    shop.assert_reconciled();
}

#[test]
fn what_a_courier_has_collected_is_paid_back_by_a_person() {
    let shop = DomainShop::open();
    let order = shop.place(PayMethod::Cod, &[(shop.make_sku(9, "20.00"), 1)]);
    let parcel = shop.send_parcel(order, None);
    shop.collect(order, "30.00");
    shop.act(|conn, now| replace_lost_parcel(conn, (order, parcel), shop.staff, now));
    assert_eq!(by_shopper(&shop, order), CancelOutcome::Asked, "no gateway can give it back");
    let cancel = |conn: &mut diesel::PgConnection, now| {
        cancel_by_staff(conn, order, (shop.staff, "By transfer"), &BTreeMap::new(), now)
    };
    assert_eq!(refund_of(shop.act(cancel)).unwrap(), "30.00");
    assert_eq!(shop.text("select status || ' ' || note from refunds"), "elsewhere By transfer");
    assert_eq!(shop.number("select count(*) from refunds where next_attempt_at is not null"), 0, "no job waits for it");
    shop.assert_reconciled();
}
