//! Formats and parses times as the gateway writes them: Beijing time, eight hours ahead of UTC all year.

use chrono::{NaiveDateTime, TimeDelta, Utc};

/// A time in Beijing.
pub type BeijingTime = NaiveDateTime;

pub fn now() -> BeijingTime {
    Utc::now().naive_utc() + TimeDelta::hours(8)
}

/// Formats a time as `yyyy-MM-dd HH:mm:ss`.
pub fn with_seconds(time: BeijingTime) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Formats a time as `yyyy-MM-dd HH:mm:ss.SSS`, the form of refunds' times.
pub fn with_milliseconds(time: BeijingTime) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// Parses `yyyy-MM-dd HH:mm:ss`, every part with all its digits.
pub fn parse_with_seconds(text: &str) -> Option<BeijingTime> {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    (with_seconds(time) == text).then_some(time)
}

/// Parses `yyyy-MM-dd HH:mm`, every part with all its digits.
pub fn parse_with_minutes(text: &str) -> Option<BeijingTime> {
    parse_with_seconds(&format!("{text}:00"))
}

/// Parses a duration such as `90m`, `2h` or `1d`; `1c` is the time from `now` to the end of the day.
pub fn parse_timeout(text: &str, now: BeijingTime) -> Option<TimeDelta> {
    if text == "1c" {
        let midnight = (now.date() + TimeDelta::days(1)).and_time(chrono::NaiveTime::MIN);
        return Some(midnight - now);
    }
    let unit = text.chars().last()?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let minutes = match unit {
        'm' => count,
        'h' => count.checked_mul(60)?,
        'd' => count.checked_mul(24 * 60)?,
        _ => return None,
    };
    (1..=15 * 24 * 60).contains(&minutes).then(|| TimeDelta::minutes(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_all_their_digits() {
        let text = "2026-11-28 07:05:09";
        assert_eq!(with_seconds(parse_with_seconds(text).unwrap()), text);
        for text in ["2026-11-28 7:05:09", "2026-11-28T07:05:09", "2026-02-30 07:05:09", "2026-11-28 07:05", " "] {
            assert_eq!(parse_with_seconds(text), None, "{text}");
        }
        assert_eq!(parse_with_minutes("2026-11-28 07:05"), parse_with_seconds("2026-11-28 07:05:00"));
    }

    #[test]
    fn timeouts_are_at_most_fifteen_days() {
        let now = parse_with_seconds("2026-11-28 23:00:00").unwrap();
        assert_eq!(parse_timeout("90m", now), Some(TimeDelta::minutes(90)));
        assert_eq!(parse_timeout("1c", now), Some(TimeDelta::hours(1)));
        for text in ["", "m", "0m", "16d", "1.5h", "-1m", "5s", "9时"] {
            assert_eq!(parse_timeout(text, now), None, "{text}");
        }
    }
}
