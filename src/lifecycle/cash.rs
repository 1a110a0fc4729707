//! Cash on delivery: what the courier collects, and parcels that the recipient refuses.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;
use std::collections::BTreeMap;

use super::{
    reviews::finish_if_reviewed,
    rules,
    units::{move_or_fail, skus_of},
};
use crate::{
    fulfillment,
    kernel::{Money, OrderId, OrderLineId, PayMethod, UserId},
    orders::{self, Actor, OrderEvent, Status},
    payments::{self, Payment},
    stock::OrderMovement,
};

/// The outcome of recording what the courier collected for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CashOutcome {
    /// The order is paid.
    Recorded,
    /// The amount differs from that of the order. It was recorded, and staff must look at it.
    Strange,
    /// The same amount was recorded before; nothing was done.
    Repeated,
    /// The order is not cash on delivery, or was not sent yet; nothing was done.
    NotDue,
}

/// Records the amount that the courier collected for a cash-on-delivery order. The order becomes paid if it is the
/// whole amount.
pub fn record_cash(
    conn: &mut PgConnection,
    order: OrderId,
    (staff, collected): (UserId, Money),
    now: DateTime<Utc>,
) -> QueryResult<CashOutcome> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    let has_left = matches!(order.status, Status::Unreceived | Status::Unreviewed | Status::Finished);
    let due = order.due();
    if order.pay_method != PayMethod::Cod || !has_left || due.is_zero() {
        return Ok(CashOutcome::NotDue);
    }
    let before = payments::payments_of(conn, order.id)?;
    let is_same = |payment: &Payment| payment.amount == collected && payment.strange.is_some();
    if before.iter().any(|payment| payment.counts || is_same(payment)) {
        return Ok(CashOutcome::Repeated);
    }
    if collected != due {
        let why = format!("{} was collected instead of {}", collected.plain(), due.plain());
        payments::record_cash(conn, (order.id, &order.number), collected, Some(&why), now)?;
        return Ok(CashOutcome::Strange);
    }
    let payment = payments::record_cash(conn, (order.id, &order.number), collected, None, now)?;
    let cause = (Actor::Staff(staff), &json!({ "payment": payment.number }));
    orders::record_collected(conn, order.id, cause, now)?;
    order.paid_amount = due;
    finish_if_reviewed(conn, &mut order, Actor::Staff(staff), now)?;
    Ok(CashOutcome::Recorded)
}

/// The outcome of recording that the recipient refused a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalOutcome {
    /// The order is canceled.
    Canceled,
    /// The order is not cash on delivery, was not sent, was already paid to the courier, or units of it came back;
    /// nothing was done.
    NotDue,
    /// More units are said to be sellable than the order has; nothing was done.
    TooMany,
}

/// Records that the recipient refused a cash-on-delivery order and its parcels are back. Units that can be sold go back
/// to the stock, the others are written off; the order is canceled.
pub fn record_refusal(
    conn: &mut PgConnection,
    order: OrderId,
    sellable: &BTreeMap<OrderLineId, i32>,
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<RefusalOutcome> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    // After some days an order counts as received, whether the courier has delivered it or not.
    let has_left = matches!(order.status, Status::Unreceived | Status::Unreviewed);
    if !has_left || order.pay_method != PayMethod::Cod || !order.paid_amount.is_zero() {
        return Ok(RefusalOutcome::NotDue);
    }
    let lines = orders::line_states(conn, order.id)?;
    // Only an order of which nothing was to be collected can have one.
    let is_in_return = fulfillment::has_open_return(conn, order.id)?;
    if is_in_return || lines.iter().any(|line| line.returned_count > 0) {
        return Ok(RefusalOutcome::NotDue);
    }
    let Some((back, written_off)) = rules::refused_units(&lines, sellable) else { return Ok(RefusalOutcome::TooMany) };
    let actor = Actor::Staff(staff);
    if !orders::apply_event(conn, &mut order, OrderEvent::Refused, (actor, &json!({})), now)? {
        return Ok(RefusalOutcome::NotDue);
    }
    move_or_fail(conn, order.id, OrderMovement::Refuse, &skus_of(&lines, &back), Some(staff))?;
    move_or_fail(conn, order.id, OrderMovement::WriteOff, &skus_of(&lines, &written_off), Some(staff))?;
    Ok(RefusalOutcome::Canceled)
}
