//! Counts units of an order's lines and moves them to or from the stock, for the other files of this module. The caller
//! has locked the order.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;
use std::collections::BTreeMap;

use super::rules;
use crate::{
    fulfillment,
    kernel::{OrderId, OrderLineId, SkuId, UserId},
    orders::{self, Actor, LineCounts, LineState, LockedOrder, OrderEvent},
    payments::{self, Payment},
    stock::{self, OrderMovement},
};

/// Marks an unsent order as sent if a parcel was sent and nothing is left to be sent. Returns whether it did.
pub(super) fn finish_sending(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    actor: Actor,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    if !rules::is_all_sent(&orders::line_states(conn, order.id)?) {
        return Ok(false);
    }
    fulfillment::answer_cancellation_request(conn, order.id, false, actor.user(), now)?;
    let is_sent = orders::apply_event(conn, order, OrderEvent::Sent, (actor, &json!({})), now)?;
    if let Some(payment) = payments::counting_payment(conn, order.id)? {
        // Its whole payment may have been refunded before.
        complete_refunds(conn, order, &payment, actor, now)?;
    }
    Ok(is_sent)
}

/// For an order whose goods were sent: sets the status to refunded if the whole payment is refunded by now.
pub(super) fn complete_refunds(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    payment: &Payment,
    actor: Actor,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if payment.counts && payments::returned_sum(conn, payment.id)? == order.paid_amount {
        orders::apply_event(conn, order, OrderEvent::Refunded, (actor, &json!({})), now)?;
    }
    Ok(())
}

/// Returns units that are taken out of an order to the stock, or writes them off as damaged or missing, and counts them
/// as taken out. The caller has checked that they were not sent.
pub(super) fn take_out(
    conn: &mut PgConnection,
    order: &LockedOrder,
    (lines, units): (&[LineState], &BTreeMap<OrderLineId, i32>),
    is_written_off: bool,
    staff: Option<UserId>,
) -> QueryResult<()> {
    let skus = skus_of(lines, units);
    move_or_fail(conn, order.id, OrderMovement::Withdraw, &skus, staff)?;
    if is_written_off {
        move_or_fail(conn, order.id, OrderMovement::WriteOff, &skus, staff)?;
    }
    for (line, count) in units {
        orders::change_line_counts(conn, *line, LineCounts { withdrawn: *count, ..LineCounts::default() })?;
    }
    Ok(())
}

/// Returns numbers of units by SKU for the given numbers by order line.
pub(super) fn skus_of(lines: &[LineState], units: &BTreeMap<OrderLineId, i32>) -> Vec<(SkuId, i32)> {
    let of_line = |line: &LineState| Some((line.sku_id, *units.get(&line.id)?));
    lines.iter().filter_map(of_line).collect()
}

/// Changes the stock by units of an order. The caller has checked that the stock allows this.
///
/// # Errors
/// If the stock does not allow it, an error that rolls the transaction back.
pub(super) fn move_or_fail(
    conn: &mut PgConnection,
    order: OrderId,
    movement: OrderMovement,
    skus: &[(SkuId, i32)],
    staff: Option<UserId>,
) -> QueryResult<()> {
    if stock::move_order_units(conn, order, movement, skus, staff)? { Ok(()) } else { Err(Error::RollbackTransaction) }
}
