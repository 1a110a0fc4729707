//! What time it is, and how the shop writes it.
//!
//! The time is PostgreSQL's: all processes of a shop agree on it, and a machine whose own clock is wrong places, expires and
//! owes nothing at the wrong moment. [`Db::connect`](super::db::Db::connect) sets it, and a job keeps it right.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::{
    sync::{PoisonError, RwLock},
    time::Instant,
};

/// What time it was at some moment of this process.
#[derive(Clone, Copy)]
struct Reading {
    time: DateTime<Utc>,
    at: Instant,
    /// How far this machine's clock was ahead.
    machine_ahead: TimeDelta,
}

/// A machine's clock that differs by more is worth a word to whoever looks after it.
pub const MAX_DIFFERENCE: TimeDelta = TimeDelta::seconds(5);

static LAST: RwLock<Option<Reading>> = RwLock::new(None);

fn last() -> Option<Reading> {
    *LAST.read().unwrap_or_else(PoisonError::into_inner)
}

/// Now, by PostgreSQL's clock; by the machine's own where PostgreSQL was not asked yet. Rules never ask; they are told.
pub fn now() -> DateTime<Utc> {
    last().map_or_else(Utc::now, |reading| reading.time + reading.at.elapsed())
}

/// How far the machine's clock is ahead of PostgreSQL's; negative where it is behind.
pub fn machine_ahead() -> TimeDelta {
    last().map_or(TimeDelta::zero(), |reading| reading.machine_ahead)
}

/// PostgreSQL said `time`, asked at `asked` and answering just now.
pub(super) fn set(time: DateTime<Utc>, asked: Instant) {
    // Somewhere between the question and the answer; the middle is the best guess.
    let at = asked + asked.elapsed() / 2;
    let machine_ahead = Utc::now() - (time + at.elapsed());
    *LAST.write().unwrap_or_else(PoisonError::into_inner) = Some(Reading { time, at, machine_ahead });
}

/// Which day it is, in the shop's own time zone.
pub fn today(zone: FixedOffset) -> NaiveDate {
    now().with_timezone(&zone).date_naive()
}

/// When the day began that `at` is in, by the shop's own time zone.
pub fn beginning_of_day(at: DateTime<Utc>, zone: FixedOffset) -> DateTime<Utc> {
    let midnight = at.with_timezone(&zone).with_time(NaiveTime::MIN).earliest();
    midnight.map_or(at, |midnight| midnight.to_utc())
}

/// `2026-11-21`, in the shop's own time zone.
pub fn day(at: DateTime<Utc>, zone: FixedOffset) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d").to_string()
}

/// `2026-11-21 09:30`, in the shop's own time zone.
pub fn minute(at: DateTime<Utc>, zone: FixedOffset) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// `2026-11-21 09:30:15`, in the shop's own time zone.
pub fn second(at: DateTime<Utc>, zone: FixedOffset) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `20261121093000`, in the shop's own time zone: what an order number begins with.
pub fn compact_second(at: DateTime<Utc>, zone: FixedOffset) -> String {
    at.with_timezone(&zone).format("%Y%m%d%H%M%S").to_string()
}
