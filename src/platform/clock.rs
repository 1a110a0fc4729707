//! The current time by PostgreSQL's clock, so that all processes agree and a wrong system clock does no harm; and its
//! formats in the shop's time zone. [`Db::connect`](super::db::Db::connect) sets the clock, and a background job
//! repeats that.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::{
    sync::{PoisonError, RwLock},
    time::Instant,
};

#[derive(Clone, Copy)]
struct ClockReading {
    time: DateTime<Utc>,
    at: Instant,
    /// By how much the system clock was ahead of PostgreSQL's when this was read.
    machine_ahead: TimeDelta,
}

/// If the system clock and PostgreSQL's differ by more than this, that is logged.
pub const MAX_DIFFERENCE: TimeDelta = TimeDelta::seconds(5);

static LAST: RwLock<Option<ClockReading>> = RwLock::new(None);

fn last() -> Option<ClockReading> {
    *LAST.read().unwrap_or_else(PoisonError::into_inner)
}

/// Returns PostgreSQL's current time; until PostgreSQL has been asked for the first time, the system time. Business
/// rules do not call this function: they get the time as a parameter.
pub fn now() -> DateTime<Utc> {
    last().map_or_else(Utc::now, |reading| reading.time + reading.at.elapsed())
}

/// Returns by how much the system clock was ahead of PostgreSQL's when they were last compared; zero before that.
pub fn machine_ahead() -> TimeDelta {
    last().map_or(TimeDelta::zero(), |reading| reading.machine_ahead)
}

/// Sets the clock: `time` is what PostgreSQL answered to a query that was sent at `asked`.
pub(super) fn set(time: DateTime<Utc>, asked: Instant) {
    // Assume that the time was read halfway through the round trip.
    let at = asked + asked.elapsed() / 2;
    let machine_ahead = Utc::now() - (time + at.elapsed());
    *LAST.write().unwrap_or_else(PoisonError::into_inner) = Some(ClockReading { time, at, machine_ahead });
}

pub fn today(zone: FixedOffset) -> NaiveDate {
    now().with_timezone(&zone).date_naive()
}

/// Returns the start of a day in `zone` and the start of the next day; `None` for a year before 1970 or after 9000.
pub fn day_range(day: NaiveDate, zone: FixedOffset) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let day = Some(day).filter(|day| (1970..=9000).contains(&day.year()))?;
    let start = day.and_time(NaiveTime::MIN).and_local_timezone(zone).earliest()?.to_utc();
    Some((start, start + TimeDelta::days(1)))
}

/// Returns the midnight in `zone` at which the day that contains `at` began.
pub fn beginning_of_day(at: DateTime<Utc>, zone: FixedOffset) -> DateTime<Utc> {
    let midnight = at.with_timezone(&zone).with_time(NaiveTime::MIN).earliest();
    midnight.map_or(at, |midnight| midnight.to_utc())
}

/// Formats the day of a time in `zone` as `2026-11-21`.
pub fn day(at: DateTime<Utc>, zone: FixedOffset) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d").to_string()
}

/// Formats a time in `zone` as `2026-11-21 09:30`.
pub fn minute(at: DateTime<Utc>, zone: FixedOffset) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// Formats a time in `zone` as `2026-11-21 09:30:15`.
pub fn second(at: DateTime<Utc>, zone: FixedOffset) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Formats a time in `zone` as `20261121093000`, the beginning of an order number.
pub fn compact_second(at: DateTime<Utc>, zone: FixedOffset) -> String {
    at.with_timezone(&zone).format("%Y%m%d%H%M%S").to_string()
}
