//! Loads the payments and refunds of a day that the shop knows, and the results of comparing bills.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{PgConnection, QueryResult, dsl::sql, prelude::*, sql_types::Timestamptz};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    model::{BillTotals, KnownEntries, KnownEntry, RecordedBill},
    rules::{BillNumbers, CLOCK_GRACE, DayRange},
};
use crate::{
    kernel::{Money, PayMethod},
    payments::model::{PaymentStatus, RefundStatus},
    schema::{gateway_bills, payments, refunds},
};

/// Loads those payments and refunds of the shop that a bill lists, and those that must be in this bill or an earlier
/// one.
pub(super) fn known_entries(
    conn: &mut PgConnection,
    pay_method: PayMethod,
    listed: &BillNumbers,
    range: DayRange,
) -> QueryResult<KnownEntries> {
    Ok(KnownEntries {
        payments: known_payments(conn, pay_method, &listed.payments, range)?,
        refunds: known_refunds(conn, pay_method, &listed.refunds, range)?,
    })
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = payments)]
struct PaymentRow {
    number: String,
    trade_no: Option<String>,
    amount: Money,
    status: PaymentStatus,
    paid_at: Option<DateTime<Utc>>,
}

fn known_payments(
    conn: &mut PgConnection,
    pay_method: PayMethod,
    numbers: &BTreeSet<String>,
    (start, end): DayRange,
) -> QueryResult<Vec<KnownEntry>> {
    let of_method = payments::table.filter(payments::pay_method.eq(pay_method.code())).select(PaymentRow::as_select());
    let listed: Vec<PaymentRow> = of_method.filter(payments::number.eq_any(numbers)).load(conn)?;
    // The latest time at which they were carried out lies within the day.
    let of_day: Vec<PaymentRow> = of_method
        .filter(payments::status.eq(PaymentStatus::Paid.code()))
        .filter(payments::paid_at.ge(start - CLOCK_GRACE).and(payments::paid_at.lt(end - CLOCK_GRACE)))
        .load(conn)?;
    let mut known = BTreeMap::new();
    for row in listed.into_iter().chain(of_day) {
        let paid_at = row.paid_at.filter(|_| row.status == PaymentStatus::Paid);
        let entry = KnownEntry {
            number: row.number.clone(),
            trade_no: row.trade_no,
            amount: row.amount,
            status: row.status.code(),
            carried_out: paid_at.map(|at| (at - CLOCK_GRACE, at + CLOCK_GRACE)),
        };
        known.insert(row.number, entry);
    }
    Ok(known.into_values().collect())
}

#[derive(Queryable)]
struct RefundRow {
    number: String,
    trade_no: Option<String>,
    amount: Money,
    status: RefundStatus,
    /// The earliest time at which the gateway may have carried out the refund.
    from: DateTime<Utc>,
    done_at: Option<DateTime<Utc>>,
}

fn known_refunds(
    conn: &mut PgConnection,
    pay_method: PayMethod,
    numbers: &BTreeSet<String>,
    (start, end): DayRange,
) -> QueryResult<Vec<KnownEntry>> {
    let of_method =
        refunds::table.inner_join(payments::table).filter(payments::pay_method.eq(pay_method.code())).select((
            refunds::number,
            payments::trade_no,
            refunds::amount,
            refunds::status,
            sql::<Timestamptz>("coalesce(refunds.sent_at, refunds.created_at)"),
            refunds::done_at,
        ));
    let listed: Vec<RefundRow> = of_method.clone().filter(refunds::number.eq_any(numbers)).load(conn)?;
    let of_day: Vec<RefundRow> = of_method
        .filter(refunds::status.eq(RefundStatus::Done.code()))
        .filter(refunds::done_at.ge(start - CLOCK_GRACE).and(refunds::done_at.lt(end - CLOCK_GRACE)))
        .load(conn)?;
    let mut known = BTreeMap::new();
    for row in listed.into_iter().chain(of_day) {
        let done_at = row.done_at.filter(|_| row.status == RefundStatus::Done);
        let entry = KnownEntry {
            number: row.number.clone(),
            trade_no: row.trade_no,
            amount: row.amount,
            status: row.status.code(),
            carried_out: done_at.map(|at| (row.from - CLOCK_GRACE, at + CLOCK_GRACE)),
        };
        known.insert(row.number, entry);
    }
    Ok(known.into_values().collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = gateway_bills)]
struct BillRow {
    pay_method: PayMethod,
    day: NaiveDate,
    compared_at: Option<DateTime<Utc>>,
    payments: i32,
    paid: Money,
    refunds: i32,
    refunded: Money,
    fees: Decimal,
    failed_checks: Option<i32>,
    findings: serde_json::Value,
    failure: Option<String>,
    next_attempt_at: Option<DateTime<Utc>>,
}

/// Loads the gateways' bills of the last days, at most `limit`, the latest day first.
pub fn last_bills(conn: &mut PgConnection, limit: i64) -> QueryResult<Vec<RecordedBill>> {
    let rows: Vec<BillRow> = gateway_bills::table
        .order((gateway_bills::day.desc(), gateway_bills::pay_method))
        .limit(limit)
        .select(BillRow::as_select())
        .load(conn)?;
    let mut bills = Vec::with_capacity(rows.len());
    for row in rows {
        bills.push(RecordedBill {
            pay_method: row.pay_method,
            day: row.day,
            compared_at: row.compared_at,
            totals: BillTotals {
                payments: row.payments,
                paid: row.paid,
                refunds: row.refunds,
                refunded: row.refunded,
                fees: row.fees,
            },
            failed_checks: row.failed_checks,
            // Another version may have stored another form; the number of failed checks is still right.
            checks: serde_json::from_value(row.findings).unwrap_or_default(),
            failure: row.failure,
            next_attempt_at: row.next_attempt_at,
        });
    }
    Ok(bills)
}
