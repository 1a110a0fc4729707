//! Writes refunds.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, dsl::count_star, prelude::*};

use super::CLAIM_TIMEOUT;
use crate::{
    kernel::{Money, PaymentId, RefundId, ReturnId, UserId},
    payments::model::{Payment, Refund, RefundLine, RefundReason, RefundStatus},
    platform::db,
    schema::{refund_goods, refunds},
};

/// A refund to be stored.
#[derive(Clone, Debug)]
pub struct NewRefund {
    pub payment: PaymentId,
    pub amount: Money,
    pub freight: Money,
    pub reason: RefundReason,
    pub note: String,
    /// The member of staff who asks for the refund; `None` if the program does.
    pub staff: Option<UserId>,
    /// The idempotency token of the form; `None` if no form asks for the refund.
    pub token: Option<String>,
}

/// Stores a refund, which a job then sends to the gateway. Returns `None` if a refund with the same token was stored
/// before.
pub fn want_refund(
    conn: &mut PgConnection,
    payment: &Payment,
    new: &NewRefund,
    now: DateTime<Utc>,
) -> QueryResult<Option<Refund>> {
    let before: i64 = refunds::table.filter(refunds::payment_id.eq(payment.id)).select(count_star()).first(conn)?;
    diesel::insert_into(refunds::table)
        .values((
            refunds::payment_id.eq(payment.id),
            refunds::number.eq(format!("{}_r{}", payment.number, before + 1)),
            refunds::amount.eq(new.amount),
            refunds::freight.eq(new.freight),
            refunds::reason.eq(new.reason.code()),
            refunds::note.eq(&new.note),
            refunds::staff_id.eq(new.staff),
            refunds::token.eq(&new.token),
            refunds::created_at.eq(now),
            refunds::next_attempt_at.eq(now),
        ))
        .on_conflict(refunds::token)
        .do_nothing()
        .returning(Refund::as_returning())
        .get_result(conn)
        .optional()
}

pub fn save_refund_lines(conn: &mut PgConnection, refund: RefundId, lines: &[RefundLine]) -> QueryResult<usize> {
    let rows: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                refund_goods::refund_id.eq(refund),
                refund_goods::order_goods_id.eq(line.line),
                refund_goods::count.eq(line.count),
                refund_goods::amount.eq(line.amount),
            )
        })
        .collect();
    diesel::insert_into(refund_goods::table).values(rows).execute(conn)
}

/// Records that a refund pays for returned goods, those of the return `id`.
pub fn set_return_of_refund(conn: &mut PgConnection, refund: RefundId, id: ReturnId) -> QueryResult<usize> {
    diesel::update(refunds::table.find(refund)).set(refunds::return_id.eq(id)).execute(conn)
}

/// Makes the job try a refund again. If the gateway refused the refund, the job first asks the gateway about it, and
/// then sends it again with the same number.
pub fn retry_refund(conn: &mut PgConnection, refund: &Refund, now: DateTime<Utc>) -> QueryResult<usize> {
    let status = if refund.status == RefundStatus::Refused { RefundStatus::Sent } else { refund.status };
    diesel::update(refunds::table.find(refund.id))
        .set((refunds::status.eq(status.code()), refunds::next_attempt_at.eq(now), refunds::attempts.eq(0)))
        .execute(conn)
}

/// Records that the money of a refund was paid back without the gateway, and how.
pub fn record_given_otherwise(
    conn: &mut PgConnection,
    refund: &Refund,
    note: &str,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let notes = [refund.note.as_str(), note].into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>();
    diesel::update(refunds::table.find(refund.id))
        .set((
            refunds::status.eq(RefundStatus::Elsewhere.code()),
            refunds::note.eq(notes.join("; ").chars().take(500).collect::<String>()),
            refunds::done_at.eq(now),
            refunds::next_attempt_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)
}

/// Claims refunds that are due to be sent to the gateway or asked about, at most `most`, and counts the attempt.
pub fn claim_refunds(conn: &mut PgConnection, now: DateTime<Utc>, most: i64) -> QueryResult<Vec<Refund>> {
    db::transaction(conn, |conn| {
        let due: Vec<RefundId> = refunds::table
            .filter(refunds::next_attempt_at.le(now))
            .order(refunds::next_attempt_at)
            .limit(most)
            .select(refunds::id)
            .for_no_key_update()
            .skip_locked()
            .load(conn)?;
        diesel::update(refunds::table.filter(refunds::id.eq_any(due)))
            .set((refunds::next_attempt_at.eq(now + CLAIM_TIMEOUT), refunds::attempts.eq(refunds::attempts + 1)))
            .returning(Refund::as_returning())
            .get_results(conn)
    })
}

/// Stores the new status of a refund, the error, if any, and when the job sends it or asks about it again (`next`).
pub fn record_refund(
    conn: &mut PgConnection,
    id: RefundId,
    status: RefundStatus,
    (error, next): (Option<&str>, Option<DateTime<Utc>>),
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let done = matches!(status, RefundStatus::Done | RefundStatus::Elsewhere).then_some(now);
    let error = error.map(|error| error.chars().take(1000).collect::<String>());
    diesel::update(refunds::table.find(id))
        .set((
            refunds::status.eq(status.code()),
            refunds::done_at.eq(done),
            refunds::next_attempt_at.eq(next),
            refunds::last_error.eq(error),
        ))
        .execute(conn)
}

/// Locks a refund. The caller has locked its order before.
pub fn lock_refund(conn: &mut PgConnection, id: RefundId) -> QueryResult<Refund> {
    refunds::table.find(id).select(Refund::as_select()).for_no_key_update().first(conn)
}

/// Records that a refund is being sent to the gateway; called just before that, because afterwards only the gateway
/// knows the outcome.
pub fn mark_refund_sent(conn: &mut PgConnection, id: RefundId, now: DateTime<Utc>) -> QueryResult<usize> {
    let wanted = refunds::table.find(id).filter(refunds::status.eq(RefundStatus::Wanted.code()));
    diesel::update(wanted).set((refunds::status.eq(RefundStatus::Sent.code()), refunds::sent_at.eq(now))).execute(conn)
}
