//! Changes of the status of orders, as [`rules::next`] allows. Each is made while the order's row is locked, and stores
//! an event.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*, result::Error};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    events::{Actor, CanceledBy, EventKind, OrderEvent},
    model::{DeliveryAddress, LockedOrder, Status},
    queries, rules,
};
use crate::{
    kernel::{OrderId, OrderLineId, OrderNumber, UserId},
    schema::{order_days, order_events, order_goods, orders},
};

/// Locks the row of an order until the end of the transaction, and returns it; `None` if there is no such order. Other
/// transactions can still insert rows that refer to the order.
pub fn lock_order(conn: &mut PgConnection, id: OrderId) -> QueryResult<Option<LockedOrder>> {
    orders::table.find(id).select(LockedOrder::as_select()).for_no_key_update().first(conn).optional()
}

/// Locks an order like [`lock_order`], but does not wait: `None` if another transaction has locked it, or if there is
/// none.
pub fn try_lock_order(conn: &mut PgConnection, id: OrderId) -> QueryResult<Option<LockedOrder>> {
    let row = orders::table.find(id).select(LockedOrder::as_select());
    row.for_no_key_update().skip_locked().first(conn).optional()
}

/// Locks several orders in the order of their ids, without waiting. Leaves out orders that do not exist and those that
/// another transaction has locked.
pub fn try_lock_orders(conn: &mut PgConnection, ids: &[OrderId]) -> QueryResult<Vec<LockedOrder>> {
    let rows = orders::table.filter(orders::id.eq_any(ids)).select(LockedOrder::as_select());
    rows.order(orders::id).for_no_key_update().skip_locked().load(conn)
}

/// Applies an event to a locked order: writes the new status, the times and amounts that go with it, and a row in
/// `order_events`. Returns false, with nothing written, if the order's status does not allow the event. Stock and
/// refunds are left to the caller.
pub fn apply_event(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    event: OrderEvent,
    (actor, details): (Actor, &Value),
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let Some(status) = rules::next(order.status, event) else { return Ok(false) };
    let row = diesel::update(orders::table.find(order.id));
    let status_column = orders::status.eq(status.code());
    match event {
        OrderEvent::Paid => mark_paid(conn, &[order.id], status, now)?,
        OrderEvent::Revived => {
            let paid = (orders::paid_at.eq(now), orders::paid_amount.eq(orders::total_amount));
            let alive = (
                orders::canceled_at.eq(None::<DateTime<Utc>>),
                orders::canceled_by.eq(None::<&str>),
                orders::revived_at.eq(now),
            );
            row.set((status_column, paid, alive)).execute(conn)?
        }
        OrderEvent::Expired | OrderEvent::CanceledByShopper | OrderEvent::CanceledByStaff | OrderEvent::Refused => {
            let by = orders::canceled_by.eq(CanceledBy::of(event).map(CanceledBy::code));
            row.set((status_column, orders::canceled_at.eq(now), by)).execute(conn)?
        }
        OrderEvent::Sent => row.set((status_column, orders::sent_at.eq(now))).execute(conn)?,
        OrderEvent::Reopened => row.set((status_column, orders::sent_at.eq(None::<DateTime<Utc>>))).execute(conn)?,
        OrderEvent::Received => row.set((status_column, orders::received_at.eq(now))).execute(conn)?,
        OrderEvent::Finished => row.set((status_column, orders::finished_at.eq(now))).execute(conn)?,
        OrderEvent::Refunded => row.set((status_column, orders::refunded_at.eq(now))).execute(conn)?,
    };
    record_events(conn, [(order.id, details)], event.kind(), actor)?;
    order.status = status;
    order.canceled_by = CanceledBy::of(event);
    Ok(true)
}

/// Applies [`OrderEvent::Paid`] to several locked orders that are unpaid, given as (order, details of the event), as
/// [`apply_event`] does to one.
pub fn apply_paid(
    conn: &mut PgConnection,
    paid: &[(OrderId, Value)],
    actor: Actor,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(status) = rules::next(Status::Unpaid, OrderEvent::Paid) else { return Ok(()) };
    let ids: Vec<OrderId> = paid.iter().map(|(id, _)| *id).collect();
    mark_paid(conn, &ids, status, now)?;
    record_events(conn, paid.iter().map(|(id, details)| (*id, details)), EventKind::Paid, actor).map(drop)
}

fn mark_paid(conn: &mut PgConnection, ids: &[OrderId], status: Status, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(orders::table.filter(orders::id.eq_any(ids)))
        .set((orders::status.eq(status.code()), orders::paid_at.eq(now), orders::paid_amount.eq(orders::total_amount)))
        .execute(conn)
}

/// Records the same event for several orders, given as (order, details of the event).
fn record_events<'a>(
    conn: &mut PgConnection,
    of: impl IntoIterator<Item = (OrderId, &'a Value)>,
    event: EventKind,
    actor: Actor,
) -> QueryResult<usize> {
    let mut rows = Vec::new();
    for (order, details) in of {
        rows.push((
            order_events::order_id.eq(order),
            order_events::event.eq(event.code()),
            order_events::actor.eq(actor.kind().code()),
            order_events::user_id.eq(actor.user()),
            order_events::details.eq(details),
        ));
    }
    diesel::insert_into(order_events::table).values(rows).execute(conn)
}

/// Records an event that does not change the status of a locked order.
pub fn record_event(
    conn: &mut PgConnection,
    order: OrderId,
    event: EventKind,
    (actor, details): (Actor, &Value),
) -> QueryResult<usize> {
    record_events(conn, [(order, details)], event, actor)
}

/// Records that a member of staff placed an order for its shopper, with the idempotency token of the form. Each token
/// places one order: a second order with it fails with a unique violation.
pub fn record_placed_by_staff(
    conn: &mut PgConnection,
    number: &OrderNumber,
    staff: UserId,
    token: &str,
) -> QueryResult<usize> {
    let id = queries::id_of_number(conn, number)?.ok_or(Error::NotFound)?;
    record_event(conn, id, EventKind::Placed, (Actor::Staff(staff), &json!({ "token": token })))
}

/// Records that the courier has collected the whole amount of an order. The order's status does not change.
pub fn record_collected(
    conn: &mut PgConnection,
    order: OrderId,
    (actor, details): (Actor, &Value),
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(orders::table.find(order))
        .set((orders::paid_at.eq(now), orders::paid_amount.eq(orders::total_amount - orders::waived_amount)))
        .execute(conn)?;
    record_events(conn, [(order, details)], EventKind::Paid, actor)
}

/// Deletes the stored revenue of the day on which an order was placed, because the order has changed. Until that day is
/// stored again, its revenue is computed from the orders.
pub fn forget_recorded_day(conn: &mut PgConnection, placed_at: DateTime<Utc>) -> QueryResult<usize> {
    let begins = order_days::begins;
    let day = begins.le(placed_at).and(begins.gt(placed_at - chrono::Duration::days(1)));
    diesel::delete(order_days::table.filter(day)).execute(conn)
}

/// Adds `delta`, which may be negative, to the refunded amount of an order. The database refuses more than what was
/// paid.
pub fn change_refunded_amount(conn: &mut PgConnection, id: OrderId, delta: Decimal) -> QueryResult<usize> {
    let amount = orders::refunded_amount;
    diesel::update(orders::table.find(id)).set(amount.eq(amount + delta)).execute(conn)
}

/// Adds numbers of units, which may be negative, to the sent, returned and taken out units of a line. The database
/// refuses numbers that the line does not have.
pub fn change_line_counts(conn: &mut PgConnection, line: OrderLineId, delta: LineCounts) -> QueryResult<usize> {
    diesel::update(order_goods::table.find(line))
        .set((
            order_goods::sent_count.eq(order_goods::sent_count + delta.sent),
            order_goods::returned_count.eq(order_goods::returned_count + delta.returned),
            order_goods::withdrawn_count.eq(order_goods::withdrawn_count + delta.withdrawn),
        ))
        .execute(conn)
}

/// By how many units each count of an order line (sent, returned, taken out) changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    pub sent: i32,
    pub returned: i32,
    pub withdrawn: i32,
}

/// Lowers the amount that the courier collects for a cash-on-delivery order by `amount`, the worth of units of a line
/// that were taken out.
pub fn waive_amount(conn: &mut PgConnection, order: OrderId, line: OrderLineId, amount: Decimal) -> QueryResult<usize> {
    diesel::update(order_goods::table.find(line))
        .set(order_goods::waived_amount.eq(order_goods::waived_amount + amount))
        .execute(conn)?;
    diesel::update(orders::table.find(order))
        .set(orders::waived_amount.eq(orders::waived_amount + amount))
        .execute(conn)
}

pub fn change_address(conn: &mut PgConnection, order: OrderId, address: &DeliveryAddress) -> QueryResult<usize> {
    diesel::update(orders::table.find(order)).set(address).execute(conn)
}

/// Records when staff began to pack an order; with `None`, that they have not.
pub fn set_packing(conn: &mut PgConnection, order: OrderId, at: Option<DateTime<Utc>>) -> QueryResult<usize> {
    diesel::update(orders::table.find(order)).set(orders::packing_at.eq(at)).execute(conn)
}

/// Adds `delta`, which may be negative, to the refunded amount of an order line. The database refuses more than the
/// line's amount.
pub fn change_line_refunded_amount(conn: &mut PgConnection, line: OrderLineId, delta: Decimal) -> QueryResult<usize> {
    let amount = order_goods::refunded_amount;
    diesel::update(order_goods::table.find(line)).set(amount.eq(amount + delta)).execute(conn)
}
