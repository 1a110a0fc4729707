//! Many people who work on the same orders at the same time.

use diesel::{PgConnection, QueryResult};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{
    collections::BTreeMap,
    sync::{Arc, Barrier},
    thread,
};
use till::{
    fulfillment::{ArrivedUnits, ReturnKind, ReturnStatus},
    kernel::{Money, OrderId, PayMethod, RefundId},
    lifecycle::{
        CancelOutcome, CashOutcome, ParcelOutcome, RefundError, RefundedPart, RefusalOutcome, ReturnOutcome,
        ReturnRefund, ReturnStep, SendOutcome, answer_return, apply_refund_result, cancel_by_shopper, cancel_by_staff,
        receive_return, receive_sent, record_cash, record_refusal, refund_order, refund_return, send_parcel,
        undo_parcel,
    },
    orders::Status,
    payments::RefundState,
    platform::{clock, db},
};

use super::domain_shop::DomainShop;
use crate::support::{Mover, OrderMove};

const STAFF: u64 = 20;
const SHOPPERS: u64 = 50;
const ORDERS: usize = 100;
/// How many moves each of them tries.
const MOVES: usize = 15;

#[test]
fn twenty_members_of_staff_and_fifty_shoppers_move_the_same_hundred_orders_and_everything_adds_up() {
    let shop = DomainShop::open();
    let (pot, cup) = (shop.make_sku(500, "20.00"), shop.make_sku(500, "3.33"));
    let lid = shop.make_sku_of(shop.spu_of(pot), 500, "0.07");
    let mut orders = Vec::new();
    for n in 0..ORDERS {
        let goods = [(lid, 3), (cup, 2), (pot, 1)];
        let goods = &goods[..1 + n % 3];
        orders.push(if n.is_multiple_of(3) { shop.place(PayMethod::Cod, goods) } else { shop.paid_order(goods) });
    }
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let (staff, shopper, orders) = (shop.staff, shop.shopper, Arc::new(orders));
    let mut people = Vec::new();
    for n in 0..STAFF + SHOPPERS {
        let (mut conn, orders) = (shop.connect(), Arc::clone(&orders));
        let mut chance = StdRng::seed_from_u64(seed.wrapping_add(n));
        people.push(thread::spawn(move || -> QueryResult<()> {
            let moves = if n < STAFF { OrderMove::BY_STAFF.as_slice() } else { OrderMove::BY_SHOPPERS.as_slice() };
            for _ in 0..MOVES {
                let order = orders[chance.random_range(0..orders.len())];
                let by = Mover { staff, shopper, choice: chance.random_range(0..1000) };
                // Half of what staff do sends orders, or little else could happen.
                let mut choice = moves[chance.random_range(0..moves.len())];
                if n < STAFF && chance.random_bool(0.4) {
                    choice = OrderMove::Send;
                }
                db::transaction(&mut conn, |conn| choice.make(conn, order, by))?;
            }
            Ok(())
        }));
    }
    let jobs = {
        let (mut conn, mut chance) = (shop.connect(), StdRng::seed_from_u64(seed));
        let database = shop.connect();
        thread::spawn(move || answer_refunds(database, &mut conn, &mut chance))
    };
    for person in people {
        person.join().unwrap().expect("no error reaches anybody");
    }
    jobs.join().unwrap();
    shop.assert_reconciled();
    assert_eq!(shop.number("select deadlocks from pg_stat_database where datname = current_database()"), 0);
    assert_eq!(shop.number("select count(*) from orders"), i64::try_from(ORDERS).unwrap());
    orders.iter().for_each(|order| assert_events_lead_to_status(&shop, *order));
    let moved = shop.number("select count(distinct order_id) from shipments");
    assert!(moved > 10, "only {moved} orders were sent");
}

/// The gateway does most of what it is asked for and refuses the rest, while the shop counts orders as received.
fn answer_refunds(mut reader: PgConnection, conn: &mut PgConnection, chance: &mut StdRng) {
    use diesel::prelude::*;
    use till::schema::refunds;
    for round in 0..30 {
        let waiting = refunds::table.filter(refunds::status.eq("wanted")).limit(10);
        let waiting: Vec<RefundId> = waiting.select(refunds::id).load(&mut reader).unwrap();
        for id in waiting {
            let state = if chance.random_bool(0.7) {
                RefundState::Done
            } else {
                RefundState::Refused { code: "NO".into(), message: "no balance".into() }
            };
            apply_refund_result(conn, id, &state, clock::now(), clock::now()).unwrap();
        }
        if round % 10 == 9 {
            receive_sent(conn, 0, 10, clock::now()).unwrap();
        }
        thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Fails unless each event of the order was possible after those before it, and the last one led to its status.
#[track_caller]
fn assert_events_lead_to_status(shop: &DomainShop, order: OrderId) {
    let events = shop.texts(&format!("select event from order_events where order_id = {order} order by id"));
    let mut status = "unsent";
    for event in &events {
        let (from, to): (&[&str], &str) = match event.as_str() {
            "canceled" => (&["unsent"], "canceled"),
            "sent" => (&["unsent"], "unreceived"),
            "parcel_undone" => (&["unsent", "unreceived"], "unsent"),
            "received" => (&["unreceived"], "unreviewed"),
            "refused" => (&["unreceived", "unreviewed"], "canceled"),
            "refunded" => (&["unreceived", "unreviewed"], "refunded"),
            "parcel_sent" | "withdrawn" => (&["unsent"], "unsent"),
            _ => continue,
        };
        assert!(from.contains(&status), "order {order}: {event} while it was {status}, of {events:?}");
        status = to;
    }
    assert_eq!(shop.status(order), status, "order {order}: {events:?}");
}

/// Does both at the same moment, each in a transaction of its own.
fn race<A: Send, B: Send>(
    shop: &DomainShop,
    first: impl Fn(&mut PgConnection) -> QueryResult<A> + Sync,
    second: impl Fn(&mut PgConnection) -> QueryResult<B> + Sync,
) -> (A, B) {
    let barrier = Barrier::new(2);
    let (mut one, mut other) = (shop.connect(), shop.connect());
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            barrier.wait();
            db::transaction(&mut one, |conn| first(conn)).unwrap()
        });
        barrier.wait();
        let second = db::transaction(&mut other, |conn| second(conn)).unwrap();
        (first.join().unwrap(), second)
    })
}

/// How often each race is run.
const RACES: usize = 10;

#[test]
fn of_two_who_send_or_cancel_an_order_at_once_one_wins_and_the_other_is_told() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(900, "20.00");
    let (staff, shopper) = (shop.staff, shop.shopper);
    for _ in 0..RACES {
        let order = shop.paid_order(&[(pot, 2)]);
        let parcel = shop.parcel(order, None);
        let outcomes = race(
            &shop,
            |conn| send_parcel(conn, order, &parcel, staff, clock::now()),
            |conn| cancel_by_staff(conn, order, (staff, "Damaged"), &BTreeMap::new(), clock::now()),
        );
        match outcomes {
            (SendOutcome::Sent { .. }, CancelOutcome::TooLate) => assert_eq!(shop.status(order), "unreceived"),
            (SendOutcome::WrongStatus(Status::Canceled), CancelOutcome::Canceled(Some(_))) => {
                assert_eq!(shop.status(order), "canceled");
            }
            outcomes => panic!("{outcomes:?}"),
        }

        let order = shop.paid_order(&[(pot, 2)]);
        let parcels = [shop.parcel(order, None), shop.parcel(order, None)];
        let both = race(
            &shop,
            |conn| send_parcel(conn, order, &parcels[0], staff, clock::now()),
            |conn| send_parcel(conn, order, &parcels[1], staff, clock::now()),
        );
        let (won, lost) = if matches!(both.0, SendOutcome::Sent { .. }) { both } else { (both.1, both.0) };
        assert!(matches!(won, SendOutcome::Sent { .. }), "{won:?}");
        assert_eq!(lost, SendOutcome::WrongStatus(Status::Unreceived));

        let order = shop.paid_order(&[(pot, 2)]);
        let both = race(
            &shop,
            |conn| cancel_by_shopper(conn, order, (shopper, ""), clock::now()),
            |conn| cancel_by_staff(conn, order, (staff, "Damaged"), &BTreeMap::new(), clock::now()),
        );
        let (won, lost) = if matches!(both.0, CancelOutcome::Canceled(_)) { both } else { (both.1, both.0) };
        assert!(matches!(won, CancelOutcome::Canceled(Some(_))), "{won:?}");
        assert_eq!(lost, CancelOutcome::AlreadyCanceled);
    }
    shop.assert_reconciled();
}

#[test]
fn of_two_who_refund_cancel_or_withdraw_the_same_units_at_once_each_unit_is_refunded_once() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(900, "20.00");
    let staff = shop.staff;
    for _ in 0..RACES {
        let order = shop.paid_order(&[(pot, 2)]);
        let part = RefundedPart::Lines { units: shop.units(order, &[1]), freight: Money::ZERO };
        let request = shop.refund_request(part);
        let (refund, cancel) = race(
            &shop,
            |conn| refund_order(conn, order, &request, clock::now()),
            |conn| cancel_by_staff(conn, order, (staff, "Damaged"), &BTreeMap::new(), clock::now()),
        );
        assert!(matches!(cancel, CancelOutcome::Canceled(Some(_))), "{cancel:?}");
        assert!(matches!(refund, Ok(_) | Err(RefundError::NothingLeft)), "{refund:?}");
        assert_eq!(shop.amounts(order), "50.00 50.00 0.00");

        let order = shop.paid_order(&[(pot, 3)]);
        let requests = [(); 2].map(|()| {
            shop.refund_request(RefundedPart::Lines { units: shop.units(order, &[2]), freight: Money::ZERO })
        });
        let both = race(
            &shop,
            |conn| refund_order(conn, order, &requests[0], clock::now()),
            |conn| refund_order(conn, order, &requests[1], clock::now()),
        );
        assert_eq!(i32::from(both.0.is_ok()) + i32::from(both.1.is_ok()), 1, "{both:?}");
        assert_eq!(shop.line_states(order), ["2 0 0 40.00"]);
    }
    shop.assert_reconciled();
}

#[test]
fn of_two_who_say_what_became_of_a_parcel_at_once_one_is_believed() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(900, "20.00");
    let staff = shop.staff;
    for _ in 0..RACES {
        let order = shop.place(PayMethod::Cod, &[(pot, 2)]);
        let parcel = shop.send_parcel(order, None);
        let sellable = shop.units(order, &[2]);
        let outcomes = race(
            &shop,
            |conn| record_cash(conn, order, (staff, "50.00".parse().unwrap()), clock::now()),
            |conn| record_refusal(conn, order, &sellable, staff, clock::now()),
        );
        let is_one = matches!(
            outcomes,
            (CashOutcome::Recorded, RefusalOutcome::NotDue) | (CashOutcome::NotDue, RefusalOutcome::Canceled)
        );
        assert!(is_one, "{outcomes:?}");

        let order = shop.paid_order(&[(pot, 2)]);
        let of = (order, shop.send_parcel(order, None));
        assert_ne!(of.1, parcel);
        let both = race(
            &shop,
            |conn| undo_parcel(conn, of, staff, clock::now()),
            |conn| undo_parcel(conn, of, staff, clock::now()),
        );
        let both = if both.0 == ParcelOutcome::Done { both } else { (both.1, both.0) };
        assert_eq!(both, (ParcelOutcome::Done, ParcelOutcome::TooLate));
    }
    shop.assert_reconciled();
}

#[test]
fn a_return_that_two_receive_and_refund_at_once_arrives_once_and_is_refunded_once() {
    let shop = DomainShop::open();
    let pot = shop.make_sku(900, "20.00");
    let staff = shop.staff;
    for _ in 0..RACES {
        let order = shop.paid_order(&[(pot, 2)]);
        shop.send_parcel(order, None);
        let new = shop.new_return(order, &[2], ReturnKind::GoodsBack);
        let ReturnOutcome::Asked(asked) = shop.ask_return(order, &new) else { panic!("a return is asked for") };
        let of = (order, asked.id);
        shop.act(|conn, now| answer_return(conn, of, true, (staff, ""), now));
        let arrived = [ArrivedUnits { line: shop.lines(order)[0], sellable: 2, damaged: 0 }];
        let receive = |conn: &mut PgConnection| receive_return(conn, of, &arrived, staff, clock::now());
        let both = race(&shop, receive, receive);
        let both = if both.0 == ReturnStep::Done(None) { both } else { (both.1, both.0) };
        assert_eq!(both, (ReturnStep::Done(None), ReturnStep::TooLate(ReturnStatus::Arrived)));

        let wanted = ReturnRefund { units: shop.units(order, &[2]), freight: Money::ZERO, note: String::new(), staff };
        let refund = |conn: &mut PgConnection| refund_return(conn, of, &wanted, clock::now());
        let both = race(&shop, refund, refund);
        let (won, lost) = if matches!(both.0, ReturnStep::Done(_)) { both } else { (both.1, both.0) };
        assert!(matches!(won, ReturnStep::Done(Some(_))), "{won:?}");
        assert_eq!(lost, ReturnStep::TooLate(ReturnStatus::Closed));
        assert_eq!(shop.line_states(order), ["0 2 2 40.00"]);
    }
    shop.assert_reconciled();
}
