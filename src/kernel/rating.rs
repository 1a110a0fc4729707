//! Stars of reviews.

use std::str::FromStr;

/// How good something is: one to five stars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stars(i32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseStarsError;

impl Stars {
    pub const MAX: i32 = 5;

    /// Returns `None` unless `count` is from 1 to 5.
    pub fn new(count: i32) -> Option<Self> {
        (1..=Self::MAX).contains(&count).then_some(Self(count))
    }

    pub fn get(self) -> i32 {
        self.0
    }

    /// All values, the best first.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=Self::MAX).rev().map(Self)
    }

    /// Returns five characters: a full star for each star, empty ones for the rest.
    pub fn drawn(self) -> String {
        (1..=Self::MAX).map(|place| if place <= self.0 { '★' } else { '☆' }).collect()
    }
}

impl FromStr for Stars {
    type Err = ParseStarsError;

    fn from_str(typed: &str) -> Result<Self, ParseStarsError> {
        typed.parse().ok().and_then(Self::new).ok_or(ParseStarsError)
    }
}

/// The reviews of a product in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rating {
    pub count: i64,
    /// The sum of the stars of all reviews.
    pub star_sum: i64,
}

impl Rating {
    pub fn is_empty(self) -> bool {
        self.count <= 0
    }

    /// Returns the average number of stars with one decimal, such as "4.6"; "0.0" without reviews.
    pub fn average(self) -> String {
        let count = self.count.max(1);
        let tenths = (self.star_sum * 20 + count) / (count * 2);
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_one_to_five_stars() {
        let read = |typed: &str| typed.parse::<Stars>().map(Stars::get);
        assert_eq!([read("1"), read("5")], [Ok(1), Ok(5)]);
        for typed in ["", "0", "6", "-1", "4.5", "five", "99999999999"] {
            assert_eq!(read(typed), Err(ParseStarsError), "{typed}");
        }
        assert_eq!(Stars(3).drawn(), "★★★☆☆");
        assert_eq!(Stars::all().map(Stars::get).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
    }

    #[test]
    fn an_average_is_rounded_to_tenths() {
        let average = |count, star_sum| Rating { count, star_sum }.average();
        assert_eq!([average(3, 14), average(3, 13), average(1, 5)], ["4.7", "4.3", "5.0"]);
        assert_eq!([average(20, 93), average(0, 0)], ["4.7", "0.0"]);
        assert_eq!(average(100_000, 499_999), "5.0");
    }
}
