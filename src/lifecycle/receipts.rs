//! Orders become received: because the shopper says so, or because some days have passed since the last parcel was
//! sent.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    result::Error,
    sql_types::{BigInt, Timestamptz},
};
use serde_json::json;

use crate::{
    fulfillment,
    kernel::{OrderId, UserId},
    orders::{self, Actor, OrderEvent, Status},
    platform::db::{self, DbError, statement},
};

/// The outcome of a shopper's confirmation that the order has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptOutcome {
    Received,
    /// The order was received before; nothing was done.
    AlreadyReceived,
    /// Not all units were sent yet, or the order was canceled; nothing was done.
    NotUnderWay,
}

/// Marks an order as received on behalf of its shopper, in the caller's transaction.
pub fn confirm_delivery(
    conn: &mut PgConnection,
    order: OrderId,
    shopper: UserId,
    now: DateTime<Utc>,
) -> QueryResult<ReceiptOutcome> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    let cause = (Actor::Shopper(shopper), &json!({}));
    if orders::apply_event(conn, &mut order, OrderEvent::Received, cause, now)? {
        return Ok(ReceiptOutcome::Received);
    }
    Ok(match order.status {
        Status::Unreviewed | Status::Finished => ReceiptOutcome::AlreadyReceived,
        _ => ReceiptOutcome::NotUnderWay,
    })
}

statement! {
    /// Selects orders whose last parcel was sent before a time and that have no open return, in the order of ids.
    SentBefore(sent_before: DateTime<Utc> as Timestamptz, after: i64 as BigInt, most: i64 as BigInt) -> (BigInt,) =
    "select o.id from orders o
     where o.status = 'unreceived' and o.sent_at < " sent_before " and o.id > " after "
        and not exists (select from returns r where r.order_id = o.id and r.closed_at is null)
     order by o.id limit " most
}

statement! {
    /// Selects orders that were received before a time, are paid, and have no open return, in the order of ids.
    ReceivedBefore(received_before: DateTime<Utc> as Timestamptz, after: i64 as BigInt, most: i64 as BigInt) -> (BigInt,) =
    "select o.id from orders o
     where o.status = 'unreviewed' and o.received_at < " received_before " and o.id > " after "
        and o.paid_amount = o.total_amount - o.waived_amount
        and not exists (select from returns r where r.order_id = o.id and r.closed_at is null)
     order by o.id limit " most
}

/// Marks orders as received that were completely sent more than `days` days ago. Loads at most `most` orders at a time,
/// and changes each in its own transaction. Returns how many it changed. Orders with an open return are left out.
/// Several processes may run it at once.
///
/// # Errors
/// If the database is unavailable; orders marked before that stay so.
pub fn receive_sent(conn: &mut PgConnection, days: i32, most: i64, now: DateTime<Utc>) -> Result<usize, DbError> {
    let sent_before = now - TimeDelta::days(i64::from(days));
    let due = |conn: &mut PgConnection, after| SentBefore { sent_before, after, most }.load(conn);
    move_all(conn, due, OrderEvent::Received, most, now)
}

/// Marks orders as finished that were received more than `days` days ago. Loads at most `most` orders at a time, and
/// changes each in its own transaction. Returns how many it changed. Left out are orders with an open return, and
/// cash-on-delivery orders until the courier has collected the money.
///
/// # Errors
/// If the database is unavailable; orders marked before that stay so.
pub fn finish_received(conn: &mut PgConnection, days: i32, most: i64, now: DateTime<Utc>) -> Result<usize, DbError> {
    let received_before = now - TimeDelta::days(i64::from(days));
    let due = |conn: &mut PgConnection, after| ReceivedBefore { received_before, after, most }.load(conn);
    move_all(conn, due, OrderEvent::Finished, most, now)
}

/// Applies an event to all orders that `due` returns, page by page. Returns how many were changed: an order that fails
/// is logged, and one that is locked is left for the next run.
fn move_all(
    conn: &mut PgConnection,
    due: impl Fn(&mut PgConnection, i64) -> QueryResult<Vec<(OrderId,)>>,
    event: OrderEvent,
    most: i64,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let (mut moved, mut after) = (0, 0);
    loop {
        let page = due(conn, after)?;
        for (id,) in &page {
            after = id.0;
            let done: Result<bool, Error> = db::transaction(conn, |conn| {
                db::set_lock_timeout(conn, db::LOCK_TIMEOUT)?;
                let Some(mut order) = orders::try_lock_order(conn, *id)? else { return Ok(false) };
                if fulfillment::has_open_return(conn, *id)? {
                    return Ok(false);
                }
                orders::apply_event(conn, &mut order, event, (Actor::System, &json!({})), now)
            });
            match done.map_err(DbError::from) {
                Ok(done) => moved += usize::from(done),
                Err(error @ (DbError::Lost(_) | DbError::Busy(_))) => return Err(error),
                Err(error) => tracing::error!(%error, order = id.0, ?event, "an order could not be moved"),
            }
        }
        if i64::try_from(page.len()) != Ok(most) {
            return Ok(moved);
        }
    }
}
