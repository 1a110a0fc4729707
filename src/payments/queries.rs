//! Reads payments and refunds.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{exists, sum},
    prelude::*,
};

use super::model::{Payment, PaymentStatus, Refund, RefundStatus};
use crate::{
    kernel::{Money, OrderId, PaymentId, RefundId},
    schema::{payments, refunds},
};

pub fn payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Payment> {
    payments::table.find(id).select(Payment::as_select()).first(conn)
}

/// The attempt with this number.
pub fn payment_by_number(conn: &mut PgConnection, number: &str) -> QueryResult<Option<Payment>> {
    payments::table.filter(payments::number.eq(number)).select(Payment::as_select()).first(conn).optional()
}

/// Whether a trade of the gateway is known as that of another attempt.
pub fn is_trade_of_another(conn: &mut PgConnection, payment: &Payment, trade_no: &str) -> QueryResult<bool> {
    let others = payments::table
        .filter(payments::pay_method.eq(payment.pay_method.code()).and(payments::trade_no.eq(trade_no)))
        .filter(payments::id.ne(payment.id));
    diesel::select(exists(others)).get_result(conn)
}

/// The attempts of an order, oldest first.
pub fn payments_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<Payment>> {
    let of_order = payments::table.filter(payments::order_id.eq(order));
    of_order.order(payments::id).select(Payment::as_select()).load(conn)
}

/// The refunds of an order, oldest first.
pub fn refunds_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<Refund>> {
    let of_order = refunds::table.inner_join(payments::table).filter(payments::order_id.eq(order));
    of_order.order(refunds::id).select(Refund::as_select()).load(conn)
}

/// Returns the sum of an order's attempts that are paid and do not count: that money goes back.
pub fn surplus_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Money> {
    let of_order = payments::table.filter(payments::order_id.eq(order).and(payments::counts.eq(false)));
    let paid = of_order.filter(payments::status.eq(PaymentStatus::Paid.code()));
    let sum: Option<rust_decimal::Decimal> = paid.select(sum(payments::amount)).first(conn)?;
    Ok(sum.and_then(Money::new).unwrap_or_default())
}

/// The sum of a payment's refunds that were not refused.
pub fn refunded_sum(conn: &mut PgConnection, payment: PaymentId) -> QueryResult<Money> {
    let of_payment = refunds::table.filter(refunds::payment_id.eq(payment));
    let not_refused = of_payment.filter(refunds::status.ne(RefundStatus::Refused.code()));
    let sum: Option<rust_decimal::Decimal> = not_refused.select(sum(refunds::amount)).first(conn)?;
    Ok(sum.and_then(Money::new).unwrap_or_default())
}

/// Attempts that wait for a person for this reason, and were paid before `paid_before`; the oldest first.
pub fn strange_payments(
    conn: &mut PgConnection,
    why: &str,
    paid_before: DateTime<Utc>,
    most: i64,
) -> QueryResult<Vec<PaymentId>> {
    payments::table
        .filter(payments::strange.eq(why).and(payments::paid_at.lt(paid_before)))
        .order(payments::id)
        .limit(most)
        .select(payments::id)
        .load(conn)
}

pub fn order_of_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<OrderId> {
    payments::table.find(id).select(payments::order_id).first(conn)
}

pub fn payment_of_refund(conn: &mut PgConnection, id: RefundId) -> QueryResult<Payment> {
    let payment = refunds::table.find(id).inner_join(payments::table);
    payment.select(Payment::as_select()).first(conn)
}
