//! What happens at the door: received, collected, refused; and what that does to the revenue of a day.

use chrono::{FixedOffset, TimeDelta};
use std::collections::BTreeMap;
use till::{
    fulfillment::ReturnKind,
    kernel::{OrderId, PayMethod, ReturnId},
    lifecycle::{
        CashOutcome, ReceiptOutcome, RefundedPart, RefusalOutcome, ReturnOutcome, cancel_by_staff, confirm_delivery,
        receive_sent, record_refusal, refund_order, withdraw_return,
    },
    orders::{record_days, revenue_by_day},
    platform::clock,
};

use super::domain_shop::{Counts, DomainShop};

fn confirm(shop: &DomainShop, order: OrderId) -> ReceiptOutcome {
    shop.act(|conn, now| confirm_delivery(conn, order, shop.shopper, now))
}

fn receive(shop: &DomainShop) -> usize {
    shop.job(|conn, now| receive_sent(conn, 10, 100, now))
}

fn refuse(shop: &DomainShop, order: OrderId, sellable: Counts<'_>) -> RefusalOutcome {
    let sellable = shop.units(order, sellable);
    shop.act(|conn, now| record_refusal(conn, order, &sellable, shop.staff, now))
}

#[test]
fn a_shopper_confirms_a_delivery_once_and_only_of_what_was_sent_whole() {
    let shop = DomainShop::open();
    let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 2)]);
    let refused = || shop.refused(|conn, now| confirm_delivery(conn, order, shop.shopper, now));
    assert_eq!(refused(), ReceiptOutcome::NotUnderWay);
    shop.send_parcel(order, Some(&[1]));
    assert_eq!(refused(), ReceiptOutcome::NotUnderWay, "one is still to come");
    shop.send_parcel(order, None);
    assert_eq!(confirm(&shop, order), ReceiptOutcome::Received);
    assert_eq!((shop.status(order), refused()), ("unreviewed".into(), ReceiptOutcome::AlreadyReceived));
    assert_eq!(shop.events(order).pop().unwrap(), "received shopper");
    shop.assert_reconciled();
}

#[test]
fn an_order_counts_as_received_some_days_after_its_last_parcel_unless_a_return_is_open() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(9, "20.00");
    let order = shop.paid_order(&[(pot, 2)]);
    let unsent = shop.paid_order(&[(pot, 2)]);
    shop.send_parcel(order, Some(&[1]));
    shop.send_parcel(unsent, Some(&[1]));
    shop.let_pass(TimeDelta::days(9));
    shop.send_parcel(order, None);
    shop.let_pass(TimeDelta::days(9));
    assert_eq!(receive(&shop), 0, "the last parcel has left nine days ago");
    let new = shop.new_return(order, &[1], ReturnKind::GoodsBack);
    let ReturnOutcome::Asked(asked) = shop.ask_return(order, &new) else { panic!("a return is asked for") };
    shop.let_pass(TimeDelta::days(30));
    assert_eq!(receive(&shop), 0, "its return is open");
    let of = (order, ReturnId(asked.id.0));
    shop.act(|conn, now| withdraw_return(conn, of, shop.shopper, now));
    assert_eq!((receive(&shop), receive(&shop)), (1, 0));
    assert_eq!((shop.status(order), shop.status(unsent)), ("unreviewed".into(), "unsent".into()));
    assert_eq!(shop.events(order).pop().unwrap(), "received system");
    shop.assert_reconciled();
}

#[test]
fn what_the_courier_collects_pays_an_order_that_has_left() {
    let shop = DomainShop::open();
    let order = shop.place(PayMethod::Cod, &[(shop.make_sku(9, "20.00"), 2)]);
    shop.send_parcel(order, Some(&[1]));
    assert_eq!(shop.collect(order, "50.00"), CashOutcome::NotDue, "one is still to come");
    shop.send_parcel(order, None);
    assert_eq!(shop.collect(order, "50.00"), CashOutcome::Recorded);
    let before = shop.fingerprint();
    assert_eq!(shop.collect(order, "50.00"), CashOutcome::Repeated);
    assert_eq!(refuse(&shop, order, &[2]), RefusalOutcome::NotDue, "it was collected");
    assert_eq!(shop.fingerprint(), before);
    assert_eq!(shop.amounts(order), "50.00 0.00 0.00");
    shop.assert_reconciled();
}

#[test]
fn what_is_refused_at_the_door_goes_to_the_stock_or_is_written_off() {
    let shop = DomainShop::open();
    let (pot, cup) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "5.00"));
    let order = shop.place(PayMethod::Cod, &[(pot, 3), (cup, 2)]);
    shop.withdraw(order, &[0, 1], false);
    let before = shop.fingerprint();
    assert_eq!(refuse(&shop, order, &[0, 0]), RefusalOutcome::NotDue, "it has not left");
    assert_eq!(shop.fingerprint(), before);
    shop.send_parcel(order, None);
    let before = shop.fingerprint();
    assert_eq!(refuse(&shop, order, &[3, 2]), RefusalOutcome::TooMany, "one cup was withdrawn");
    assert_eq!(refuse(&shop, order, &[-1, 0]), RefusalOutcome::TooMany);
    assert_eq!(shop.fingerprint(), before);
    assert_eq!(refuse(&shop, order, &[2, 1]), RefusalOutcome::Canceled);
    assert_eq!(shop.movements(order, pot), ["refusal 3", "damage -1"]);
    assert_eq!(shop.movements(order, cup), ["withdrawal 1", "refusal 1"]);
    assert_eq!((shop.stock(pot), shop.stock(cup)), ((8, 0), (9, 0)));
    assert_eq!(shop.text("select status || ' ' || canceled_by from orders"), "canceled refusal");
    assert_eq!(shop.events(order).pop().unwrap(), "refused staff");
    shop.assert_reconciled();
    let before = shop.fingerprint();
    assert_eq!(refuse(&shop, order, &[2, 1]), RefusalOutcome::NotDue);
    assert_eq!(shop.collect(order, "50.00"), CashOutcome::NotDue);
    assert_eq!(shop.fingerprint(), before);
}

#[test]
fn a_parcel_that_comes_back_after_the_order_counts_as_received_is_refused_all_the_same() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(9, "20.00");
    let order = shop.place(PayMethod::Cod, &[(pot, 1)]);
    shop.send_parcel(order, None);
    shop.let_pass(TimeDelta::days(11));
    assert_eq!(receive(&shop), 1);
    assert_eq!(refuse(&shop, order, &[1]), RefusalOutcome::Canceled);
    assert_eq!(shop.stock(pot), (9, 0));
    shop.assert_reconciled();
}

#[test]
fn an_order_paid_online_is_not_refused_at_the_door() {
    let shop = DomainShop::open();
    let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 1)]);
    shop.send_parcel(order, None);
    let refused = shop.refused(|conn, now| record_refusal(conn, order, &BTreeMap::new(), shop.staff, now));
    assert_eq!(refused, RefusalOutcome::NotDue);
}

#[test]
fn a_stored_day_loses_what_is_canceled_refused_and_refunded_later_and_gets_back_nothing_twice() {
    let shop = DomainShop::open();
    let zone = FixedOffset::east_opt(8 * 3600).unwrap();
    let day = clock::beginning_of_day(shop.now(), zone);
    let pot = shop.make_sku(9, "20.00");
    let (canceled, refunded) = (shop.paid_order(&[(pot, 1)]), shop.paid_order(&[(pot, 1)]));
    let refused = shop.place(PayMethod::Cod, &[(pot, 1)]);
    let kept = shop.paid_order(&[(pot, 2)]);
    let revenue = || {
        let days = shop.act(|conn, _| revenue_by_day(conn, &[day]));
        format!("{} {}", days[0].orders, days[0].amount.plain())
    };
    for order in [refunded, refused, kept] {
        shop.send_parcel(order, None);
    }
    shop.let_pass(TimeDelta::days(3));
    assert!(shop.act(|conn, now| record_days(conn, now, zone)) > 0);
    assert_eq!(revenue(), "4 140.00");
    shop.act(|conn, now| cancel_by_staff(conn, canceled, (shop.staff, "Lost"), &BTreeMap::new(), now));
    assert_eq!(revenue(), "3 110.00");
    assert_eq!(refuse(&shop, refused, &[1]), RefusalOutcome::Canceled);
    assert_eq!(revenue(), "2 80.00");
    let request = shop.refund_request(RefundedPart::Amount("30.00".parse().unwrap()));
    shop.act(|conn, now| refund_order(conn, refunded, &request, now)).unwrap();
    assert_eq!(revenue(), "2 80.00", "the money is not back yet");
    shop.finish_refunds();
    assert_eq!((shop.status(refunded), revenue()), ("refunded".into(), "1 50.00".into()));
    let stored = shop.text(&format!("select orders || ' ' || amount from order_days where begins = '{day}'"));
    assert_eq!(stored, "4 140.00", "the stored figures do not change");
    shop.assert_reconciled();
}
