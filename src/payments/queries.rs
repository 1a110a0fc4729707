//! Queries of payments and refunds.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, dsl::sum, prelude::*};
use rust_decimal::Decimal;
use std::collections::HashMap;

use super::model::{Payment, PaymentStatus, Refund, RefundLine, RefundStatus};
use crate::{
    kernel::{Money, OrderId, OrderLineId, PayMethod, PaymentId, RefundId},
    schema::{payments, refund_goods, refunds},
};

pub fn payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Payment> {
    payments::table.find(id).select(Payment::as_select()).first(conn)
}

/// Loads the payment attempt with this number; `None` if there is none.
pub fn payment_by_number(conn: &mut PgConnection, number: &str) -> QueryResult<Option<Payment>> {
    payments::table.filter(payments::number.eq(number)).select(Payment::as_select()).first(conn).optional()
}

/// Loads the payment attempts with these numbers; unknown numbers are left out.
pub fn payments_by_number(conn: &mut PgConnection, numbers: &[&str]) -> QueryResult<Vec<Payment>> {
    payments::table.filter(payments::number.eq_any(numbers)).select(Payment::as_select()).load(conn)
}

/// Returns the ids of the payment attempts that were paid by the gateway's payments `trade_nos`, by the gateway's
/// numbers of these payments.
pub fn payments_by_trade(
    conn: &mut PgConnection,
    pay_method: PayMethod,
    trade_nos: &[&str],
) -> QueryResult<HashMap<String, PaymentId>> {
    let paid: Vec<(Option<String>, PaymentId)> = payments::table
        .filter(payments::pay_method.eq(pay_method.code()).and(payments::trade_no.eq_any(trade_nos)))
        .select((payments::trade_no, payments::id))
        .load(conn)?;
    Ok(paid.into_iter().filter_map(|(trade_no, id)| Some((trade_no?, id))).collect())
}

/// Loads the payment attempts of an order, oldest first.
pub fn payments_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<Payment>> {
    let of_order = payments::table.filter(payments::order_id.eq(order));
    of_order.order(payments::id).select(Payment::as_select()).load(conn)
}

/// Converts a sum that PostgreSQL has computed: NULL, the sum of no rows, becomes zero.
fn sum_or_zero(sum: Option<Decimal>) -> Money {
    sum.and_then(Money::new).unwrap_or_default()
}

/// Returns the sum of an order's payment attempts that were paid although another one pays the order; that money is
/// refunded.
pub fn surplus_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Money> {
    let of_order = payments::table.filter(payments::order_id.eq(order).and(payments::counts.eq(false)));
    let paid = of_order.filter(payments::status.eq(PaymentStatus::Paid.code()));
    paid.select(sum(payments::amount)).first(conn).map(sum_or_zero)
}

/// Returns the sum of a payment's refunds, without those that the gateway refused.
pub fn refunded_sum(conn: &mut PgConnection, payment: PaymentId) -> QueryResult<Money> {
    let of_payment = refunds::table.filter(refunds::payment_id.eq(payment));
    let not_refused = of_payment.filter(refunds::status.ne(RefundStatus::Refused.code()));
    not_refused.select(sum(refunds::amount)).first(conn).map(sum_or_zero)
}

/// Returns the sum of a payment's refunds that the gateway has made, or may have made.
pub fn sent_sum(conn: &mut PgConnection, payment: PaymentId) -> QueryResult<Money> {
    let sent = [RefundStatus::Sent, RefundStatus::Done].map(RefundStatus::code);
    let of_payment = refunds::table.filter(refunds::payment_id.eq(payment).and(refunds::status.eq_any(sent)));
    of_payment.select(sum(refunds::amount)).first(conn).map(sum_or_zero)
}

/// Returns the sum of a payment's refunds that are done, by the gateway or by other means.
pub fn returned_sum(conn: &mut PgConnection, payment: PaymentId) -> QueryResult<Money> {
    let done = [RefundStatus::Done, RefundStatus::Elsewhere].map(RefundStatus::code);
    let of_payment = refunds::table.filter(refunds::payment_id.eq(payment).and(refunds::status.eq_any(done)));
    of_payment.select(sum(refunds::amount)).first(conn).map(sum_or_zero)
}

/// Returns how much freight a payment's refunds pay back, without refunds that the gateway refused.
pub fn refunded_freight(conn: &mut PgConnection, payment: PaymentId) -> QueryResult<Money> {
    let of_payment = refunds::table.filter(refunds::payment_id.eq(payment));
    let not_refused = of_payment.filter(refunds::status.ne(RefundStatus::Refused.code()));
    not_refused.select(sum(refunds::freight)).first(conn).map(sum_or_zero)
}

/// Returns for each order line how many units a payment's refunds pay back, without refunds that the gateway refused.
pub fn refunded_units(conn: &mut PgConnection, payment: PaymentId) -> QueryResult<HashMap<OrderLineId, i32>> {
    let lines = refund_goods::table.inner_join(refunds::table);
    let units: Vec<(OrderLineId, Option<i64>)> = lines
        .filter(refunds::payment_id.eq(payment).and(refunds::status.ne(RefundStatus::Refused.code())))
        .group_by(refund_goods::order_goods_id)
        .select((refund_goods::order_goods_id, sum(refund_goods::count)))
        .load(conn)?;
    let count = |units: Option<i64>| units.and_then(|units| i32::try_from(units).ok()).unwrap_or_default();
    Ok(units.into_iter().map(|(line, units)| (line, count(units))).collect())
}

pub fn refund(conn: &mut PgConnection, id: RefundId) -> QueryResult<Refund> {
    refunds::table.find(id).select(Refund::as_select()).first(conn)
}

/// Loads what a refund pays back for each order line.
pub fn lines_of_refund(conn: &mut PgConnection, refund: RefundId) -> QueryResult<Vec<RefundLine>> {
    let lines = refund_goods::table.filter(refund_goods::refund_id.eq(refund));
    lines.order(refund_goods::order_goods_id).select(RefundLine::as_select()).load(conn)
}

/// Loads the refund that the form with this token has stored; `None` if it has stored none.
pub fn refund_by_token(conn: &mut PgConnection, token: &str) -> QueryResult<Option<Refund>> {
    refunds::table.filter(refunds::token.eq(token)).select(Refund::as_select()).first(conn).optional()
}

/// Loads the payment that pays an order; `None` if the order is not paid.
pub fn counting_payment(conn: &mut PgConnection, order: OrderId) -> QueryResult<Option<Payment>> {
    let counting = payments::table.filter(payments::order_id.eq(order).and(payments::counts));
    counting.select(Payment::as_select()).first(conn).optional()
}

/// Loads payment attempts about which staff must do something because of `why`, and which were paid before
/// `paid_before`: at most `most`, oldest first.
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
