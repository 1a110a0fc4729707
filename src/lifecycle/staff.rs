//! What staff can do with an order and its payments, each in the caller's transaction.

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

/// The outcome of canceling an order by staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    /// The order is canceled; holds its refund, if it was paid.
    Canceled(Option<Refund>),
    /// The order was canceled before, or its goods were sent; nothing was done.
    TooLate,
}

/// Cancels an unpaid or unsent order: returns its units to the stock, closes its open payment attempts, and refunds
/// what was paid.
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

/// The outcome of recording what the courier collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CashOutcome {
    /// The order is paid.
    Recorded,
    /// The amount is not that of the order. It is recorded, and staff must look at it.
    Strange,
    /// The same was recorded before; nothing was done.
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

/// Locks a payment attempt after locking its order.
fn lock_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<(LockedOrder, Payment)> {
    let order = payments::order_of_payment(conn, id)?;
    let order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    Ok((order, payments::lock_payment(conn, id)?))
}

/// Marks a strange attempt as handled by staff. Returns why it was strange; `None` if it was not.
pub fn settle_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Option<String>> {
    let (_, payment) = lock_payment(conn, id)?;
    let strange = payment.strange.filter(|why| why != OUT_OF_STOCK);
    if strange.is_some() {
        payments::mark_settled_by_staff(conn, id)?;
    }
    Ok(strange)
}

/// Refunds an order that was paid late and waits for goods. Returns the amount; `None` if it does not wait.
pub fn refund_paid_late(conn: &mut PgConnection, id: PaymentId, now: DateTime<Utc>) -> QueryResult<Option<Money>> {
    let (_, payment) = lock_payment(conn, id)?;
    if payment.strange.as_deref() != Some(OUT_OF_STOCK) {
        return Ok(None);
    }
    payments::mark_settled(conn, id)?;
    want_back(conn, &payment, RefundReason::OutOfStock, now)?;
    Ok(Some(payment.amount))
}

/// Revives an order that was paid late and waits for goods. Returns `None` if it does not wait; false if the stock
/// still does not suffice.
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
