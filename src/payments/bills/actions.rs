//! Stores which bills of gateways have to be compared with the shop's payments, and the results.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult, dsl::min, prelude::*, result::Error};

use super::model::{BillReconciliation, ClaimedBill};
use crate::{
    kernel::PayMethod,
    orders::{MAX_RECORDED_MISMATCHES, RecordedCheck},
    platform::db,
    schema::gateway_bills,
};

/// If no process ran on some days, the bills of at most this many past days are compared later.
const MAX_CAUGHT_UP: u64 = 30;
/// How long a gateway's bill is claimed by one process: longer than downloading and comparing it takes. After this time
/// another process may claim the bill.
const CLAIM_TIMEOUT: TimeDelta = TimeDelta::minutes(15);

/// Schedules the comparison of the bills of all days up to `last` with the shop's payments, from the day of the first
/// stored bill on, but at most [`MAX_CAUGHT_UP`] days back. If no bill is stored, schedules only that of `last`.
/// Returns how many bills were added.
pub fn want_bills(
    conn: &mut PgConnection,
    pay_method: PayMethod,
    last: NaiveDate,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let of_method = gateway_bills::table.filter(gateway_bills::pay_method.eq(pay_method.code()));
    let known: Option<NaiveDate> = of_method.select(min(gateway_bills::day)).first(conn)?;
    let caught_up = last.checked_sub_days(Days::new(MAX_CAUGHT_UP)).unwrap_or(last);
    let mut rows = Vec::new();
    for day in known.unwrap_or(last).max(caught_up).iter_days().take_while(|day| *day <= last) {
        rows.push((
            gateway_bills::pay_method.eq(pay_method.code()),
            gateway_bills::day.eq(day),
            gateway_bills::next_attempt_at.eq(now),
        ));
    }
    diesel::insert_into(gateway_bills::table).values(rows).on_conflict_do_nothing().execute(conn)
}

/// Makes the bill of the day after `last` the first one that is compared with the shop's payments.
pub fn skip_bills(conn: &mut PgConnection, pay_method: PayMethod, last: NaiveDate) -> QueryResult<usize> {
    let row = (gateway_bills::pay_method.eq(pay_method.code()), gateway_bills::day.eq(last));
    diesel::insert_into(gateway_bills::table).values(row).on_conflict_do_nothing().execute(conn)
}

/// Claims the oldest bill whose comparison is due at `now`; `None` if none is due.
pub fn claim_bill(
    conn: &mut PgConnection,
    pay_method: PayMethod,
    now: DateTime<Utc>,
) -> QueryResult<Option<ClaimedBill>> {
    db::transaction(conn, |conn| {
        let due: Option<NaiveDate> = gateway_bills::table
            .filter(gateway_bills::pay_method.eq(pay_method.code()).and(gateway_bills::next_attempt_at.le(now)))
            .order(gateway_bills::day)
            .select(gateway_bills::day)
            .for_no_key_update()
            .skip_locked()
            .first(conn)
            .optional()?;
        let Some(day) = due else { return Ok(None) };
        diesel::update(gateway_bills::table.find((pay_method.code(), day)))
            .set(gateway_bills::next_attempt_at.eq(now + CLAIM_TIMEOUT))
            .execute(conn)?;
        Ok(Some(ClaimedBill { pay_method, day }))
    })
}

/// Stores the result of comparing a gateway's bill, in place of an earlier result. If the bill was compared before it
/// was due, the job compares it again at `next`.
pub fn record_bill(
    conn: &mut PgConnection,
    bill: ClaimedBill,
    found: &BillReconciliation,
    next: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let mut checks = Vec::with_capacity(found.results.len());
    let max_mismatches = usize::try_from(MAX_RECORDED_MISMATCHES).unwrap_or_default();
    for result in &found.results {
        checks.push(RecordedCheck {
            name: result.check.name().to_owned(),
            count: i64::try_from(result.mismatches.len()).unwrap_or(i64::MAX),
            mismatches: result.mismatches.iter().take(max_mismatches).cloned().collect(),
        });
    }
    let failed_checks = checks.iter().filter(|check| check.count > 0).count();
    let findings = serde_json::to_value(&checks).map_err(|error| Error::SerializationError(error.into()))?;
    let row = (
        gateway_bills::next_attempt_at.eq(next),
        gateway_bills::compared_at.eq(now),
        gateway_bills::milliseconds.eq(i64::try_from(found.took.as_millis()).unwrap_or(i64::MAX)),
        gateway_bills::payments.eq(found.totals.payments),
        gateway_bills::paid.eq(found.totals.paid),
        gateway_bills::refunds.eq(found.totals.refunds),
        gateway_bills::refunded.eq(found.totals.refunded),
        gateway_bills::fees.eq(found.totals.fees),
        gateway_bills::failed_checks.eq(i32::try_from(failed_checks).unwrap_or(i32::MAX)),
        gateway_bills::findings.eq(findings),
        gateway_bills::failure.eq(None::<String>),
    );
    let key = (gateway_bills::pay_method.eq(bill.pay_method.code()), gateway_bills::day.eq(bill.day));
    diesel::insert_into(gateway_bills::table)
        .values((key, row.clone()))
        .on_conflict((gateway_bills::pay_method, gateway_bills::day))
        .do_update()
        .set(row)
        .execute(conn)
}

/// Records that a gateway's bill could not be compared. `failure` says why; `None` if the gateway may just not have the
/// bill yet. The job tries again at `next`; `None` if it does not try again.
pub fn record_bill_failure(
    conn: &mut PgConnection,
    bill: ClaimedBill,
    failure: Option<&str>,
    next: Option<DateTime<Utc>>,
) -> QueryResult<usize> {
    let failure = failure.map(|failure| failure.chars().take(1000).collect::<String>());
    diesel::update(gateway_bills::table.find((bill.pay_method.code(), bill.day)))
        .set((gateway_bills::failure.eq(failure), gateway_bills::next_attempt_at.eq(next)))
        .execute(conn)
}
