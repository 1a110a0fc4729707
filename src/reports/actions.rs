use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};

use super::model::{Month, MonthReport, ReportPart};
use crate::{
    kernel::UserId,
    schema::{month_closing_lines, month_closings},
};

/// How long after its end a month can be closed at the earliest. By then, all transactions that began in the month have
/// ended.
const CLOSABLE_AFTER: TimeDelta = TimeDelta::hours(1);

/// Returns whether a month is over for long enough at `now` to be closed. Months begin and end in `zone`.
pub fn is_closable(month: Month, now: DateTime<Utc>, zone: FixedOffset) -> bool {
    month.range(zone).is_some_and(|(_, ends)| ends + CLOSABLE_AFTER <= now)
}

/// Closes a month and stores its report. Returns false, with nothing written, if the month is closed already or cannot
/// be closed yet.
pub fn close_month(
    conn: &mut PgConnection,
    (month, report): (Month, &MonthReport),
    staff: UserId,
    zone: FixedOffset,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let Some((begins, ends)) = month.range(zone).filter(|_| is_closable(month, now, zone)) else { return Ok(false) };
    let totals = &report.totals;
    let inserted = diesel::insert_into(month_closings::table)
        .values((
            (
                month_closings::month.eq(month.first_day()),
                month_closings::begins.eq(begins),
                month_closings::ends.eq(ends),
                month_closings::closed_at.eq(now),
                month_closings::staff_id.eq(staff),
            ),
            (
                month_closings::orders.eq(totals.orders),
                month_closings::sales.eq(totals.sales),
                month_closings::freight.eq(totals.freight),
                month_closings::refund_count.eq(totals.refund_count),
                month_closings::refunds.eq(totals.refunds),
                month_closings::refunded_freight.eq(totals.refunded_freight),
                month_closings::tax.eq(totals.tax),
                month_closings::fees.eq(totals.fees),
                month_closings::surplus.eq(totals.surplus),
                month_closings::surplus_refunds.eq(totals.surplus_refunds),
                month_closings::collected_online.eq(totals.collected_online),
                month_closings::collected_cash.eq(totals.collected_cash),
            ),
            (
                month_closings::outstanding_orders.eq(totals.outstanding_orders),
                month_closings::outstanding.eq(totals.outstanding),
                month_closings::stock_units.eq(totals.stock_units),
                month_closings::stock_at_cost.eq(totals.stock_at_cost),
                month_closings::skus_without_cost.eq(totals.skus_without_cost),
                month_closings::units_without_cost.eq(totals.units_without_cost),
            ),
        ))
        // Whoever closes it at the same time waits here, and then finds it closed.
        .on_conflict_do_nothing()
        .execute(conn)?;
    if inserted == 0 {
        return Ok(false);
    }
    insert_lines(conn, month, report)?;
    Ok(true)
}

/// The number of lines that one statement inserts. PostgreSQL allows at most 65,535 parameters in a statement.
const LINES_AT_ONCE: usize = 1_000;

fn insert_lines(conn: &mut PgConnection, month: Month, report: &MonthReport) -> QueryResult<()> {
    for part in ReportPart::ALL {
        let mut rows = Vec::new();
        for (position, line) in (1_i32..).zip(report.part(part)) {
            rows.push((
                month_closing_lines::month.eq(month.first_day()),
                month_closing_lines::part.eq(part.code()),
                month_closing_lines::position.eq(position),
                month_closing_lines::key.eq(&line.key),
                month_closing_lines::name_en.eq(&line.name_en),
                month_closing_lines::name_zh.eq(&line.name_zh),
                month_closing_lines::units.eq(line.units),
                month_closing_lines::sales.eq(line.sales),
                month_closing_lines::refunded_units.eq(line.refunded_units),
                month_closing_lines::refunds.eq(line.refunds),
                month_closing_lines::tax.eq(line.tax),
                month_closing_lines::fees.eq(line.fees),
            ));
        }
        for rows in rows.chunks(LINES_AT_ONCE) {
            diesel::insert_into(month_closing_lines::table).values(rows.to_vec()).execute(conn)?;
        }
    }
    Ok(())
}
