//! What staff can do with payments that they must look at, each in the caller's transaction.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;

use super::{actions::revive_order, refunds::want_back};
use crate::{
    kernel::{Money, PaymentId, UserId},
    orders::{self, Actor, LockedOrder},
    payments::{self, OUT_OF_STOCK, Payment, RefundReason},
};

/// Locks a payment attempt, after its order. Returns both.
fn lock_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<(LockedOrder, Payment)> {
    let order = payments::order_of_payment(conn, id)?;
    let order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    Ok((order, payments::lock_payment(conn, id)?))
}

/// Marks a payment as looked at by staff. Returns why they had to look at it; `None` if they did not have to.
pub fn settle_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Option<String>> {
    let (_, payment) = lock_payment(conn, id)?;
    let strange = payment.strange.filter(|why| why != OUT_OF_STOCK);
    if strange.is_some() {
        payments::mark_settled_by_staff(conn, id)?;
    }
    Ok(strange)
}

/// Refunds a payment that came after the order had been canceled for non-payment, when the goods were no longer in
/// stock. Returns the amount; `None` if the payment does not wait for staff for this reason, or not any more.
pub fn refund_paid_late(conn: &mut PgConnection, id: PaymentId, now: DateTime<Utc>) -> QueryResult<Option<Money>> {
    let (_, payment) = lock_payment(conn, id)?;
    if payment.strange.as_deref() != Some(OUT_OF_STOCK) {
        return Ok(None);
    }
    payments::mark_settled(conn, id)?;
    want_back(conn, &payment, RefundReason::OutOfStock, now)?;
    Ok(Some(payment.amount))
}

/// Makes an order valid again that was paid after it had been canceled for non-payment, by taking its goods from the
/// stock. Returns `None` if the payment does not wait for goods that were out of stock, and false if the stock is still
/// too low.
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
