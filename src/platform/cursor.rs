//! Keyset pagination: a page of a list is found by the id of the row before or after it, not by an offset.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};

/// Which page of a list to show, newest first: the first page, or the one older or newer than the row with this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor<Id> {
    Newest,
    OlderThan(Id),
    NewerThan(Id),
}

impl<Id> Cursor<Id> {
    /// Removes from `rows` the extra row that the query for `per_page + 1` rows may have found. Returns whether there
    /// are rows newer than the page, and whether there are older ones.
    pub fn split_page<T>(&self, rows: &mut Vec<T>, per_page: usize) -> (bool, bool) {
        let more = rows.len() > per_page;
        match self {
            Self::NewerThan(_) if more => drop(rows.remove(0)),
            _ => rows.truncate(per_page),
        }
        match self {
            Self::Newest => (false, more),
            Self::OlderThan(_) => (true, more),
            Self::NewerThan(_) => (more, true),
        }
    }
}

/// A place in a list that is sorted by a time and then by id: after the row `id`, whose time is `since`. As text it is
/// `{microseconds since 1970, UTC}-{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimePosition<Id> {
    pub since: DateTime<Utc>,
    pub id: Id,
}

impl<Id: fmt::Display> fmt::Display for TimePosition<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.since.timestamp_micros(), self.id)
    }
}

/// Text that is not a [`TimePosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParsePositionError;

impl<Id: FromStr> FromStr for TimePosition<Id> {
    type Err = ParsePositionError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let (micros, id) = typed.split_once('-').ok_or(ParsePositionError)?;
        let micros = micros.parse().map_err(|_| ParsePositionError)?;
        let since = DateTime::from_timestamp_micros(micros).ok_or(ParsePositionError)?;
        Ok(Self { since, id: id.parse().map_err(|_| ParsePositionError)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written() {
        let since = DateTime::from_timestamp_micros(1_764_500_000_000_001).unwrap();
        let position = TimePosition { since, id: 7_i64 };
        assert_eq!(position.to_string(), "1764500000000001-7");
        assert_eq!("1764500000000001-7".parse(), Ok(position));
        for typed in ["", "7", "-7", "1-", "x-1", "1-x", "9223372036854775807-1", "99999999999999999999-1"] {
            assert_eq!(typed.parse::<TimePosition<i64>>(), Err(ParsePositionError), "{typed}");
        }
    }
}
