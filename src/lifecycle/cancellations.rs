//! Orders are canceled by staff, or by shoppers: at once, or by a request that staff answer.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;
use std::collections::BTreeMap;

use super::{
    actions::cancel_order,
    refunds::{record_by_hand, want_part},
    rules::{self, RefundPlan},
    units::{move_or_fail, skus_of},
};
use crate::{
    fulfillment,
    kernel::{Money, OrderId, OrderLineId, PayMethod, UserId},
    orders::{self, Actor, EventKind, LockedOrder, OrderEvent, Status},
    payments::{self, Refund, RefundReason},
    stock::OrderMovement,
};

/// The outcome of canceling an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    /// The order is canceled; holds its refund, if it was paid.
    Canceled(Option<Refund>),
    /// Staff are packing the order, or a courier has collected money for it. So the shopper's request to cancel was
    /// stored, and staff answer it.
    Asked,
    /// The shopper has asked to cancel before, and staff have not answered yet.
    AskedBefore,
    /// The order was canceled before; nothing was done.
    AlreadyCanceled,
    /// A parcel of the order was sent; nothing was done.
    TooLate,
}

/// Cancels an order for its shopper, in the caller's transaction, if it is unpaid or staff have not begun to pack it.
/// If they have, or if a courier has collected money for it, stores a request that staff answer.
pub fn cancel_by_shopper(
    conn: &mut PgConnection,
    order: OrderId,
    (shopper, reason): (UserId, &str),
    now: DateTime<Utc>,
) -> QueryResult<CancelOutcome> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    if order.status == Status::Canceled {
        return Ok(CancelOutcome::AlreadyCanceled);
    }
    if !is_cancelable(conn, &order)? {
        return Ok(CancelOutcome::TooLate);
    }
    let details = json!({ "reason": reason });
    let actor = Actor::Shopper(shopper);
    // What a courier has collected is paid back by a person.
    let is_paid_by_hand = order.pay_method == PayMethod::Cod && !order.left().is_zero();
    if order.packing_at.is_some() || is_paid_by_hand {
        if !fulfillment::ask_cancellation(conn, order.id, reason, now)? {
            return Ok(CancelOutcome::AskedBefore);
        }
        orders::record_event(conn, order.id, EventKind::CancellationAsked, (actor, &details))?;
        return Ok(CancelOutcome::Asked);
    }
    let by = Cancellation { event: OrderEvent::CanceledByShopper, actor, reason, written_off: &BTreeMap::new() };
    cancel(conn, &mut order, &by, now)
}

/// Cancels an unpaid or unsent order of which no parcel was sent, in the caller's transaction. Its units go back to the
/// stock, except those that are `written_off` as damaged or missing; its open payment attempts are closed, and what was
/// paid is refunded.
pub fn cancel_by_staff(
    conn: &mut PgConnection,
    order: OrderId,
    (staff, reason): (UserId, &str),
    written_off: &BTreeMap<OrderLineId, i32>,
    now: DateTime<Utc>,
) -> QueryResult<CancelOutcome> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    if order.status == Status::Canceled {
        return Ok(CancelOutcome::AlreadyCanceled);
    }
    if !is_cancelable(conn, &order)? {
        return Ok(CancelOutcome::TooLate);
    }
    let actor = Actor::Staff(staff);
    cancel(conn, &mut order, &Cancellation { event: OrderEvent::CanceledByStaff, actor, reason, written_off }, now)
}

/// The outcome of answering a shopper's request to cancel an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerOutcome {
    Canceled(Option<Refund>),
    Declined,
    /// The request was answered before, or the order was sent or canceled meanwhile; nothing was done.
    TooLate,
}

/// Stores the answer of staff to a shopper's request to cancel an order, in the caller's transaction; if they accept
/// it, cancels the order.
pub fn answer_cancellation(
    conn: &mut PgConnection,
    order: OrderId,
    is_accepted: bool,
    (staff, words): (UserId, &str),
    now: DateTime<Utc>,
) -> QueryResult<AnswerOutcome> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    let Some(request) = fulfillment::open_cancellation_request(conn, order.id)? else {
        return Ok(AnswerOutcome::TooLate);
    };
    let actor = Actor::Staff(staff);
    if !is_accepted {
        fulfillment::answer_cancellation_request(conn, order.id, false, Some(staff), now)?;
        let details = json!({ "reason": words });
        orders::record_event(conn, order.id, EventKind::CancellationDeclined, (actor, &details))?;
        return Ok(AnswerOutcome::Declined);
    }
    if !is_cancelable(conn, &order)? {
        return Ok(AnswerOutcome::TooLate);
    }
    let written_off = BTreeMap::new();
    let reason = request.reason.as_str();
    let by = Cancellation { event: OrderEvent::CanceledByShopper, actor, reason, written_off: &written_off };
    Ok(match cancel(conn, &mut order, &by, now)? {
        CancelOutcome::Canceled(refund) => AnswerOutcome::Canceled(refund),
        _ => AnswerOutcome::TooLate,
    })
}

/// Who cancels an order, why, and which of its units do not go back to the stock.
struct Cancellation<'a> {
    event: OrderEvent,
    actor: Actor,
    reason: &'a str,
    written_off: &'a BTreeMap<OrderLineId, i32>,
}

/// Returns whether the order is unpaid or unsent, and no parcel of it was sent.
fn is_cancelable(conn: &mut PgConnection, order: &LockedOrder) -> QueryResult<bool> {
    let waits = matches!(order.status, Status::Unpaid | Status::Unsent);
    Ok(waits && !rules::is_partly_sent(&orders::line_states(conn, order.id)?))
}

fn cancel(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    by: &Cancellation<'_>,
    now: DateTime<Utc>,
) -> QueryResult<CancelOutcome> {
    let cause = (by.actor, &json!({ "reason": by.reason }));
    if !cancel_order(conn, order, by.event, cause, now)? {
        return Ok(CancelOutcome::TooLate);
    }
    let lines = orders::line_states(conn, order.id)?;
    let written_off = rules::units_within(&lines, by.written_off);
    move_or_fail(conn, order.id, OrderMovement::WriteOff, &skus_of(&lines, &written_off), by.actor.user())?;
    fulfillment::answer_cancellation_request(conn, order.id, true, by.actor.user(), now)?;
    fulfillment::release(conn, order.id)?;
    payments::want_closed(conn, &[order.id], now)?;
    let left = order.left();
    let Some(payment) = payments::counting_payment(conn, order.id)?.filter(|_| !left.is_zero()) else {
        return Ok(CancelOutcome::Canceled(None));
    };
    let plan = RefundPlan { amount: left, freight: Money::ZERO, lines: Vec::new() };
    let staff = match by.actor {
        Actor::Staff(staff) => Some(staff),
        _ => None,
    };
    let reason = (RefundReason::Canceled, (staff, by.reason, None));
    let refund = want_part(conn, &payment, &plan, reason, now)?;
    if let (Some(refund), Some(staff)) = (&refund, staff) {
        record_by_hand(conn, order, (&payment, refund), staff, now)?;
    }
    Ok(CancelOutcome::Canceled(refund))
}
