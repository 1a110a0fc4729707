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
    /// The member of staff who asks for it; `None` if the shop itself does.
    pub staff: Option<UserId>,
    /// The idempotency token of the form; `None` if the shop itself asks for it.
    pub token: Option<String>,
}

/// Stores a refund, which the job sends to the gateway. Returns `None` if its token has made a refund before.
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

/// Records for which return a refund is.
pub fn set_return_of_refund(conn: &mut PgConnection, refund: RefundId, id: ReturnId) -> QueryResult<usize> {
    diesel::update(refunds::table.find(refund)).set(refunds::return_id.eq(id)).execute(conn)
}

/// Makes the job try a refund again. It queries a refused one first, and then sends it with the same number.
pub fn retry_refund(conn: &mut PgConnection, refund: &Refund, now: DateTime<Utc>) -> QueryResult<usize> {
    let status = if refund.status == RefundStatus::Refused { RefundStatus::Sent } else { refund.status };
    diesel::update(refunds::table.find(refund.id))
        .set((refunds::status.eq(status.code()), refunds::next_attempt_at.eq(now), refunds::attempts.eq(0)))
        .execute(conn)
}

/// Records that money was given back without the gateway, and how.
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

/// Claims refunds that are due to be sent or queried, at most `most`, and counts the attempt.
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

/// Stores the state of a refund. `next` is when it is sent or queried again.
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

/// Marks a refund as sent, just before it is: after that only the gateway knows the outcome.
pub fn mark_refund_sent(conn: &mut PgConnection, id: RefundId, now: DateTime<Utc>) -> QueryResult<usize> {
    let wanted = refunds::table.find(id).filter(refunds::status.eq(RefundStatus::Wanted.code()));
    diesel::update(wanted).set((refunds::status.eq(RefundStatus::Sent.code()), refunds::sent_at.eq(now))).execute(conn)
}
