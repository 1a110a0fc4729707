//! Returns: what shoppers ask for, staff answer, and comes back.

use chrono::TimeDelta;
use std::collections::BTreeMap;
use till::{
    fulfillment::{ArrivedUnits, NewReturn, ReturnKind, ReturnStatus},
    kernel::{Money, OrderId, PayMethod, RefundId, ReturnId},
    lifecycle::{
        RefundDecision, RefundError, ReturnOutcome, ReturnRefund, ReturnStep, answer_return, ask_return, close_return,
        confirm_delivery, receive_return, refund_return, retry_refund, returnable_order, send_back, withdraw_return,
    },
    orders::order_of,
};

use super::domain_shop::{Counts, DomainShop};

/// What staff and the shopper can do with a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Withdraw,
    Approve,
    Decline,
    SendBack,
    /// That many units arrive sellable and damaged.
    Arrive(i32, i32),
    /// Units of the first line are refunded, and freight in yuan.
    Refund(i32, i64),
    Close,
}

fn step(shop: &DomainShop, order: OrderId, id: ReturnId, act: Act) -> ReturnStep {
    let (of, staff, shopper) = ((order, id), shop.staff, shop.shopper);
    let line = shop.lines(order)[0];
    shop.act(|conn, now| match act {
        Act::Withdraw => withdraw_return(conn, of, shopper, now),
        Act::Approve => answer_return(conn, of, true, (staff, "To the store room, please"), now),
        Act::Decline => answer_return(conn, of, false, (staff, "It was worn"), now),
        Act::SendBack => send_back(conn, of, ("SF", "SF42"), shopper, now),
        Act::Arrive(sellable, damaged) => {
            receive_return(conn, of, &[ArrivedUnits { line, sellable, damaged }], staff, now)
        }
        Act::Refund(count, freight) => {
            let freight = Money::new(freight.into()).unwrap();
            let units = BTreeMap::from([(line, count)]);
            refund_return(conn, of, &ReturnRefund { units, freight, note: "By transfer".into(), staff }, now)
        }
        Act::Close => close_return(conn, of, (staff, "Nothing came"), now),
    })
}

#[track_caller]
fn done(shop: &DomainShop, order: OrderId, id: ReturnId, act: Act) {
    let outcome = step(shop, order, id, act);
    assert!(matches!(outcome, ReturnStep::Done(_)), "{act:?}: {outcome:?}");
    shop.assert_reconciled();
}

/// Asks for a return that must be possible.
#[track_caller]
fn asked(shop: &DomainShop, order: OrderId, counts: Counts<'_>, kind: ReturnKind) -> ReturnId {
    match shop.ask_return(order, &shop.new_return(order, counts, kind)) {
        ReturnOutcome::Asked(asked) => asked.id,
        outcome => panic!("{outcome:?}"),
    }
}

fn refused(shop: &DomainShop, order: OrderId, new: &NewReturn) -> ReturnOutcome {
    shop.refused(|conn, now| ask_return(conn, order, new, (shop.shopper, 7), now))
}

fn return_status(shop: &DomainShop, id: ReturnId) -> String {
    shop.text(&format!("select status from returns where id = {}", id.0))
}

/// An order of three pots of ¥20.00 and a cup of ¥5.00, paid and sent.
fn sent_order(shop: &DomainShop) -> OrderId {
    let (pot, cup) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "5.00"));
    let order = shop.paid_order(&[(pot, 3), (cup, 1)]);
    shop.send_parcel(order, None);
    order
}

#[test]
fn goods_come_back_some_sellable_and_their_money_follows() {
    let shop = DomainShop::open();
    let order = sent_order(&shop);
    let id = asked(&shop, order, &[2, 0], ReturnKind::GoodsBack);
    done(&shop, order, id, Act::Approve);
    done(&shop, order, id, Act::SendBack);
    assert_eq!(shop.text("select carrier || ' ' || tracking_number from returns"), "SF SF42");
    done(&shop, order, id, Act::SendBack);
    let pot = till::kernel::SkuId(1);
    assert_eq!(shop.stock(pot), (6, 3));
    done(&shop, order, id, Act::Arrive(1, 1));
    assert_eq!((shop.stock(pot), shop.movements(order, pot)), ((7, 3), vec!["return 1".to_owned()]), "they stay sold");
    assert_eq!(shop.line_states(order), ["0 3 2 0.00", "0 1 0 0.00"]);
    done(&shop, order, id, Act::Refund(2, 4));
    assert_eq!(shop.line_states(order), ["0 3 2 40.00", "0 1 0 0.00"]);
    assert_eq!(
        shop.text("select concat_ws(' ', amount, freight, reason, return_id) from refunds"),
        format!("44.00 4.00 return {}", id.0)
    );
    assert_eq!(return_status(&shop, id), "closed");
    shop.finish_refunds();
    assert_eq!(shop.status(order), "unreceived", "some of the money is left");
    shop.assert_reconciled();
    let events = shop.events(order);
    let returns: Vec<&str> = events.iter().filter(|event| event.starts_with("return")).map(String::as_str).collect();
    assert_eq!(
        returns,
        [
            "return_asked shopper",
            "return_approved staff",
            "return_sent_back shopper",
            "return_sent_back shopper",
            "return_arrived staff",
            "return_closed staff"
        ]
    );
}

#[test]
fn nobody_returns_more_than_was_sent_and_is_not_returned_or_refunded_already() {
    let shop = DomainShop::open();
    let order = sent_order(&shop);
    let pot = || format!("Thing {}", 1);
    let ask = |counts: Counts<'_>| shop.new_return(order, counts, ReturnKind::GoodsBack);
    assert_eq!(refused(&shop, order, &ask(&[4, 0])), ReturnOutcome::TooMany { line: pot(), left: 3 });
    assert_eq!(refused(&shop, order, &ask(&[0, 0])), ReturnOutcome::Nothing);
    let first = asked(&shop, order, &[2, 0], ReturnKind::GoodsBack);
    assert_eq!(refused(&shop, order, &ask(&[2, 0])), ReturnOutcome::TooMany { line: pot(), left: 1 });
    done(&shop, order, first, Act::Approve);
    done(&shop, order, first, Act::Refund(2, 0));
    assert_eq!(refused(&shop, order, &ask(&[2, 0])), ReturnOutcome::TooMany { line: pot(), left: 1 });
    let second = asked(&shop, order, &[1, 0], ReturnKind::GoodsBack);
    done(&shop, order, second, Act::Withdraw);
    asked(&shop, order, &[1, 1], ReturnKind::GoodsBack);
    assert_eq!(refused(&shop, order, &ask(&[1, 0])), ReturnOutcome::TooMany { line: pot(), left: 0 });
}

#[test]
fn a_forged_form_of_a_return_breaks_nothing() {
    let shop = DomainShop::open();
    let order = sent_order(&shop);
    let (pot, cup) = (shop.lines(order)[0], shop.lines(order)[1]);
    let forged = |units: &[(till::kernel::OrderLineId, i32)]| NewReturn {
        units: units.to_vec(),
        ..shop.new_return(order, &[], ReturnKind::GoodsBack)
    };
    assert_eq!(refused(&shop, order, &forged(&[(pot, -1), (cup, 0)])), ReturnOutcome::Nothing);
    let twice = refused(&shop, order, &forged(&[(pot, 2), (pot, 2)]));
    assert_eq!(twice, ReturnOutcome::TooMany { line: "Thing 1".into(), left: 3 });
    let max = refused(&shop, order, &forged(&[(pot, i32::MAX), (pot, i32::MAX)]));
    assert_eq!(max, ReturnOutcome::TooMany { line: "Thing 1".into(), left: 3 });
    let ReturnOutcome::Asked(_) = shop.ask_return(order, &forged(&[(pot, 1), (pot, 1), (cup, 0)])) else {
        panic!("two are asked for")
    };
    assert_eq!(shop.texts("select order_goods_id || ' ' || count from return_goods"), [format!("{} 2", pot.0)]);
    shop.assert_reconciled();
}

#[test]
fn a_return_can_be_asked_for_from_sending_until_a_week_after_receipt() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(9, "20.00");
    let order = shop.paid_order(&[(pot, 3)]);
    let ask = || shop.new_return(order, &[1], ReturnKind::GoodsBack);
    assert_eq!(refused(&shop, order, &ask()), ReturnOutcome::TooLate, "it has not left");
    shop.send_parcel(order, None);
    let form = ask();
    let ReturnOutcome::Asked(first) = shop.ask_return(order, &form) else { panic!("a return is asked for") };
    assert_eq!(refused(&shop, order, &form), ReturnOutcome::Repeated(first), "the same form again");
    shop.let_pass(TimeDelta::days(30));
    shop.act(|conn, now| confirm_delivery(conn, order, shop.shopper, now));
    shop.let_pass(TimeDelta::days(7));
    let view = |order: OrderId| {
        shop.act(|conn, now| {
            let number = till::orders::number_of(conn, order)?;
            let view = order_of(conn, shop.shopper, &number)?.unwrap();
            returnable_order(conn, &view.order, 7, now)
        })
    };
    assert_eq!(view(order).unwrap().until, Some(shop.now()));
    asked(&shop, order, &[1], ReturnKind::GoodsBack);
    shop.let_pass(TimeDelta::seconds(1));
    assert_eq!(view(order), None);
    assert_eq!(refused(&shop, order, &ask()), ReturnOutcome::TooLate);

    let cod = shop.place(PayMethod::Cod, &[(pot, 1)]);
    shop.send_parcel(cod, None);
    let new = shop.new_return(cod, &[1], ReturnKind::GoodsBack);
    assert_eq!(refused(&shop, cod, &new), ReturnOutcome::TooLate, "nothing was paid yet");
    shop.collect(cod, "30.00");
    asked(&shop, cod, &[1], ReturnKind::GoodsBack);
}

#[test]
fn money_alone_goes_back_without_any_goods() {
    let shop = DomainShop::open();
    let order = sent_order(&shop);
    let id = asked(&shop, order, &[0, 1], ReturnKind::RefundOnly);
    done(&shop, order, id, Act::Approve);
    let before = shop.fingerprint();
    for act in [Act::SendBack, Act::Arrive(1, 0)] {
        assert_eq!(step(&shop, order, id, act), ReturnStep::TooLate(ReturnStatus::Approved), "{act:?}");
    }
    assert_eq!(step(&shop, order, id, Act::Refund(1, 0)), ReturnStep::TooMany, "a pot was not asked for");
    assert_eq!(shop.fingerprint(), before);
    let wanted = ReturnRefund {
        units: shop.units(order, &[0, 1]),
        freight: "10.00".parse().unwrap(),
        note: String::new(),
        staff: shop.staff,
    };
    let ReturnStep::Done(Some(refund)) = shop.act(|conn, now| refund_return(conn, (order, id), &wanted, now)) else {
        panic!("it is refunded")
    };
    assert_eq!((refund.amount.plain(), refund.freight.plain()), ("15.00".into(), "10.00".into()));
    assert_eq!(shop.stock(till::kernel::SkuId(2)), (8, 1));
    shop.finish_refunds();
    shop.assert_reconciled();
}

#[test]
fn a_return_is_declined_withdrawn_or_closed_without_a_refund_and_the_units_can_be_returned_again() {
    let shop = DomainShop::open();
    let order = sent_order(&shop);
    let ways: [&[Act]; 4] = [
        &[Act::Decline],
        &[Act::Approve, Act::Withdraw],
        &[Act::Approve, Act::Close],
        &[Act::Approve, Act::SendBack, Act::Arrive(0, 0), Act::Close],
    ];
    for way in ways {
        let id = asked(&shop, order, &[3, 1], ReturnKind::GoodsBack);
        for act in way {
            done(&shop, order, id, *act);
        }
    }
    assert_eq!(
        shop.texts("select status || ' ' || answer from returns order by id"),
        ["declined It was worn", "withdrawn To the store room, please", "closed Nothing came", "closed Nothing came"]
    );
    assert_eq!(shop.number("select count(*) from refunds"), 0);
}

#[test]
fn each_step_of_a_return_is_possible_only_where_it_makes_sense_and_writes_nothing_elsewhere() {
    const ACTS: [Act; 7] =
        [Act::Withdraw, Act::Approve, Act::Decline, Act::SendBack, Act::Arrive(1, 0), Act::Refund(1, 0), Act::Close];
    let states: [(&[Act], ReturnStatus, &[Act]); 7] = [
        (&[], ReturnStatus::Asked, &[Act::Withdraw, Act::Approve, Act::Decline]),
        (
            &[Act::Approve],
            ReturnStatus::Approved,
            &[Act::Withdraw, Act::SendBack, Act::Arrive(1, 0), Act::Refund(1, 0), Act::Close],
        ),
        (
            &[Act::Approve, Act::SendBack],
            ReturnStatus::SentBack,
            &[Act::SendBack, Act::Arrive(1, 0), Act::Refund(1, 0), Act::Close],
        ),
        (&[Act::Approve, Act::Arrive(1, 0)], ReturnStatus::Arrived, &[Act::Refund(1, 0), Act::Close]),
        (&[Act::Approve, Act::Refund(1, 0)], ReturnStatus::Closed, &[]),
        (&[Act::Decline], ReturnStatus::Declined, &[]),
        (&[Act::Withdraw], ReturnStatus::Withdrawn, &[]),
    ];
    let shop = DomainShop::open();
    for (way, status, possible) in states {
        let order = shop.paid_order(&[(shop.make_sku(9, "20.00"), 1)]);
        shop.send_parcel(order, None);
        let id = asked(&shop, order, &[1], ReturnKind::GoodsBack);
        way.iter().for_each(|act| done(&shop, order, id, *act));
        let before = shop.fingerprint();
        for act in ACTS.iter().filter(|act| !possible.contains(act)) {
            assert_eq!(step(&shop, order, id, *act), ReturnStep::TooLate(status), "{act:?}");
        }
        assert_eq!(shop.fingerprint(), before, "{status:?}");
    }
}

#[test]
fn no_more_arrives_and_no_more_is_refunded_than_was_asked_for() {
    let shop = DomainShop::open();
    let order = sent_order(&shop);
    let id = asked(&shop, order, &[2, 0], ReturnKind::GoodsBack);
    done(&shop, order, id, Act::Approve);
    let before = shop.fingerprint();
    for act in [Act::Arrive(2, 1), Act::Arrive(-1, 1), Act::Arrive(i32::MAX, i32::MAX), Act::Refund(3, 0)] {
        assert_eq!(step(&shop, order, id, act), ReturnStep::TooMany, "{act:?}");
    }
    let freight_left = ReturnStep::Refused(RefundError::TooMuchFreight { left: "10.00".parse().unwrap() });
    assert_eq!(step(&shop, order, id, Act::Refund(1, 11)), freight_left);
    assert_eq!(step(&shop, order, id, Act::Refund(0, 0)), ReturnStep::Refused(RefundError::NothingChosen));
    assert_eq!(shop.fingerprint(), before);
}

#[test]
fn a_return_whose_refund_the_gateway_refuses_stays_closed_and_staff_try_again() {
    let shop = DomainShop::open();
    let order = sent_order(&shop);
    let id = asked(&shop, order, &[2, 0], ReturnKind::GoodsBack);
    for act in [Act::Approve, Act::Arrive(2, 0), Act::Refund(2, 0)] {
        done(&shop, order, id, act);
    }
    let refund = RefundId(shop.number("select id from refunds"));
    shop.answer_refund(refund, false);
    assert_eq!((return_status(&shop, id), shop.amounts(order)), ("closed".into(), "75.00 0.00 0.00".into()));
    assert_eq!(shop.line_states(order), ["0 3 2 0.00", "0 1 0 0.00"]);
    shop.assert_reconciled();
    let too_many = refused(&shop, order, &shop.new_return(order, &[2, 0], ReturnKind::GoodsBack));
    assert_eq!(too_many, ReturnOutcome::TooMany { line: "Thing 1".into(), left: 1 }, "two are here already");
    assert!(matches!(shop.act(|conn, now| retry_refund(conn, refund, now)), RefundDecision::Made(_)));
    shop.finish_refunds();
    assert_eq!(shop.line_states(order), ["0 3 2 40.00", "0 1 0 0.00"]);
    shop.assert_reconciled();
}

#[test]
fn the_money_of_a_return_that_was_paid_on_delivery_is_given_by_staff_who_say_how() {
    let shop = DomainShop::open();
    let order = shop.place(PayMethod::Cod, &[(shop.make_sku(9, "20.00"), 1)]);
    shop.send_parcel(order, None);
    shop.collect(order, "30.00");
    let id = asked(&shop, order, &[1], ReturnKind::GoodsBack);
    done(&shop, order, id, Act::Approve);
    done(&shop, order, id, Act::Arrive(1, 0));
    let mut wanted = ReturnRefund {
        units: shop.units(order, &[1]),
        freight: "10.00".parse().unwrap(),
        note: String::new(),
        staff: shop.staff,
    };
    let refused = shop.refused(|conn, now| refund_return(conn, (order, id), &wanted, now));
    assert_eq!(refused, ReturnStep::Refused(RefundError::NoteNeeded));
    wanted.note = "By transfer".to_owned();
    let given = shop.act(|conn, now| refund_return(conn, (order, id), &wanted, now));
    assert!(matches!(given, ReturnStep::Done(Some(_))));
    assert_eq!(shop.text("select status || ' ' || note from refunds"), "elsewhere By transfer");
    assert_eq!(shop.status(order), "refunded", "all of it went back");
    shop.assert_reconciled();
}
