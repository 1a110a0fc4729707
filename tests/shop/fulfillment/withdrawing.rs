//! Units that are taken out of an order before they are sent, and what they were worth.

use till::{
    fulfillment::ReturnKind,
    kernel::{Money, OrderId, PayMethod, RefundId},
    lifecycle::{
        CashOutcome, RefundDecision, RefundError, RefundedPart, ReturnOutcome, WithdrawOutcome, refund_order,
        replace_lost_parcel, retry_refund, withdraw_units,
    },
    orders::Status,
};

use super::domain_shop::{Counts, DomainShop};

#[track_caller]
fn refunded(outcome: WithdrawOutcome) -> Option<String> {
    match outcome {
        WithdrawOutcome::Done(refund) => refund.map(|refund| refund.amount.plain()),
        outcome => panic!("{outcome:?}"),
    }
}

fn refund(shop: &DomainShop, order: OrderId, counts: Counts<'_>) -> Result<String, RefundError> {
    let part = RefundedPart::Lines { units: shop.units(order, counts), freight: Money::ZERO };
    let request = shop.refund_request(part);
    let made = shop.act(|conn, now| refund_order(conn, order, &request, now));
    made.map(|made| made.refund.amount.plain())
}

#[test]
fn missing_units_are_taken_out_and_the_rest_is_sent() {
    let shop = DomainShop::open();
    let (pot, cup) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "5.00"));
    let order = shop.paid_order(&[(pot, 2), (cup, 3)]);
    let withdrawal = shop.withdrawal(order, &[1, 0], true);
    let withdraw = || shop.act(|conn, now| withdraw_units(conn, order, &withdrawal, now));
    assert_eq!(refunded(withdraw()).unwrap(), "20.00");
    assert_eq!(shop.movements(order, pot), ["withdrawal 1", "damage -1"], "written off");
    assert_eq!((shop.stock(pot), shop.line_states(order)), ((7, 1), vec!["1 0 0 20.00".into(), "0 0 0 0.00".into()]));
    shop.assert_reconciled();
    let before = shop.fingerprint();
    assert_eq!(withdraw(), WithdrawOutcome::Repeated);
    assert_eq!(shop.fingerprint(), before);

    shop.send_parcel(order, Some(&[1, 2]));
    assert_eq!(shop.status(order), "unsent");
    assert_eq!(refunded(shop.withdraw(order, &[0, 1], false)).unwrap(), "5.00");
    assert_eq!(shop.movements(order, cup), ["withdrawal 1"], "back to the stock");
    assert_eq!(shop.status(order), "unreceived", "all the others were sent");
    assert_eq!(shop.events(order).last().unwrap(), "sent staff");
    shop.finish_refunds();
    assert_eq!(shop.status(order), "unreceived");
    shop.assert_reconciled();
}

#[test]
fn no_more_is_taken_out_than_is_unsent_and_not_everything() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(9, "20.00");
    let order = shop.paid_order(&[(pot, 3)]);
    let refused = |counts: Counts<'_>| {
        let withdrawal = shop.withdrawal(order, counts, false);
        shop.refused(|conn, now| withdraw_units(conn, order, &withdrawal, now))
    };
    assert_eq!(refused(&[3]), WithdrawOutcome::CancelInstead);
    assert_eq!(refused(&[0]), WithdrawOutcome::Refused(RefundError::NothingChosen));
    assert_eq!(refused(&[-1]), WithdrawOutcome::Refused(RefundError::NothingChosen));
    shop.send_parcel(order, Some(&[2]));
    let too_many = RefundError::TooManyUnits { line: format!("Thing {pot}"), left: 1 };
    assert_eq!(refused(&[2]), WithdrawOutcome::Refused(too_many));
    shop.send_parcel(order, None);
    assert_eq!(refused(&[1]), WithdrawOutcome::WrongStatus(Status::Unreceived));
}

#[test]
fn staff_who_refund_unsent_units_take_them_out() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(9, "20.00");
    let order = shop.paid_order(&[(pot, 3)]);
    assert_eq!(refund(&shop, order, &[1]).unwrap(), "20.00");
    assert_eq!((shop.line_states(order), shop.stock(pot)), (vec!["1 0 0 20.00".to_owned()], (7, 2)));
    assert_eq!(shop.movements(order, pot), ["withdrawal 1"]);
    shop.assert_reconciled();
    let before = shop.fingerprint();
    assert_eq!(refund(&shop, order, &[2]), Err(RefundError::CancelInstead));
    assert_eq!(shop.fingerprint(), before);
    shop.send_parcel(order, Some(&[1]));
    assert_eq!(refund(&shop, order, &[1]).unwrap(), "20.00");
    assert_eq!(shop.status(order), "unsent", "that was the one that was sent");
    assert_eq!(refund(&shop, order, &[1]).unwrap(), "20.00");
    assert_eq!(shop.status(order), "unreceived", "and that the last unsent one");
    assert_eq!(shop.line_states(order), ["2 1 0 60.00"]);
    shop.assert_reconciled();
}

#[test]
fn a_withdrawn_unit_whose_refund_the_gateway_refuses_stays_out_and_its_money_waits_for_staff() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(9, "20.00");
    let order = shop.paid_order(&[(pot, 3)]);
    shop.withdraw(order, &[1], false);
    let id = RefundId(shop.number("select id from refunds"));
    shop.answer_refund(id, false);
    assert_eq!((shop.line_states(order), shop.amounts(order)), (vec!["1 0 0 0.00".into()], "70.00 0.00 0.00".into()));
    shop.assert_reconciled();
    let retry = || shop.act(|conn, now| retry_refund(conn, id, now));
    assert!(matches!(retry(), RefundDecision::Made(_)));
    assert_eq!(shop.line_states(order), ["1 0 0 20.00"]);
    shop.answer_refund(id, false);

    // The next unit that staff refund is the one that was withdrawn.
    assert_eq!(refund(&shop, order, &[1]).unwrap(), "20.00");
    assert_eq!(shop.line_states(order), ["1 0 0 20.00"]);
    shop.send_parcel(order, None);
    assert!(matches!(retry(), RefundDecision::Made(_)), "a unit that was sent may be refunded too");
    shop.finish_refunds();
    assert_eq!(shop.line_states(order), ["1 2 0 40.00"]);
    shop.assert_reconciled();
}

#[test]
fn units_that_were_refunded_before_are_taken_out_without_a_refund() {
    let shop = DomainShop::open();
    let (pot, cup) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "5.00"));
    let order = shop.paid_order(&[(pot, 2), (cup, 1)]);
    let parcel = shop.send_parcel(order, None);
    refund(&shop, order, &[1, 0]).unwrap();
    shop.act(|conn, now| replace_lost_parcel(conn, (order, parcel), shop.staff, now));
    assert_eq!(refunded(shop.withdraw(order, &[1, 0], false)), None, "its money went back before");
    assert_eq!(refunded(shop.withdraw(order, &[1, 0], false)).unwrap(), "20.00");
    assert_eq!(shop.line_states(order), ["2 0 0 40.00", "0 0 0 0.00"]);
    shop.assert_reconciled();
}

#[test]
fn what_is_withdrawn_is_never_refunded_beyond_what_is_left() {
    let shop = DomainShop::open();
    let (pot, gift) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "0.00"));
    let order = shop.paid_order(&[(pot, 2), (gift, 1)]);
    assert_eq!(refunded(shop.withdraw(order, &[0, 1], false)), None, "it was free");
    let request = shop.refund_request(RefundedPart::Amount("45.00".parse().unwrap()));
    shop.act(|conn, now| refund_order(conn, order, &request, now)).unwrap();
    assert_eq!(refunded(shop.withdraw(order, &[1, 0], false)).unwrap(), "5.00");
    assert_eq!(shop.amounts(order), "50.00 50.00 0.00");
    shop.send_parcel(order, None);
    shop.finish_refunds();
    shop.assert_reconciled();
}

/// Three units of ¥10.00 with a discount of ¥10.00: the courier is to collect ¥30.00 with freight.
fn cod_order_with_discount(shop: &DomainShop) -> OrderId {
    let order = shop.place(PayMethod::Cod, &[(shop.make_sku(9, "10.00"), 3)]);
    shop.execute(&format!(
        "update order_goods set discount = 10 where order_id = {order};
         update orders set discount = 10, total_amount = total_amount - 10 where id = {order}"
    ));
    order
}

#[test]
fn a_courier_collects_less_by_exactly_the_worth_of_what_was_taken_out() {
    let shop = DomainShop::open();
    let order = cod_order_with_discount(&shop);
    assert_eq!(refunded(shop.withdraw(order, &[1], false)), None);
    assert_eq!(shop.amounts(order), "0.00 0.00 6.66");
    shop.assert_reconciled();
    shop.send_parcel(order, None);
    assert_eq!(shop.collect(order, "30.00"), CashOutcome::Strange);
    assert_eq!(shop.collect(order, "23.34"), CashOutcome::Recorded);
    assert_eq!(shop.amounts(order), "23.34 0.00 6.66");
    shop.assert_reconciled();

    let ReturnOutcome::TooMany { left: 2, .. } =
        shop.ask_return(order, &shop.new_return(order, &[3], ReturnKind::GoodsBack))
    else {
        panic!("two were sent")
    };
    assert_eq!(refund(&shop, order, &[1]).unwrap(), "6.67");
    assert_eq!(refund(&shop, order, &[1]).unwrap(), "6.67", "the three shares make what the line costs");
    assert!(matches!(refund(&shop, order, &[1]), Err(RefundError::TooManyUnits { left: 0, .. })));
    assert_eq!(shop.amounts(order), "23.34 13.34 6.66");
    shop.assert_reconciled();
}

#[test]
fn what_is_taken_out_after_the_courier_has_collected_is_paid_back_by_a_person() {
    let shop = DomainShop::open();
    let order = cod_order_with_discount(&shop);
    shop.withdraw(order, &[1], false);
    let parcel = shop.send_parcel(order, None);
    assert_eq!(shop.collect(order, "23.34"), CashOutcome::Recorded);
    shop.act(|conn, now| replace_lost_parcel(conn, (order, parcel), shop.staff, now));
    let mut without_note = shop.withdrawal(order, &[1], false);
    without_note.reason.clear();
    let refused = shop.refused(|conn, now| withdraw_units(conn, order, &without_note, now));
    assert_eq!(refused, WithdrawOutcome::Refused(RefundError::NoteNeeded));
    let mut request = shop.refund_request(RefundedPart::Lines { units: shop.units(order, &[1]), freight: Money::ZERO });
    request.note.clear();
    let refused = shop.refused(|conn, now| refund_order(conn, order, &request, now));
    assert_eq!(refused, Err(RefundError::NoteNeeded));

    assert_eq!(refunded(shop.withdraw(order, &[1], false)).unwrap(), "6.67");
    assert_eq!(shop.text("select status || ' ' || note from refunds"), "elsewhere Broken");
    assert_eq!(shop.line_states(order), ["2 0 0 6.67"]);
    shop.send_parcel(order, None);
    assert_eq!(refund(&shop, order, &[1]).unwrap(), "6.67", "one unit was waived, one refunded, one is left");
    shop.assert_reconciled();
}
