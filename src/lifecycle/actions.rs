//! Events of an order together with what they do to the stock. The caller has locked the order; these functions then
//! lock SKUs and SPUs.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use crate::{
    orders::{self, Actor, LockedOrder, OrderEvent},
    platform::db,
    stock,
};

/// Cancels an order by `event`, which must be an event that cancels orders, and returns the order's goods to the stock.
/// Returns false, with nothing written, if an order with this status cannot be canceled by this event.
pub fn cancel_order(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    event: OrderEvent,
    cause: (Actor, &Value),
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let canceled = orders::apply_event(conn, order, event, cause, now)?;
    if canceled {
        stock::restock_order(conn, order.id)?;
    }
    Ok(canceled)
}

/// Takes the goods of an order from the stock again and marks the order as paid, if it had been canceled because it was
/// not paid in time. Returns false, with nothing written, if it was not canceled for that reason or the stock of a SKU
/// is too low.
pub fn revive_order(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    cause: (Actor, &Value),
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    if order.canceled_by != Some(orders::CanceledBy::Expiry) || order.is_erased {
        return Ok(false);
    }
    db::savepoint(conn, |conn| {
        if !stock::retake_order(conn, order.id)? {
            return Ok(false);
        }
        orders::forget_recorded_day(conn, order.placed_at)?;
        if !orders::apply_event(conn, order, OrderEvent::Revived, cause, now)? {
            return Err(diesel::result::Error::RollbackTransaction);
        }
        Ok(true)
    })
}
