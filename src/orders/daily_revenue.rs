//! What orders come to, day by day and in any stretch of time.
//!
//! An order counts from the moment it is placed, paid or not, with all that is to be paid for it. Once it is canceled or
//! refunded it counts no longer, not on the day it was placed either.
//!
//! Of a day that is over is kept what was placed on it, without what stopped counting within two hours: that never changes. What
//! stopped counting later is few, and is asked of the orders each time. So nothing has to be corrected when an order is canceled
//! later, and no order writes a row that others want.

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

/// How many orders count, and what they come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Takings {
    /// Orders.
    pub orders: i64,
    /// Goods and freight, less discount.
    pub revenue: Money,
}

impl Takings {
    /// What an order comes to on average, to the fen; none where there is none.
    pub fn average(self) -> Option<Money> {
        let average = self.revenue.amount().checked_div(Decimal::from(self.orders))?;
        Money::new(average.round_dp(2))
    }

    /// What was placed, without what counts no longer.
    fn of((placed, amount): Sums, (undone, less): Sums) -> Self {
        Self { orders: (placed - undone).max(0), revenue: Money::new(amount - less).unwrap_or_default() }
    }
}

impl std::iter::Sum for Takings {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            orders: sum.orders + one.orders,
            revenue: sum.revenue + one.revenue,
        })
    }
}

/// From the first moment on, and before the second.
pub type Stretch = (DateTime<Utc>, DateTime<Utc>);

/// Orders, and what they come to.
type Sums = (i64, Decimal);

/// The takings of these stretches of time, in the same order, read from the orders themselves. Asked in one snapshot with
/// others, they fit those.
pub fn takings(conn: &mut PgConnection, stretches: &[Stretch]) -> QueryResult<Vec<Takings>> {
    let (from, to): (Vec<_>, Vec<_>) = stretches.iter().copied().unzip();
    let placed = Placed { from: from.clone(), to: to.clone() }.load(conn)?;
    let undone = Undone { from, to }.load(conn)?;
    Ok(placed.into_iter().zip(undone).map(|(placed, undone)| Takings::of(placed, undone)).collect())
}

/// The takings of days, each known by its first moment, in the same order. A day lasts 24 hours: the shop's time zone has no
/// summer time.
pub fn takings_of_days(conn: &mut PgConnection, days: &[DateTime<Utc>]) -> QueryResult<Vec<Takings>> {
    let kept = kept_days(conn, days)?;
    let missing: Vec<_> = days.iter().copied().filter(|day| !kept.contains_key(day)).collect();
    let stretches: Vec<Stretch> = missing.iter().map(|day| (*day, *day + one_day())).collect();
    let mut all: HashMap<_, _> = missing.into_iter().zip(takings(conn, &stretches)?).collect();
    let (over, sums): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
    let late: Vec<Sums> = Late { to: ends(&over), from: over.clone() }.load(conn)?;
    all.extend(over.into_iter().zip(sums.into_iter().zip(late).map(|(kept, late)| Takings::of(kept, late))));
    Ok(days.iter().map(|day| all.get(day).copied().unwrap_or_default()).collect())
}

/// The last `most` days up to the one that `now` is in, each by its first moment, the oldest first.
pub fn last_days(now: DateTime<Utc>, zone: FixedOffset, most: i32) -> Vec<DateTime<Utc>> {
    let today = clock::beginning_of_day(now, zone);
    (0..most).rev().map(|ago| today - Duration::days(ago.into())).collect()
}

/// How many days are kept when they are over.
const DAYS_KEPT: i32 = 31;

/// How long after its end a day is written: the two hours in which its last order may stop counting, and one in which
/// whoever was still writing has been committed and the clocks of all machines of the shop agree.
fn settles() -> Duration {
    Duration::hours(2 + 1)
}

/// Writes down each of the last 31 days that is over and not written yet; says how many those were. To be called often; until
/// then the day is read from its orders.
pub fn keep_days(conn: &mut PgConnection, now: DateTime<Utc>, zone: FixedOffset) -> QueryResult<usize> {
    let days = last_days(now, zone, DAYS_KEPT);
    let over: Vec<_> = days.into_iter().filter(|day| *day + one_day() + settles() <= now).collect();
    let kept = kept_days(conn, &over)?;
    let missing: Vec<_> = over.into_iter().filter(|day| !kept.contains_key(day)).collect();
    if missing.is_empty() {
        return Ok(0);
    }
    KeepDays { to: ends(&missing), from: missing }.execute(conn)
}

/// Forgets all days: somebody has written orders of the past.
pub fn forget_days(conn: &mut PgConnection) -> QueryResult<usize> {
    diesel::delete(order_days::table).execute(conn)
}

fn kept_days(conn: &mut PgConnection, days: &[DateTime<Utc>]) -> QueryResult<HashMap<DateTime<Utc>, Sums>> {
    let rows: Vec<(DateTime<Utc>, i64, Decimal)> = order_days::table
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
    /// What was placed, whatever became of it, from `orders_placed_idx` alone.
    Placed(from: Vec<DateTime<Utc>> as Array<Timestamptz>, to: Vec<DateTime<Utc>> as Array<Timestamptz>) -> (BigInt, Numeric) =
    "select s.orders, s.amount
     from unnest((select " from "), (select " to ")) with ordinality as asked (begins, ends, place)
     cross join lateral (
        select count(*) as orders, coalesce(sum(o.total_amount), 0) as amount
        from orders o where o.placed_at >= asked.begins and o.placed_at < asked.ends
     ) s
     order by asked.place"
}

statement! {
    /// What of it counts no longer, from `orders_status_idx` alone.
    Undone(from: Vec<DateTime<Utc>> as Array<Timestamptz>, to: Vec<DateTime<Utc>> as Array<Timestamptz>) -> (BigInt, Numeric) =
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
    /// What stopped counting later than two hours after it was placed, from `orders_late_idx` alone, whose words these are.
    Late(from: Vec<DateTime<Utc>> as Array<Timestamptz>, to: Vec<DateTime<Utc>> as Array<Timestamptz>) -> (BigInt, Numeric) =
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
    /// What was placed, without what stopped counting within two hours. Whoever does the same elsewhere has written the same.
    KeepDays(from: Vec<DateTime<Utc>> as Array<Timestamptz>, to: Vec<DateTime<Utc>> as Array<Timestamptz>) -> () =
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
     on conflict (begins) do nothing"
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
        let of = |orders, revenue: &str| Takings { orders, revenue: revenue.parse().unwrap() }.average();
        assert_eq!(of(3, "10.00").map(Money::plain), Some("3.33".into()));
        assert_eq!(of(0, "0.00"), None);
    }
}
