use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;

use super::{model::LeftOutReason, rules::left_out};
use crate::{
    fulfillment::queries::{hold_of, open_cancellation_request},
    kernel::{OrderId, UserId},
    orders::{self, Actor, EventKind, Status},
};

/// The outcome of recording that staff begin or stop packing an order. Only `Done` has written anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackingOutcome {
    Done,
    Unchanged,
    Refused(LeftOutReason),
}

/// Records that staff begin to pack an order, in the caller's transaction. From then on the shopper can only ask to
/// cancel it.
///
/// # Errors
/// [`Error::NotFound`] if there is no such order.
pub fn start_packing(
    conn: &mut PgConnection,
    id: OrderId,
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<PackingOutcome> {
    let order = orders::lock_order(conn, id)?.ok_or(Error::NotFound)?;
    let hold = hold_of(conn, id)?.map(|hold| hold.reason);
    let cancellation_asked = open_cancellation_request(conn, id)?.is_some();
    if let Some(reason) = left_out(order.status, hold, cancellation_asked) {
        return Ok(PackingOutcome::Refused(reason));
    }
    if order.packing_at.is_some() {
        return Ok(PackingOutcome::Unchanged);
    }
    orders::set_packing(conn, id, Some(now))?;
    orders::record_event(conn, id, EventKind::Packing, (Actor::Staff(staff), &json!({})))?;
    Ok(PackingOutcome::Done)
}

/// Records that an order is not being packed after all, in the caller's transaction. Returns `Unchanged`, with nothing
/// written, if staff have not begun to pack the order, or if it does not have the status unsent.
///
/// # Errors
/// [`Error::NotFound`] if there is no such order.
pub fn stop_packing(conn: &mut PgConnection, id: OrderId, staff: UserId) -> QueryResult<PackingOutcome> {
    let order = orders::lock_order(conn, id)?.ok_or(Error::NotFound)?;
    if order.status != Status::Unsent || order.packing_at.is_none() {
        return Ok(PackingOutcome::Unchanged);
    }
    orders::set_packing(conn, id, None)?;
    orders::record_event(conn, id, EventKind::PackingStopped, (Actor::Staff(staff), &json!({})))?;
    Ok(PackingOutcome::Done)
}
