//! What staff do with an order and its payments, in the caller's transaction.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;

use super::{
    actions::{cancel_order, revive_order},
    refunds::{want_back, want_part},
    rules::RefundPlan,
};
use crate::{
    kernel::{Money, OrderId, PayMethod, PaymentId, UserId},
    orders::{self, Actor, LockedOrder, OrderEvent, Status},
    payments::{self, OUT_OF_STOCK, Payment, Refund, RefundReason},
};

/// What became of an order that staff have canceled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    /// With what goes back of it, if it was paid.
    Canceled(Option<Refund>),
    /// It is canceled already, or its goods have left.
    TooLate,
}

/// Cancels an unpaid or unsent order: its goods go back to the stock, its open attempts are closed, and all that is
/// left of its payment goes back.
pub fn cancel_by_staff(
    conn: &mut PgConnection,
    order: OrderId,
    (staff, reason): (UserId, &str),
    now: DateTime<Utc>,
) -> QueryResult<CancelOutcome> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    let cause = (Actor::Staff(staff), &json!({ "reason": reason }));
    if !cancel_order(conn, &mut order, OrderEvent::CanceledByStaff, cause, now)? {
        return Ok(CancelOutcome::TooLate);
    }
    payments::want_closed(conn, &[order.id], now)?;
    let left = order.left();
    let Some(payment) = payments::counting_payment(conn, order.id)?.filter(|_| !left.is_zero()) else {
        return Ok(CancelOutcome::Canceled(None));
    };
    let plan = RefundPlan { amount: left, freight: Money::ZERO, lines: Vec::new() };
    let by = (RefundReason::Canceled, (staff, reason, None));
    Ok(CancelOutcome::Canceled(want_part(conn, &payment, &plan, by, now)?))
}

/// What became of money that was collected on delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CashOutcome {
    /// The order is paid.
    Recorded,
    /// It is not the amount of the order: a person must look at it.
    Strange,
    /// It was recorded before.
    Repeated,
    /// The order is not paid on delivery, or has not left yet.
    NotDue,
}

/// Records what was collected for an order with cash on delivery that was sent. Only the whole amount pays it.
pub fn record_cash(
    conn: &mut PgConnection,
    order: OrderId,
    (staff, collected): (UserId, Money),
    now: DateTime<Utc>,
) -> QueryResult<CashOutcome> {
    let order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    let has_left = matches!(order.status, Status::Unreceived | Status::Unreviewed | Status::Finished);
    if order.pay_method != PayMethod::Cod || !has_left || order.total_amount.is_zero() {
        return Ok(CashOutcome::NotDue);
    }
    let before = payments::payments_of(conn, order.id)?;
    let is_same = |payment: &Payment| payment.amount == collected && payment.strange.is_some();
    if before.iter().any(|payment| payment.counts || is_same(payment)) {
        return Ok(CashOutcome::Repeated);
    }
    if collected != order.total_amount {
        let why = format!("{} was collected instead of {}", collected.plain(), order.total_amount.plain());
        payments::record_cash(conn, (order.id, &order.number), collected, Some(&why), now)?;
        return Ok(CashOutcome::Strange);
    }
    let payment = payments::record_cash(conn, (order.id, &order.number), collected, None, now)?;
    let cause = (Actor::Staff(staff), &json!({ "payment": payment.number }));
    orders::record_collected(conn, order.id, cause, now)?;
    Ok(CashOutcome::Recorded)
}

/// Locks an attempt, after its order.
fn lock_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<(LockedOrder, Payment)> {
    let order = payments::order_of_payment(conn, id)?;
    let order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    Ok((order, payments::lock_payment(conn, id)?))
}

/// Takes a strange attempt off the list: somebody has looked at it. Returns what was strange, `None` if nothing is.
pub fn settle_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Option<String>> {
    let (_, payment) = lock_payment(conn, id)?;
    let strange = payment.strange.filter(|why| why != OUT_OF_STOCK);
    if strange.is_some() {
        payments::mark_settled_by_staff(conn, id)?;
    }
    Ok(strange)
}

/// Gives the money of an order that was paid late back now. Returns the amount, or `None` if it does not wait for
/// goods.
pub fn refund_paid_late(conn: &mut PgConnection, id: PaymentId, now: DateTime<Utc>) -> QueryResult<Option<Money>> {
    let (_, payment) = lock_payment(conn, id)?;
    if payment.strange.as_deref() != Some(OUT_OF_STOCK) {
        return Ok(None);
    }
    payments::mark_settled(conn, id)?;
    want_back(conn, &payment, RefundReason::OutOfStock, now)?;
    Ok(Some(payment.amount))
}

/// Takes the goods of an order that was paid late again, which then counts as paid. `None` if it does not wait for
/// goods; false if they are still not all there.
pub fn revive_paid_late(
    conn: &mut PgConnection,
    id: PaymentId,
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<Option<bool>> {
    let (mut order, payment) = lock_payment(conn, id)?;
    if payment.strange.as_deref() != Some(OUT_OF_STOCK) {
        return Ok(None);
    }
    let cause = (Actor::Staff(staff), &json!({ "payment": payment.number }));
    if !revive_order(conn, &mut order, cause, now)? {
        return Ok(Some(false));
    }
    payments::mark_counting(conn, id)?;
    Ok(Some(true))
}
