//! Writes payments, notifications and refunds. The caller has locked the order's row; that alone keeps two writers apart.

mod refunds;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{count_star, now as database_now},
    prelude::*,
};

use super::{
    gateway::PaidTrade,
    model::{Payment, PaymentStatus},
    rules,
};
use crate::{
    kernel::{Money, OrderId, OrderNumber, PayMethod, PaymentId},
    platform::db,
    schema::{payment_notifications, payments},
};

pub use refunds::{
    NewRefund, claim_refunds, lock_refund, mark_refund_sent, record_given_otherwise, record_refund, retry_refund,
    save_refund_lines, want_refund,
};

/// The terms of an attempt to pay an order.
#[derive(Clone, Debug)]
pub struct NewPayment<'a> {
    pub order: OrderId,
    pub order_number: &'a OrderNumber,
    pub pay_method: PayMethod,
    pub amount: Money,
    pub expires_at: DateTime<Utc>,
}

/// An attempt to pay an order, with these terms: the open one if there is one with the same terms, or a new one.
pub fn open_payment(conn: &mut PgConnection, new: &NewPayment<'_>, now: DateTime<Utc>) -> QueryResult<Payment> {
    let of_order = payments::table.filter(payments::order_id.eq(new.order));
    let open: Option<Payment> = of_order
        .filter(payments::status.eq(PaymentStatus::Open.code()).and(payments::pay_method.eq(new.pay_method.code())))
        .filter(payments::amount.eq(new.amount).and(payments::expires_at.eq(new.expires_at)))
        .filter(payments::close_wanted.eq(false))
        .select(Payment::as_select())
        .first(conn)
        .optional()?;
    if let Some(open) = open {
        return Ok(open);
    }
    let before: i64 = of_order.select(count_star()).first(conn)?;
    diesel::insert_into(payments::table)
        .values((
            payments::order_id.eq(new.order),
            payments::pay_method.eq(new.pay_method.code()),
            payments::number.eq(format!("{}_{}", new.order_number, before + 1)),
            payments::amount.eq(new.amount),
            payments::created_at.eq(now),
            payments::expires_at.eq(new.expires_at),
            payments::next_query_at.eq(rules::next_query(now, new.expires_at, 0, now)),
        ))
        .returning(Payment::as_returning())
        .get_result(conn)
}

/// Locks an attempt. The caller has locked its order before.
pub fn lock_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Payment> {
    payments::table.find(id).select(Payment::as_select()).for_no_key_update().first(conn)
}

/// How long after it was claimed an attempt or a refund may be claimed again: longer than a call of a gateway takes.
const CLAIM_TIMEOUT: TimeDelta = TimeDelta::seconds(60);

/// Claims open attempts about which their gateways are to be asked by now, at most `most`.
pub fn claim_payments(conn: &mut PgConnection, now: DateTime<Utc>, most: i64) -> QueryResult<Vec<Payment>> {
    db::transaction(conn, |conn| {
        let due: Vec<PaymentId> = payments::table
            .filter(payments::next_query_at.le(now))
            .order(payments::next_query_at)
            .limit(most)
            .select(payments::id)
            .for_no_key_update()
            .skip_locked()
            .load(conn)?;
        diesel::update(payments::table.filter(payments::id.eq_any(due)))
            .set(payments::next_query_at.eq(now + CLAIM_TIMEOUT))
            .returning(Payment::as_returning())
            .get_results(conn)
    })
}

/// Records that the gateway was asked, and when it is asked next.
pub fn record_query(
    conn: &mut PgConnection,
    payment: &Payment,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let queries = payment.queries.saturating_add(1);
    let next = rules::next_query(payment.created_at, payment.expires_at, queries, now);
    let error = error.map(|error| error.chars().take(1000).collect::<String>());
    diesel::update(payments::table.find(payment.id))
        .set((payments::queries.eq(queries), payments::next_query_at.eq(next), payments::last_error.eq(error)))
        .execute(conn)
}

/// Has the gateway asked as soon as possible, for example when the browser comes back.
pub fn query_soon(conn: &mut PgConnection, id: PaymentId, now: DateTime<Utc>) -> QueryResult<usize> {
    let open = payments::table.find(id).filter(payments::status.eq(PaymentStatus::Open.code()));
    diesel::update(open.filter(payments::next_query_at.is_null().or(payments::next_query_at.gt(now))))
        .set(payments::next_query_at.eq(now))
        .execute(conn)
}

/// Has the other open attempts of an order closed at their gateways.
pub fn want_closed(
    conn: &mut PgConnection,
    order: OrderId,
    except: Option<PaymentId>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let others = payments::table
        .filter(payments::order_id.eq(order).and(payments::status.eq(PaymentStatus::Open.code())))
        .filter(payments::id.ne(except.unwrap_or(PaymentId(0))));
    diesel::update(others).set((payments::close_wanted.eq(true), payments::next_query_at.eq(now))).execute(conn)
}

pub fn mark_closed(conn: &mut PgConnection, id: PaymentId, now: DateTime<Utc>) -> QueryResult<usize> {
    let open = payments::table.find(id).filter(payments::status.eq(PaymentStatus::Open.code()));
    diesel::update(open)
        .set((
            payments::status.eq(PaymentStatus::Closed.code()),
            payments::closed_at.eq(now),
            payments::next_query_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)
}

/// Marks an attempt as paid, also one that was closed before. `counts`: it is the payment of its order.
pub fn mark_paid(
    conn: &mut PgConnection,
    id: PaymentId,
    trade: &PaidTrade,
    counts: bool,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(payments::table.find(id))
        .set((
            payments::status.eq(PaymentStatus::Paid.code()),
            payments::trade_no.eq(&trade.trade_no),
            payments::paid_at.eq(trade.paid_at.unwrap_or(now)),
            payments::counts.eq(counts),
            payments::next_query_at.eq(None::<DateTime<Utc>>),
            payments::last_error.eq(None::<String>),
        ))
        .execute(conn)
}

/// Marks an attempt that a person must look at, unless staff have settled exactly this before.
pub fn mark_strange(conn: &mut PgConnection, id: PaymentId, why: &str) -> QueryResult<usize> {
    let unsettled = payments::table.find(id).filter(payments::settled.is_distinct_from(why));
    diesel::update(unsettled).set(payments::strange.eq(why)).execute(conn)
}

/// A person has looked at it: the same does not mark it again.
pub fn mark_settled_by_staff(conn: &mut PgConnection, id: PaymentId) -> QueryResult<usize> {
    let settled = (payments::settled.eq(payments::strange), payments::strange.eq(None::<String>));
    diesel::update(payments::table.find(id)).set(settled).execute(conn)
}

/// Makes an attempt that was paid late the payment of its order, which was revived.
pub fn mark_counting(conn: &mut PgConnection, id: PaymentId) -> QueryResult<usize> {
    let counting = (payments::counts.eq(true), payments::strange.eq(None::<String>));
    diesel::update(payments::table.find(id)).set(counting).execute(conn)
}

/// Records what was collected on delivery. It counts if nothing about it is strange.
pub fn record_cash(
    conn: &mut PgConnection,
    (order, number): (OrderId, &OrderNumber),
    amount: Money,
    strange: Option<&str>,
    now: DateTime<Utc>,
) -> QueryResult<Payment> {
    let before: i64 = payments::table.filter(payments::order_id.eq(order)).select(count_star()).first(conn)?;
    diesel::insert_into(payments::table)
        .values((
            payments::order_id.eq(order),
            payments::pay_method.eq(PayMethod::Cod.code()),
            payments::number.eq(format!("{number}_{}", before + 1)),
            payments::amount.eq(amount),
            payments::status.eq(PaymentStatus::Paid.code()),
            payments::counts.eq(strange.is_none()),
            payments::created_at.eq(now),
            payments::expires_at.eq(now),
            payments::paid_at.eq(now),
            payments::strange.eq(strange),
        ))
        .returning(Payment::as_returning())
        .get_result(conn)
}

/// Nobody needs to look at it any more.
pub fn mark_settled(conn: &mut PgConnection, id: PaymentId) -> QueryResult<usize> {
    diesel::update(payments::table.find(id)).set(payments::strange.eq(None::<String>)).execute(conn)
}

/// Stores a notification as it came, or counts it if it came before. Returns its id and whether it is new.
pub fn record_notification(
    conn: &mut PgConnection,
    pay_method: PayMethod,
    (fingerprint, body): (&[u8], &[u8]),
    (payment, outcome): (Option<PaymentId>, &str),
) -> QueryResult<i64> {
    let known = (payment_notifications::pay_method, payment_notifications::fingerprint);
    diesel::insert_into(payment_notifications::table)
        .values((
            payment_notifications::pay_method.eq(pay_method.code()),
            payment_notifications::fingerprint.eq(fingerprint),
            payment_notifications::body.eq(body),
            payment_notifications::payment_id.eq(payment),
            payment_notifications::outcome.eq(outcome),
        ))
        .on_conflict(known)
        .do_update()
        .set((
            payment_notifications::last_at.eq(database_now),
            payment_notifications::times.eq(payment_notifications::times + 1),
        ))
        .returning(payment_notifications::id)
        .get_result(conn)
}
