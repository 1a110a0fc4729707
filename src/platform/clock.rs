//! What time it is, and how the shop writes it.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};

/// Now. Rules never ask; they are told.
pub fn now() -> DateTime<Utc> {
    Utc::now()
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
