//! Parcels: sent whole or in parts, corrected, undone and lost.

use chrono::TimeDelta;
use till::{
    fulfillment::{ReturnKind, hold, release},
    kernel::{CarrierId, OrderId, PayMethod, ShipmentId},
    lifecycle::{
        CancelOutcome, ParcelOutcome, RefundError, RefundedPart, SendOutcome, answer_cancellation, cancel_by_shopper,
        confirm_delivery, correct_parcel, refund_lost_parcel, refund_order, replace_lost_parcel, send_parcel,
        undo_parcel,
    },
    orders::{Status, set_packing},
};

use super::domain_shop::DomainShop;

/// The status of an order, then that of its parcels.
fn parcels(shop: &DomainShop, order: OrderId) -> String {
    let parcels = shop.texts(&format!("select status from shipments where order_id = {order} order by id"));
    format!("{}: {}", shop.status(order), parcels.join(", "))
}

fn undo(shop: &DomainShop, order: OrderId, parcel: ShipmentId) -> ParcelOutcome {
    shop.act(|conn, now| undo_parcel(conn, (order, parcel), shop.staff, now))
}

#[test]
fn an_order_is_sent_in_parts_and_the_last_parcel_makes_it_sent() {
    let shop = DomainShop::open();
    let (pot, cup) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "5.00"));
    let order = shop.paid_order(&[(pot, 2), (cup, 1)]);
    let first = shop.parcel(order, Some(&[1, 0]));
    let send = |parcel| shop.act(|conn, now| send_parcel(conn, order, parcel, shop.staff, now));
    let SendOutcome::Sent { shipment, is_last: false } = send(&first) else { panic!("a part is sent") };
    assert_eq!(shop.line_states(order), ["0 1 0 0.00", "0 0 0 0.00"]);
    assert_eq!(parcels(&shop, order), "unsent: sent");
    shop.assert_reconciled();

    let refused = |parcel| shop.refused(|conn, now| send_parcel(conn, order, &parcel, shop.staff, now));
    assert_eq!(refused(first), SendOutcome::Repeated(shipment), "the same form again");
    let too_many = SendOutcome::TooMany { line: format!("Thing {pot}"), left: 1 };
    assert_eq!(refused(shop.parcel(order, Some(&[2, 0]))), too_many);
    assert_eq!(refused(shop.parcel(order, Some(&[0, 0]))), SendOutcome::Nothing);
    assert_eq!(refused(shop.parcel(order, Some(&[-1, 0]))), SendOutcome::Nothing);
    let mut by_nobody = shop.parcel(order, None);
    by_nobody.carrier = CarrierId(999);
    assert_eq!(refused(by_nobody), SendOutcome::UnknownCarrier);

    assert!(matches!(shop.send(order, None), SendOutcome::Sent { is_last: true, .. }));
    assert_eq!(shop.line_states(order), ["0 2 0 0.00", "0 1 0 0.00"]);
    assert_eq!(parcels(&shop, order), "unreceived: sent, sent");
    assert_eq!(shop.events(order), ["paid gateway", "parcel_sent staff", "parcel_sent staff", "sent staff"]);
    assert_eq!(shop.stock(pot), (7, 2), "the goods left the stock with the order");
    assert_eq!(refused(shop.parcel(order, None)), SendOutcome::WrongStatus(Status::Unreceived));
    shop.assert_reconciled();
}

#[test]
fn only_an_order_that_is_unsent_is_sent_and_cash_on_delivery_needs_no_payment() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(9, "20.00");
    let order = shop.place(PayMethod::Alipay, &[(pot, 1)]);
    let refused = || {
        let parcel = shop.parcel(order, None);
        shop.refused(|conn, now| send_parcel(conn, order, &parcel, shop.staff, now))
    };
    assert_eq!(refused(), SendOutcome::WrongStatus(Status::Unpaid));
    shop.act(|conn, now| cancel_by_shopper(conn, order, (shop.shopper, ""), now));
    assert_eq!(refused(), SendOutcome::WrongStatus(Status::Canceled));
    let cod = shop.place(PayMethod::Cod, &[(pot, 1)]);
    shop.send_parcel(cod, None);
    assert_eq!((shop.status(cod), shop.amounts(cod)), ("unreceived".into(), "0.00 0.00 0.00".into()));
    shop.assert_reconciled();
}

#[test]
fn what_is_on_hold_or_asked_to_be_canceled_is_not_sent() {
    let shop = DomainShop::open();
    let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 1)]);
    let refused = || {
        let parcel = shop.parcel(order, None);
        shop.refused(|conn, now| send_parcel(conn, order, &parcel, shop.staff, now))
    };
    shop.act(|conn, now| hold(conn, order, (shop.staff, "Is the address right?"), now));
    assert_eq!(refused(), SendOutcome::OnHold("Is the address right?".to_owned()));
    assert!(shop.act(|conn, _| release(conn, order)));
    shop.act(|conn, now| set_packing(conn, order, Some(now)));
    let asked = shop.act(|conn, now| cancel_by_shopper(conn, order, (shop.shopper, "Found it cheaper"), now));
    assert_eq!(asked, CancelOutcome::Asked);
    assert_eq!(refused(), SendOutcome::CancellationAsked);
    shop.act(|conn, now| answer_cancellation(conn, order, false, (shop.staff, "It is packed"), now));
    shop.send_parcel(order, None);
    shop.assert_reconciled();
}

#[test]
fn a_parcel_is_corrected_for_a_day() {
    let shop = DomainShop::open();
    let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 1)]);
    let parcel = shop.send_parcel(order, None);
    let correct = |number: &str, carrier: i64| {
        let to = (CarrierId(carrier), number);
        shop.act(|conn, now| correct_parcel(conn, (order, parcel), to, shop.staff, now))
    };
    assert_eq!(correct("JD77", 2), ParcelOutcome::Done);
    assert_eq!(shop.text("select carrier_id || ' ' || number from shipments"), "2 JD77");
    assert_eq!(shop.events(order).pop().unwrap(), "parcel_corrected staff");
    let before = shop.fingerprint();
    assert_eq!(correct("JD78", 999), ParcelOutcome::UnknownCarrier);
    shop.let_pass(TimeDelta::hours(25));
    assert_eq!(correct("JD78", 2), ParcelOutcome::TooLate);
    assert_eq!(shop.fingerprint(), before);
}

#[test]
fn a_parcel_that_is_undone_is_sent_again() {
    let shop = DomainShop::open();
    let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 2)]);
    let parcel = shop.send_parcel(order, None);
    shop.let_pass(TimeDelta::hours(24));
    assert_eq!(undo(&shop, order, parcel), ParcelOutcome::Done);
    assert_eq!(parcels(&shop, order), "unsent: undone");
    assert_eq!(shop.line_states(order), ["0 0 0 0.00"]);
    assert_eq!(shop.text("select coalesce(sent_at::text, 'not sent') from orders"), "not sent");
    shop.assert_reconciled();
    let refused = |parcel| shop.refused(|conn, now| undo_parcel(conn, (order, parcel), shop.staff, now));
    assert_eq!(refused(parcel), ParcelOutcome::TooLate, "it is undone");

    let again = shop.send_parcel(order, None);
    assert_eq!(parcels(&shop, order), "unreceived: undone, sent");
    shop.assert_reconciled();
    shop.let_pass(TimeDelta::hours(25));
    assert_eq!(refused(again), ParcelOutcome::TooLate, "after a day it has left");
}

#[test]
fn no_parcel_is_undone_that_the_shopper_has_received() {
    let shop = DomainShop::open();
    let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 2)]);
    let parcel = shop.send_parcel(order, None);
    let asked = shop.new_return(order, &[1], ReturnKind::RefundOnly);
    shop.ask_return(order, &asked);
    let refused = || shop.refused(|conn, now| undo_parcel(conn, (order, parcel), shop.staff, now));
    assert_eq!(refused(), ParcelOutcome::TooLate, "a unit of it is in a return");
    shop.act(|conn, now| confirm_delivery(conn, order, shop.shopper, now));
    assert_eq!(refused(), ParcelOutcome::TooLate);
    let lost = shop.refused(|conn, now| replace_lost_parcel(conn, (order, parcel), shop.staff, now));
    assert_eq!(lost, ParcelOutcome::TooLate);
}

#[test]
fn undoing_one_of_two_parcels_opens_the_order_again() {
    let shop = DomainShop::open();
    let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 3)]);
    let first = shop.send_parcel(order, Some(&[1]));
    shop.send_parcel(order, None);
    assert_eq!(undo(&shop, order, first), ParcelOutcome::Done);
    assert_eq!(parcels(&shop, order), "unsent: undone, sent");
    assert_eq!(shop.line_states(order), ["0 2 0 0.00"]);
    shop.assert_reconciled();
    assert!(matches!(shop.send(order, Some(&[1])), SendOutcome::Sent { is_last: true, .. }));
    assert_eq!(parcels(&shop, order), "unreceived: undone, sent, sent");
    shop.assert_reconciled();
}

#[test]
fn the_units_of_a_lost_parcel_are_refunded() {
    let shop = DomainShop::open();
    let (pot, cup) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "5.00"));
    let order = shop.paid_order(&[(pot, 2), (cup, 1)]);
    let lost = shop.send_parcel(order, Some(&[2, 0]));
    shop.send_parcel(order, None);
    let refund = || shop.act(|conn, now| refund_lost_parcel(conn, (order, lost), (shop.staff, "Lost in Wuhan"), now));
    let ParcelOutcome::Refunded(Some(refund_of_lost)) = refund() else { panic!("its units are refunded") };
    assert_eq!(refund_of_lost.amount.plain(), "40.00");
    assert_eq!(parcels(&shop, order), "unreceived: lost, sent");
    assert_eq!(shop.line_states(order), ["0 2 0 40.00", "0 1 0 0.00"]);
    assert_eq!(shop.stock(pot), (7, 2), "nothing came back");
    shop.assert_reconciled();
    let before = shop.fingerprint();
    assert_eq!(refund(), ParcelOutcome::TooLate);
    assert_eq!(shop.fingerprint(), before);
    shop.finish_refunds();
    shop.assert_reconciled();
}

#[test]
fn of_a_lost_parcel_only_what_was_not_refunded_before_is_refunded() {
    let shop = DomainShop::open();
    let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 3)]);
    let lost = shop.send_parcel(order, None);
    let refund_units = |count: i32| {
        let part = RefundedPart::Lines { units: shop.units(order, &[count]), freight: "0".parse().unwrap() };
        let request = shop.refund_request(part);
        shop.act(|conn, now| refund_order(conn, order, &request, now)).unwrap();
    };
    refund_units(1);
    let refund = || shop.act(|conn, now| refund_lost_parcel(conn, (order, lost), (shop.staff, "Lost"), now));
    let ParcelOutcome::Refunded(Some(rest)) = refund() else { panic!("the rest is refunded") };
    assert_eq!(rest.amount.plain(), "50.00", "nothing arrives, so the freight goes back too");
    shop.finish_refunds();
    assert_eq!(shop.status(order), "refunded");
    shop.assert_reconciled();

    let other = shop.paid_order(&[(shop.make_sku(9, "20.00"), 1)]);
    let lost = shop.send_parcel(other, None);
    let part = RefundedPart::Lines { units: shop.units(other, &[1]), freight: "0".parse().unwrap() };
    let request = shop.refund_request(part);
    shop.act(|conn, now| refund_order(conn, other, &request, now)).unwrap();
    let outcome = shop.act(|conn, now| refund_lost_parcel(conn, (other, lost), (shop.staff, "Lost"), now));
    let ParcelOutcome::Refunded(Some(freight)) = outcome else { panic!("the freight is refunded") };
    assert_eq!((freight.amount.plain(), freight.freight.plain()), ("10.00".into(), "10.00".into()));

    let third = shop.paid_order(&[(shop.make_sku(9, "20.00"), 2)]);
    let (lost, _) = (shop.send_parcel(third, Some(&[1])), shop.send_parcel(third, None));
    let refund_units = |count: i32| {
        let part = RefundedPart::Lines { units: shop.units(third, &[count]), freight: "0".parse().unwrap() };
        let request = shop.refund_request(part);
        shop.act(|conn, now| refund_order(conn, third, &request, now)).unwrap();
    };
    refund_units(2);
    let refused = shop.refused(|conn, now| refund_lost_parcel(conn, (third, lost), (shop.staff, "Lost"), now));
    assert_eq!(refused, ParcelOutcome::Refused(RefundError::NothingChosen), "all of it was refunded before");

    let goodwill = shop.paid_order(&[(shop.make_sku(9, "20.00"), 1)]);
    let lost = shop.send_parcel(goodwill, None);
    let request = shop.refund_request(RefundedPart::Amount("15.00".parse().unwrap()));
    shop.act(|conn, now| refund_order(conn, goodwill, &request, now)).unwrap();
    let outcome = shop.act(|conn, now| refund_lost_parcel(conn, (goodwill, lost), (shop.staff, "Lost"), now));
    let ParcelOutcome::Refunded(Some(rest)) = outcome else { panic!("what is left is refunded") };
    assert_eq!(rest.amount.plain(), "15.00", "not more than what is left");
    shop.finish_refunds();
    shop.assert_reconciled();
}

#[test]
fn a_lost_parcel_is_sent_again_from_the_stock() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(5, "20.00");
    let order = shop.paid_order(&[(pot, 2)]);
    let lost = shop.send_parcel(order, None);
    let replace = |parcel| shop.act(|conn, now| replace_lost_parcel(conn, (order, parcel), shop.staff, now));
    assert_eq!(replace(lost), ParcelOutcome::Done);
    assert_eq!(parcels(&shop, order), "unsent: replaced");
    assert_eq!((shop.stock(pot), shop.movements(order, pot)), ((1, 2), vec!["damage -2".to_owned()]));
    shop.assert_reconciled();
    let before = shop.fingerprint();
    assert_eq!(replace(lost), ParcelOutcome::TooLate);
    assert_eq!(shop.fingerprint(), before);

    let again = shop.send_parcel(order, None);
    let before = shop.fingerprint();
    assert_eq!(replace(again), ParcelOutcome::OutOfStock, "one is left, and two are needed");
    assert_eq!(shop.fingerprint(), before);
    shop.assert_reconciled();
}

#[test]
fn an_order_whose_money_went_back_before_it_was_sent_ends_as_refunded() {
    let shop = DomainShop::open();
    let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 1)]);
    let request = shop.refund_request(RefundedPart::Amount("30.00".parse().unwrap()));
    shop.act(|conn, now| refund_order(conn, order, &request, now)).unwrap();
    shop.finish_refunds();
    assert_eq!(shop.status(order), "unsent");
    assert!(matches!(shop.send(order, None), SendOutcome::Sent { is_last: true, .. }));
    assert_eq!(shop.status(order), "refunded");
    shop.assert_reconciled();
}
