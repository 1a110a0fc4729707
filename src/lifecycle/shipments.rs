//! Staff send parcels of an order, correct them, take them back if they were recorded by mistake, and record lost ones.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::{
    refunds::{record_by_hand, refundable, want_part},
    rules::{self, RefundError, RefundPlan},
    units::finish_sending,
};
use crate::{
    fulfillment::{self, NewParcel, Shipment, ShipmentStatus},
    kernel::{CarrierId, OrderId, OrderLineId, ShipmentId, SkuId, UserId},
    orders::{self, Actor, EventKind, LineCounts, LineState, LockedOrder, OrderEvent, Status},
    payments::{self, Payment, Refund, RefundReason},
    platform::db,
    stock::{self, OrderMovement},
};

/// For how long after it was sent a parcel can be corrected or marked as recorded by mistake.
const CORRECTABLE_FOR: TimeDelta = TimeDelta::days(1);

/// The outcome of sending a parcel. Only `Sent` has written anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The parcel was sent. If `is_last`, no units are left to be sent.
    Sent {
        shipment: Shipment,
        is_last: bool,
    },
    /// The same form has sent this parcel before.
    Repeated(Shipment),
    /// The order is on hold, for this reason.
    OnHold(String),
    /// The shopper has asked to cancel the order, and staff have not answered yet.
    CancellationAsked,
    /// An order with this status cannot be sent.
    WrongStatus(Status),
    /// More units of a line are to be sent than are left.
    TooMany {
        line: String,
        left: i32,
    },
    /// The form names no units to send.
    Nothing,
    UnknownCarrier,
}

/// Sends units of an order in a parcel, in the caller's transaction. Once all units are sent, the order becomes
/// unreceived.
pub fn send_parcel(
    conn: &mut PgConnection,
    order: OrderId,
    parcel: &NewParcel,
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<SendOutcome> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    if let Some(shipment) = fulfillment::shipment_by_token(conn, order.id, &parcel.token)? {
        return Ok(SendOutcome::Repeated(shipment));
    }
    if order.status != Status::Unsent {
        return Ok(SendOutcome::WrongStatus(order.status));
    }
    if let Some(hold) = fulfillment::hold_of(conn, order.id)? {
        return Ok(SendOutcome::OnHold(hold.reason));
    }
    if fulfillment::open_cancellation_request(conn, order.id)?.is_some() {
        return Ok(SendOutcome::CancellationAsked);
    }
    let lines = orders::line_states(conn, order.id)?;
    let units = match rules::units_to_send(&lines, parcel.units.as_ref()) {
        Ok(units) => units,
        Err(rules::SendError::Nothing) => return Ok(SendOutcome::Nothing),
        Err(rules::SendError::TooMany { line, left }) => return Ok(SendOutcome::TooMany { line, left }),
    };
    let Some(shipment) = fulfillment::save_shipment(conn, order.id, parcel, &units, (staff, now))? else {
        return Ok(SendOutcome::UnknownCarrier);
    };
    for (line, count) in &units {
        orders::change_line_counts(conn, *line, LineCounts { sent: *count, ..LineCounts::default() })?;
    }
    let cause = (Actor::Staff(staff), &json!({ "shipment": shipment.id.0, "number": shipment.number }));
    orders::record_event(conn, order.id, EventKind::ParcelSent, cause)?;
    orders::refresh_search(conn, order.id)?;
    let is_last = finish_sending(conn, &mut order, Actor::Staff(staff), now)?;
    Ok(SendOutcome::Sent { shipment, is_last })
}

/// The outcome of changing a parcel that was sent. Only `Done` and `Refunded` have written anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParcelOutcome {
    Done,
    /// The parcel was sent more than a day ago, or it was received, lost, or marked as recorded by mistake.
    TooLate,
    UnknownCarrier,
    /// The stock is too low to send the units again.
    OutOfStock,
    /// The units cannot be refunded; holds the reason, for example that they were refunded before.
    Refused(RefundError),
    /// The lost parcel is refunded; holds the refund, if there is anything to pay back.
    Refunded(Option<Refund>),
}

/// Changes the carrier and the tracking number of a parcel, at most a day after it was sent.
pub fn correct_parcel(
    conn: &mut PgConnection,
    (order, shipment): (OrderId, ShipmentId),
    (carrier, number): (CarrierId, &str),
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<ParcelOutcome> {
    let (order, shipment) = lock_parcel(conn, order, shipment)?;
    if !is_correctable(order.status, &shipment, now) {
        return Ok(ParcelOutcome::TooLate);
    }
    if fulfillment::correct_shipment(conn, shipment.id, carrier, number)?.is_none() {
        return Ok(ParcelOutcome::UnknownCarrier);
    }
    let details = json!({ "shipment": shipment.id.0, "before": shipment.number, "number": number });
    orders::record_event(conn, order.id, EventKind::ParcelCorrected, (Actor::Staff(staff), &details))?;
    orders::refresh_search(conn, order.id)?;
    Ok(ParcelOutcome::Done)
}

/// Marks a parcel as recorded by mistake, at most a day after it was sent: its units are to be sent again.
pub fn undo_parcel(
    conn: &mut PgConnection,
    (order, shipment): (OrderId, ShipmentId),
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<ParcelOutcome> {
    let (mut order, shipment) = lock_parcel(conn, order, shipment)?;
    if !is_correctable(order.status, &shipment, now) || is_partly_returned(conn, &order, shipment.id)? {
        return Ok(ParcelOutcome::TooLate);
    }
    fulfillment::end_shipment(conn, shipment.id, ShipmentStatus::Undone, now)?;
    take_back(conn, shipment.id)?;
    let details = json!({ "shipment": shipment.id.0, "number": shipment.number });
    reopen(conn, &mut order, EventKind::ParcelUndone, (Actor::Staff(staff), &details), now)?;
    Ok(ParcelOutcome::Done)
}

/// Records that the carrier has lost a parcel, and that its units are to be sent again from the stock.
pub fn replace_lost_parcel(
    conn: &mut PgConnection,
    (order, shipment): (OrderId, ShipmentId),
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<ParcelOutcome> {
    let (mut order, shipment) = lock_parcel(conn, order, shipment)?;
    if !can_be_lost(&order, &shipment) || is_partly_returned(conn, &order, shipment.id)? {
        return Ok(ParcelOutcome::TooLate);
    }
    let replaced = db::savepoint(conn, |conn| {
        fulfillment::end_shipment(conn, shipment.id, ShipmentStatus::Replaced, now)?;
        let skus = take_back(conn, shipment.id)?;
        if !stock::move_order_units(conn, order.id, OrderMovement::WriteOff, &skus, Some(staff))? {
            return Err(Error::RollbackTransaction);
        }
        let details = json!({ "shipment": shipment.id.0, "number": shipment.number });
        reopen(conn, &mut order, EventKind::ParcelLost, (Actor::Staff(staff), &details), now)
    });
    match replaced {
        Err(Error::RollbackTransaction) => Ok(ParcelOutcome::OutOfStock),
        replaced => replaced.map(|()| ParcelOutcome::Done),
    }
}

/// Records that the carrier has lost a parcel, and refunds its units. Not for a cash-on-delivery order whose money was
/// not collected: there is nothing to refund.
pub fn refund_lost_parcel(
    conn: &mut PgConnection,
    (order, shipment): (OrderId, ShipmentId),
    (staff, note): (UserId, &str),
    now: DateTime<Utc>,
) -> QueryResult<ParcelOutcome> {
    let (mut order, shipment) = lock_parcel(conn, order, shipment)?;
    if !can_be_lost(&order, &shipment) || order.paid_amount.is_zero() {
        return Ok(ParcelOutcome::TooLate);
    }
    let (payment, plan) = match plan_lost(conn, &order, shipment.id, note)? {
        Ok(planned) => planned,
        Err(error) => return Ok(ParcelOutcome::Refused(error)),
    };
    fulfillment::end_shipment(conn, shipment.id, ShipmentStatus::Lost, now)?;
    let details = json!({ "shipment": shipment.id.0, "number": shipment.number });
    orders::record_event(conn, order.id, EventKind::ParcelLost, (Actor::Staff(staff), &details))?;
    let refund = want_part(conn, &payment, &plan, (RefundReason::Lost, (Some(staff), note, None)), now)?;
    if let Some(refund) = &refund {
        record_by_hand(conn, &mut order, (&payment, refund), staff, now)?;
    }
    Ok(ParcelOutcome::Refunded(refund))
}

/// Computes the refund of the units in a lost parcel, without those that were refunded before. If no other parcel of
/// the order arrives, the freight is refunded too.
fn plan_lost(
    conn: &mut PgConnection,
    order: &LockedOrder,
    shipment: ShipmentId,
    note: &str,
) -> QueryResult<Result<(Payment, RefundPlan), RefundError>> {
    let Some(payment) = payments::counting_payment(conn, order.id)? else { return Ok(Err(RefundError::NothingLeft)) };
    let refundable = refundable(conn, order.id, (order.left(), order.freight), Some(&payment))?;
    let mut units = BTreeMap::new();
    for unit in fulfillment::shipment_units(conn, &[shipment])? {
        let line = refundable.lines.iter().find(|(line, _)| line.id == unit.line);
        let left = line.map_or(0, |(line, refunded)| line.count - refunded);
        units.insert(unit.line, unit.count.min(left));
    }
    if refundable.by_hand && note.is_empty() {
        return Ok(Err(RefundError::NoteNeeded));
    }
    let is_last = order.status == Status::Unreceived && !arrives_otherwise(conn, order.id, shipment)?;
    Ok(rules::plan_lost(&refundable, &units, is_last).map(|plan| (payment, plan)))
}

/// Returns whether another parcel of the order was sent and is not lost.
fn arrives_otherwise(conn: &mut PgConnection, order: OrderId, lost: ShipmentId) -> QueryResult<bool> {
    let parcels = fulfillment::shipments_of(conn, order)?;
    Ok(parcels.iter().any(|view| view.shipment.id != lost && view.shipment.status == ShipmentStatus::Sent))
}

/// Locks the order and returns it with its parcel `shipment`.
fn lock_parcel(conn: &mut PgConnection, order: OrderId, shipment: ShipmentId) -> QueryResult<(LockedOrder, Shipment)> {
    let order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    let views = fulfillment::shipments_of(conn, order.id)?;
    let shipment = views.into_iter().find(|view| view.shipment.id == shipment).ok_or(Error::NotFound)?;
    Ok((order, shipment.shipment))
}

/// Returns whether a parcel can still be corrected or marked as recorded by mistake.
pub fn is_correctable(status: Status, shipment: &Shipment, now: DateTime<Utc>) -> bool {
    let is_under_way = matches!(status, Status::Unsent | Status::Unreceived);
    is_under_way && shipment.status == ShipmentStatus::Sent && now - shipment.sent_at <= CORRECTABLE_FOR
}

fn can_be_lost(order: &LockedOrder, shipment: &Shipment) -> bool {
    matches!(order.status, Status::Unsent | Status::Unreceived) && shipment.status == ShipmentStatus::Sent
}

/// Returns whether units of the parcel's order lines are in a return, or came back.
fn is_partly_returned(conn: &mut PgConnection, order: &LockedOrder, shipment: ShipmentId) -> QueryResult<bool> {
    let lines = orders::line_states(conn, order.id)?;
    let in_returns = fulfillment::open_return_units(conn, order.id)?;
    let units = fulfillment::shipment_units(conn, &[shipment])?;
    let is_free = |line: &LineState, count: i32| {
        let away = line.returned_count + in_returns.get(&line.id).copied().unwrap_or_default();
        line.sent_count - away >= count
    };
    let all_free = units.iter().all(|unit| lines.iter().any(|line| line.id == unit.line && is_free(line, unit.count)));
    Ok(!all_free)
}

/// Subtracts the units in a parcel from the numbers of sent units of the order. Returns them by SKU.
fn take_back(conn: &mut PgConnection, shipment: ShipmentId) -> QueryResult<Vec<(SkuId, i32)>> {
    let units = fulfillment::shipment_units(conn, &[shipment])?;
    let lines: Vec<OrderLineId> = units.iter().map(|unit| unit.line).collect();
    for unit in &units {
        orders::change_line_counts(conn, unit.line, LineCounts { sent: -unit.count, ..LineCounts::default() })?;
    }
    let skus = orders::skus_of_lines(conn, &lines)?;
    let count = |line: &OrderLineId| units.iter().find(|unit| unit.line == *line).map_or(0, |unit| unit.count);
    Ok(skus.iter().map(|(line, sku)| (*sku, count(line))).collect())
}

/// Records the event `event`; if the order was completely sent, makes it unsent again.
fn reopen(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    event: EventKind,
    cause: (Actor, &Value),
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if order.status != Status::Unreceived {
        return orders::record_event(conn, order.id, event, cause).map(drop);
    }
    // The event of the move has the same kind as undoing a parcel.
    if event != EventKind::ParcelUndone {
        orders::record_event(conn, order.id, event, cause)?;
    }
    orders::apply_event(conn, order, OrderEvent::Reopened, cause, now).map(drop)
}
