//! What staff do about an order before it is sent: put it on hold, write a note, change the address, begin to pack.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;

use crate::{
    fulfillment,
    kernel::{OrderId, UserId},
    orders::{self, Actor, DeliveryAddress, EventKind, LockedOrder, Status},
};

/// The outcome of putting an order on hold, ending the hold, or another change by staff to how an order is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlingOutcome {
    Done,
    /// The order was already in the requested state; nothing was written.
    Unchanged,
    /// The order does not wait to be paid or sent any more, but has this status; nothing was written.
    TooLate(Status),
    /// The shopper of the order was erased; nothing was written.
    Erased,
}

/// Puts an unpaid or unsent order on hold, so that it is not sent for now. If the order is on hold already, replaces
/// the reason.
pub fn hold_order(
    conn: &mut PgConnection,
    order: OrderId,
    (staff, reason): (UserId, &str),
    now: DateTime<Utc>,
) -> QueryResult<HandlingOutcome> {
    let order = lock(conn, order)?;
    if !waits(&order) {
        return Ok(HandlingOutcome::TooLate(order.status));
    }
    if fulfillment::hold_of(conn, order.id)?.is_some_and(|hold| hold.reason == reason) {
        return Ok(HandlingOutcome::Unchanged);
    }
    fulfillment::hold(conn, order.id, (staff, reason), now)?;
    let cause = (Actor::Staff(staff), &json!({ "reason": reason }));
    orders::record_event(conn, order.id, EventKind::Held, cause)?;
    Ok(HandlingOutcome::Done)
}

/// Ends the hold of an order, so that it can be sent again.
pub fn release_order(conn: &mut PgConnection, order: OrderId, staff: UserId) -> QueryResult<HandlingOutcome> {
    let order = lock(conn, order)?;
    if !fulfillment::release(conn, order.id)? {
        return Ok(HandlingOutcome::Unchanged);
    }
    orders::record_event(conn, order.id, EventKind::Released, (Actor::Staff(staff), &json!({})))?;
    Ok(HandlingOutcome::Done)
}

/// Adds a note of staff to the history of an order. Shoppers do not see it.
pub fn note_order(conn: &mut PgConnection, order: OrderId, staff: UserId, words: &str) -> QueryResult<HandlingOutcome> {
    let order = lock(conn, order)?;
    if order.is_erased {
        return Ok(HandlingOutcome::Erased);
    }
    orders::record_event(conn, order.id, EventKind::Noted, (Actor::Staff(staff), &json!({ "reason": words })))?;
    Ok(HandlingOutcome::Done)
}

/// Changes the delivery address of an order that was not sent yet.
pub fn change_address(
    conn: &mut PgConnection,
    order: OrderId,
    address: &DeliveryAddress,
    staff: UserId,
) -> QueryResult<HandlingOutcome> {
    let order = lock(conn, order)?;
    if !waits(&order) {
        return Ok(HandlingOutcome::TooLate(order.status));
    }
    let before = orders::address_of(conn, order.id)?;
    if before == *address {
        return Ok(HandlingOutcome::Unchanged);
    }
    orders::change_address(conn, order.id, address)?;
    orders::record_event(conn, order.id, EventKind::AddressChanged, (Actor::Staff(staff), &json!({})))?;
    orders::refresh_search(conn, order.id)?;
    Ok(HandlingOutcome::Done)
}

fn lock(conn: &mut PgConnection, order: OrderId) -> QueryResult<LockedOrder> {
    orders::lock_order(conn, order)?.ok_or(Error::NotFound)
}

fn waits(order: &LockedOrder) -> bool {
    matches!(order.status, Status::Unpaid | Status::Unsent)
}
