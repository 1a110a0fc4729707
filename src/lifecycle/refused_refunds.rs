//! Refunds that the gateway has refused: their amount can be refunded again, by the same refund or in another way.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};

use super::{
    refunds::{record_done, refundable},
    rules,
    units::complete_refunds,
};
use crate::{
    kernel::{RefundId, UserId},
    orders::{self, Actor, LockedOrder},
    payments::{self, Payment, Refund, RefundStatus},
};

/// Adds the amount of a refund that the gateway has refused to what can still be refunded.
pub(super) fn release_refund(conn: &mut PgConnection, payment: &Payment, refund: &Refund) -> QueryResult<()> {
    if !payment.counts {
        return Ok(());
    }
    orders::change_refunded_amount(conn, payment.order_id, -refund.amount.amount())?;
    for line in payments::lines_of_refund(conn, refund.id)? {
        orders::change_line_refunded_amount(conn, line.line, -line.amount.amount())?;
    }
    Ok(())
}

/// Subtracts the amount of a refund that the gateway has refused from what can still be refunded, so that the refund
/// can be sent again. Returns false, with nothing written, if less than this amount can still be refunded.
fn reserve_again(
    conn: &mut PgConnection,
    order: &LockedOrder,
    payment: &Payment,
    refund: &Refund,
) -> QueryResult<bool> {
    if !payment.counts {
        let taken = payments::refunded_sum(conn, payment.id)?;
        return Ok(taken + refund.amount <= payment.amount);
    }
    let refundable = refundable(conn, order.id, (order.left(), order.freight), Some(payment))?;
    let lines = payments::lines_of_refund(conn, refund.id)?;
    if !rules::fits(&refundable, (refund.amount, refund.freight), &lines) {
        return Ok(false);
    }
    orders::change_refunded_amount(conn, order.id, refund.amount.amount())?;
    for line in lines {
        orders::change_line_refunded_amount(conn, line.line, line.amount.amount())?;
    }
    Ok(true)
}

/// The outcome of what staff do with a refund that the gateway has refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundDecision {
    Made(Refund),
    /// The amount was refunded in another way meanwhile; nothing was done.
    NothingLeft,
    /// The refund is done, or the gateway has not refused it; nothing was done.
    TooLate,
}

/// Makes the job send a refund again that the gateway has refused or not answered, with the same number.
pub fn retry_refund(conn: &mut PgConnection, id: RefundId, now: DateTime<Utc>) -> QueryResult<RefundDecision> {
    let (order, payment, refund) = lock_refund(conn, id)?;
    match refund.status {
        RefundStatus::Wanted | RefundStatus::Sent => {}
        RefundStatus::Refused if reserve_again(conn, &order, &payment, &refund)? => {}
        RefundStatus::Refused => return Ok(RefundDecision::NothingLeft),
        RefundStatus::Done | RefundStatus::Elsewhere => return Ok(RefundDecision::TooLate),
    }
    payments::retry_refund(conn, &refund, now)?;
    Ok(RefundDecision::Made(refund))
}

/// Records that the amount of a refund that the gateway has refused was paid back in another way, which `note`
/// describes.
pub fn give_otherwise(
    conn: &mut PgConnection,
    id: RefundId,
    (staff, note): (UserId, &str),
    now: DateTime<Utc>,
) -> QueryResult<RefundDecision> {
    let (mut order, payment, refund) = lock_refund(conn, id)?;
    if refund.status != RefundStatus::Refused {
        return Ok(RefundDecision::TooLate);
    }
    if !reserve_again(conn, &order, &payment, &refund)? {
        return Ok(RefundDecision::NothingLeft);
    }
    payments::record_given_otherwise(conn, &refund, note, now)?;
    record_done(conn, &order, &refund, Actor::Staff(staff), now)?;
    complete_refunds(conn, &mut order, &payment, Actor::Staff(staff), now)?;
    Ok(RefundDecision::Made(refund))
}

fn lock_refund(conn: &mut PgConnection, id: RefundId) -> QueryResult<(LockedOrder, Payment, Refund)> {
    let payment = payments::payment_of_refund(conn, id)?;
    let order = orders::lock_order(conn, payment.order_id)?.ok_or(Error::NotFound)?;
    Ok((order, payment, payments::lock_refund(conn, id)?))
}
