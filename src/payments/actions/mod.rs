//! Writes payments, notifications and refunds. The caller has locked the row of the order before; that alone keeps two
//! transactions from changing its payments at once.

mod refunds;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{count_star, now as database_now},
    prelude::*,
    sql_types::{Array, BigInt, Bool, Text, Timestamptz},
    upsert::excluded,
};
use std::collections::BTreeMap;

use super::{
    model::{AppliedNotification, PaidAttempt, Payment, PaymentStatus},
    rules,
};
use crate::{
    kernel::{Money, OrderId, OrderNumber, PayMethod, PaymentId},
    platform::db::{self, statement},
    schema::{payment_notifications, payments},
};

pub use refunds::{
    NewRefund, claim_refunds, lock_refund, mark_refund_sent, record_given_otherwise, record_refund, retry_refund,
    save_refund_lines, set_return_of_refund, want_refund,
};

/// The terms of a new attempt to pay an order.
#[derive(Clone, Debug)]
pub struct NewPayment<'a> {
    pub order: OrderId,
    pub order_number: &'a OrderNumber,
    pub pay_method: PayMethod,
    pub amount: Money,
    pub expires_at: DateTime<Utc>,
}

/// Returns the order's open attempt to pay with the same pay method, amount and expiry; creates one if there is none.
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

/// Locks a payment attempt. The caller has locked its order before.
pub fn lock_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Payment> {
    payments::table.find(id).select(Payment::as_select()).for_no_key_update().first(conn)
}

/// Locks these payment attempts in the order of their ids, except those that another transaction has locked. The caller
/// has locked their orders before.
pub fn try_lock_payments(conn: &mut PgConnection, ids: &[PaymentId]) -> QueryResult<Vec<Payment>> {
    let rows = payments::table.filter(payments::id.eq_any(ids)).select(Payment::as_select());
    rows.order(payments::id).for_no_key_update().skip_locked().load(conn)
}

/// How long a payment attempt or a refund is claimed by one process: longer than a call of a gateway takes. After this
/// time another process may claim it.
const CLAIM_TIMEOUT: TimeDelta = TimeDelta::seconds(60);

/// Claims payment attempts that are still open and about which the gateway is due to be asked (queried), at most
/// `most`.
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

/// Records that the gateway was asked about a payment attempt, with the error, if any, and schedules the next query.
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

/// Makes the next query of the gateway about a payment attempt due now, for example when the browser returns from the
/// gateway.
pub fn query_soon(conn: &mut PgConnection, id: PaymentId, now: DateTime<Utc>) -> QueryResult<usize> {
    let open = payments::table.find(id).filter(payments::status.eq(PaymentStatus::Open.code()));
    diesel::update(open.filter(payments::next_query_at.is_null().or(payments::next_query_at.gt(now))))
        .set(payments::next_query_at.eq(now))
        .execute(conn)
}

/// Marks the open payment attempts of these orders to be closed at their gateways, which a job does.
pub fn want_closed(conn: &mut PgConnection, orders: &[OrderId], now: DateTime<Utc>) -> QueryResult<usize> {
    let open =
        payments::table.filter(payments::order_id.eq_any(orders).and(payments::status.eq(PaymentStatus::Open.code())));
    diesel::update(open).set((payments::close_wanted.eq(true), payments::next_query_at.eq(now))).execute(conn)
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

/// Marks payment attempts as paid, even if they were closed before. If `counts`, each becomes the payment that pays its
/// order.
pub fn mark_paid(
    conn: &mut PgConnection,
    paid: &[PaidAttempt],
    counts: bool,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let statement = MarkPaid {
        ids: paid.iter().map(|attempt| attempt.payment.id.0).collect(),
        trade_nos: paid.iter().map(|attempt| attempt.trade.trade_no.clone()).collect(),
        times: paid.iter().map(|attempt| attempt.trade.paid_at.unwrap_or(now)).collect(),
        counts,
    };
    statement.execute(conn)
}

statement! {
    MarkPaid(
        ids: Vec<i64> as Array<BigInt>, trade_nos: Vec<String> as Array<Text>,
        times: Vec<DateTime<Utc>> as Array<Timestamptz>, counts: bool as Bool
    ) -> () =
    "update payments p
     set status = 'paid', trade_no = paid.trade_no, paid_at = paid.at, counts = " counts ", next_query_at = null,
         last_error = null
     from unnest((select " ids "), (select " trade_nos "), (select " times ")) as paid (id, trade_no, at)
     where p.id = paid.id"
}

/// Marks a payment attempt as strange (it needs a look by staff) because of `why`, unless staff have handled the same
/// reason before.
pub fn mark_strange(conn: &mut PgConnection, id: PaymentId, why: &str) -> QueryResult<usize> {
    let unsettled = payments::table.find(id).filter(payments::settled.is_distinct_from(why));
    diesel::update(unsettled).set(payments::strange.eq(why)).execute(conn)
}

/// Marks a strange payment attempt as handled by staff: the same reason does not mark it again.
pub fn mark_settled_by_staff(conn: &mut PgConnection, id: PaymentId) -> QueryResult<usize> {
    let settled = (payments::settled.eq(payments::strange), payments::strange.eq(None::<String>));
    diesel::update(payments::table.find(id)).set(settled).execute(conn)
}

/// Makes a payment attempt the payment that pays its order. The order had been canceled because it was not paid in
/// time; with this payment it is valid again.
pub fn mark_counting(conn: &mut PgConnection, id: PaymentId) -> QueryResult<usize> {
    let counting = (payments::counts.eq(true), payments::strange.eq(None::<String>));
    diesel::update(payments::table.find(id)).set(counting).execute(conn)
}

/// Records the money that the courier collected for an order, as a payment. It pays the order unless `strange` says why
/// staff have to look at it.
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

/// Removes the mark that staff have to look at a payment attempt.
pub fn mark_settled(conn: &mut PgConnection, id: PaymentId) -> QueryResult<usize> {
    diesel::update(payments::table.find(id)).set(payments::strange.eq(None::<String>)).execute(conn)
}

/// Stores notifications as they were received, each with what it led to; a notification that was received before is
/// only counted.
pub fn record_notifications(conn: &mut PgConnection, applied: &[AppliedNotification<'_>]) -> QueryResult<usize> {
    // In the order of the key: two transactions that wait for each other's rows would be a deadlock.
    let mut times: BTreeMap<(&str, &[u8]), (&AppliedNotification, i32)> = BTreeMap::new();
    for applied in applied {
        let received = applied.received;
        times.entry((received.pay_method.code(), &received.fingerprint)).or_insert((applied, 0)).1 += 1;
    }
    let mut rows = Vec::new();
    for ((pay_method, fingerprint), (first, times)) in times {
        rows.push((
            payment_notifications::pay_method.eq(pay_method),
            payment_notifications::fingerprint.eq(fingerprint),
            payment_notifications::body.eq(&first.received.body),
            payment_notifications::payment_id.eq(first.payment),
            payment_notifications::outcome.eq(first.outcome),
            payment_notifications::times.eq(times),
        ));
    }
    diesel::insert_into(payment_notifications::table)
        .values(rows)
        .on_conflict((payment_notifications::pay_method, payment_notifications::fingerprint))
        .do_update()
        .set((
            payment_notifications::last_at.eq(database_now),
            payment_notifications::times.eq(payment_notifications::times + excluded(payment_notifications::times)),
        ))
        .execute(conn)
}
