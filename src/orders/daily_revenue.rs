//! The number of orders and their revenue, by day or within any range of times.
//!
//! An order counts from the time it is placed, paid or not, with its whole amount. Once it is canceled or refunded it
//! no longer counts, not even on the day it was placed.
//!
//! `order_days` stores for each past day the orders placed on it, except those that were canceled or refunded within
//! two hours, so that a stored day never changes. Orders that were canceled or refunded later are few; they are
//! subtracted when a day is loaded. So a late cancellation has nothing to correct, and no order waits for the lock on a
//! row of its day.

use chrono::{DateTime, Duration, FixedOffset, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Numeric, Timestamptz},
};
use rust_decimal::Decimal;
use std::collections::HashMap;

use crate::{
    kernel::Money,
    platform::{clock, db::statement},
    schema::order_days,
};

/// The number of orders in some period, and the sum of their amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revenue {
    /// The number of placed orders, without those that were canceled or refunded.
    pub orders: i64,
    /// The sum of the total amounts (goods and freight, less discount) of the orders that `orders` counts.
    pub amount: Money,
}

impl Revenue {
    /// Returns the average amount of an order, rounded to the fen; `None` if there are no orders.
    pub fn average(self) -> Option<Money> {
        let average = self.amount.amount().checked_div(Decimal::from(self.orders))?;
        Money::new(average.round_dp(2))
    }

    /// Subtracts the orders that were canceled or refunded from all placed ones; both are given as (number, sum of
    /// amounts).
    fn of((placed, amount): OrderSums, (void, less): OrderSums) -> Self {
        Self { orders: (placed - void).max(0), amount: Money::new(amount - less).unwrap_or_default() }
    }
}

impl std::iter::Sum for Revenue {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self { orders: sum.orders + one.orders, amount: sum.amount + one.amount })
    }
}

/// A range of times: (start, which is included; end, which is excluded).
pub type TimeRange = (DateTime<Utc>, DateTime<Utc>);

/// (number of orders, sum of their total amounts).
type OrderSums = (i64, Decimal);

/// Returns the revenue in each range, in the same order. Computes it from the orders, not from the stored days.
pub fn revenue_in(conn: &mut PgConnection, ranges: &[TimeRange]) -> QueryResult<Vec<Revenue>> {
    let (from, to): (Vec<_>, Vec<_>) = ranges.iter().copied().unzip();
    let placed = PlacedInRanges { from: from.clone(), to: to.clone() }.load(conn)?;
    let void = VoidInRanges { from, to }.load(conn)?;
    Ok(placed.into_iter().zip(void).map(|(placed, void)| Revenue::of(placed, void)).collect())
}

/// Returns the revenue of each day, given by its start, in the same order. A day always lasts 24 hours, because the
/// shop's time zone has no summer time.
pub fn revenue_by_day(conn: &mut PgConnection, days: &[DateTime<Utc>]) -> QueryResult<Vec<Revenue>> {
    let recorded = recorded_days(conn, days)?;
    let missing: Vec<_> = days.iter().copied().filter(|day| !recorded.contains_key(day)).collect();
    let ranges: Vec<TimeRange> = missing.iter().map(|day| (*day, *day + one_day())).collect();
    let mut all: HashMap<_, _> = missing.into_iter().zip(revenue_in(conn, &ranges)?).collect();
    let (over, sums): (Vec<_>, Vec<_>) = recorded.into_iter().unzip();
    let late: Vec<OrderSums> = LateVoidInRanges { to: ends(&over), from: over.clone() }.load(conn)?;
    all.extend(over.into_iter().zip(sums.into_iter().zip(late).map(|(placed, late)| Revenue::of(placed, late))));
    Ok(days.iter().map(|day| all.get(day).copied().unwrap_or_default()).collect())
}

/// Returns the starts of the last `count` days, oldest first; the last of them contains `now`.
pub fn last_days(now: DateTime<Utc>, zone: FixedOffset, count: i32) -> Vec<DateTime<Utc>> {
    let today = clock::beginning_of_day(now, zone);
    (0..count).rev().map(|ago| today - Duration::days(ago.into())).collect()
}

/// For how many past days the revenue is stored in `order_days`.
const RECORDED_DAYS: i32 = 31;

/// Returns how long after its end a day's revenue is stored: the two hours in which a cancellation still changes it,
/// and one more hour for open transactions and differences between clocks.
fn recording_delay() -> Duration {
    Duration::hours(2 + 1)
}

/// Stores the revenue of each of the last [`RECORDED_DAYS`] days that has ended and is not stored yet; returns how
/// many. Deletes stored days that have not ended, because a process whose clock was ahead has written them.
pub fn record_days(conn: &mut PgConnection, now: DateTime<Utc>, zone: FixedOffset) -> QueryResult<usize> {
    diesel::delete(order_days::table.filter(order_days::begins.gt(last_recordable(now)))).execute(conn)?;
    let over = recordable_days(now, zone);
    let recorded = recorded_days(conn, &over)?;
    let missing: Vec<_> = over.into_iter().filter(|day| !recorded.contains_key(day)).collect();
    if missing.is_empty() {
        return Ok(0);
    }
    count_days(conn, missing).map(|days| days.len())
}

/// Computes the revenue of one stored day again: that of the day that was computed longest ago. Returns true if the
/// revenue has changed, which means that orders were placed with a wrong time.
pub fn recount_day(conn: &mut PgConnection, now: DateTime<Utc>, zone: FixedOffset) -> QueryResult<bool> {
    let recorded: Option<CountedDay> = order_days::table
        .filter(order_days::begins.eq_any(recordable_days(now, zone)))
        .order((order_days::counted_at.gt(now).desc(), order_days::counted_at))
        .select((order_days::begins, order_days::orders, order_days::amount))
        .first(conn)
        .optional()?;
    let Some(recorded) = recorded else { return Ok(false) };
    Ok(count_days(conn, vec![recorded.0])? != [recorded])
}

/// (start of a stored day, number of its orders, sum of their amounts).
type CountedDay = (DateTime<Utc>, i64, Decimal);

fn count_days(conn: &mut PgConnection, days: Vec<DateTime<Utc>>) -> QueryResult<Vec<CountedDay>> {
    CountDays { to: ends(&days), from: days }.load(conn)
}

/// Returns the starts of those of the last [`RECORDED_DAYS`] days whose revenue can be stored at `now`.
fn recordable_days(now: DateTime<Utc>, zone: FixedOffset) -> Vec<DateTime<Utc>> {
    let days = last_days(now, zone, RECORDED_DAYS);
    days.into_iter().filter(|day| *day <= last_recordable(now)).collect()
}

/// Returns the latest time at which a day may start if its revenue can be stored at `now`.
fn last_recordable(now: DateTime<Utc>) -> DateTime<Utc> {
    now - recording_delay() - one_day()
}

/// Deletes all stored days; a job computes them again. Call it after inserting orders of past days.
pub fn delete_recorded_days(conn: &mut PgConnection) -> QueryResult<usize> {
    diesel::delete(order_days::table).execute(conn)
}

fn recorded_days(conn: &mut PgConnection, days: &[DateTime<Utc>]) -> QueryResult<HashMap<DateTime<Utc>, OrderSums>> {
    let rows: Vec<CountedDay> = order_days::table
        .filter(order_days::begins.eq_any(days))
        .select((order_days::begins, order_days::orders, order_days::amount))
        .load(conn)?;
    Ok(rows.into_iter().map(|(day, orders, amount)| (day, (orders, amount))).collect())
}

fn ends(days: &[DateTime<Utc>]) -> Vec<DateTime<Utc>> {
    days.iter().map(|day| *day + one_day()).collect()
}

fn one_day() -> Duration {
    Duration::days(1)
}

statement! {
    /// Selects (number, sum of amounts) of the orders placed in each range, by an index-only scan of
    /// `orders_placed_idx`.
    PlacedInRanges(from: Vec<DateTime<Utc>> as Array<Timestamptz>, to: Vec<DateTime<Utc>> as Array<Timestamptz>) -> (BigInt, Numeric) =
    "select s.orders, s.amount
     from unnest((select " from "), (select " to ")) with ordinality as asked (begins, ends, place)
     cross join lateral (
        select count(*) as orders, coalesce(sum(o.total_amount), 0) as amount
        from orders o where o.placed_at >= asked.begins and o.placed_at < asked.ends
     ) s
     order by asked.place"
}

statement! {
    /// Selects (number, sum of amounts) of those orders placed in each range that were canceled or refunded, by an
    /// index-only scan of `orders_status_idx`.
    VoidInRanges(from: Vec<DateTime<Utc>> as Array<Timestamptz>, to: Vec<DateTime<Utc>> as Array<Timestamptz>) -> (BigInt, Numeric) =
    "select s.orders, s.amount
     from unnest((select " from "), (select " to ")) with ordinality as asked (begins, ends, place)
     cross join lateral (
        select count(*) as orders, coalesce(sum(o.total_amount), 0) as amount
        from orders o
        where o.status in ('canceled', 'refunded') and o.placed_at >= asked.begins and o.placed_at < asked.ends
     ) s
     order by asked.place"
}

statement! {
    /// Selects (number, sum of amounts) of those orders placed in each range that were canceled or refunded later than
    /// two hours after they were placed. The condition repeats that of the partial index `orders_late_idx`, so that an
    /// index-only scan is possible.
    LateVoidInRanges(from: Vec<DateTime<Utc>> as Array<Timestamptz>, to: Vec<DateTime<Utc>> as Array<Timestamptz>) -> (BigInt, Numeric) =
    "select s.orders, s.amount
     from unnest((select " from "), (select " to ")) with ordinality as asked (begins, ends, place)
     cross join lateral (
        select count(*) as orders, coalesce(sum(o.total_amount), 0) as amount
        from orders o
        where o.status in ('canceled', 'refunded')
            and coalesce(least(o.canceled_at, o.refunded_at) - o.placed_at > interval '2 hours', true)
            and o.placed_at >= asked.begins and o.placed_at < asked.ends
     ) s
     order by asked.place"
}

statement! {
    /// Stores the revenue of days: all orders placed on the day, without those canceled or refunded within two hours.
    /// Returns (start, number of orders, sum of amounts) of each day. Several processes may store the same day: they
    /// write the same row.
    CountDays(from: Vec<DateTime<Utc>> as Array<Timestamptz>, to: Vec<DateTime<Utc>> as Array<Timestamptz>)
        -> (Timestamptz, BigInt, Numeric) =
    "insert into order_days (begins, orders, amount)
     select asked.begins, s.orders, s.amount
     from unnest((select " from "), (select " to ")) as asked (begins, ends)
     cross join lateral (
        select count(*) as orders, coalesce(sum(o.total_amount), 0) as amount
        from orders o
        where o.placed_at >= asked.begins and o.placed_at < asked.ends
            and not (o.status in ('canceled', 'refunded')
                and coalesce(least(o.canceled_at, o.refunded_at) - o.placed_at <= interval '2 hours', false))
     ) s
     on conflict (begins) do update set orders = excluded.orders, amount = excluded.amount, counted_at = now()
     returning begins, orders, amount"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_midnight_in_the_shop() {
        let zone = FixedOffset::east_opt(8 * 3600).unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let days = last_days(at("2026-11-21T15:59:59Z"), zone, 2);
        assert_eq!(days, [at("2026-11-19T16:00:00Z"), at("2026-11-20T16:00:00Z")]);
        assert_eq!(last_days(at("2026-11-21T16:00:00Z"), zone, 1), [at("2026-11-21T16:00:00Z")]);
    }

    #[test]
    fn an_average_is_of_the_orders_there_are() {
        let of = |orders, amount: &str| Revenue { orders, amount: amount.parse().unwrap() }.average();
        assert_eq!(of(3, "10.00").map(Money::plain), Some("3.33".into()));
        assert_eq!(of(0, "0.00"), None);
    }
}
