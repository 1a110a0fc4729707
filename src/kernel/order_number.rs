//! Order numbers, by which people refer to an order.

use std::{fmt, str::FromStr};

use super::{UserId, text};

/// An order number: the second in which the order was placed (`YYYYMMDDHHMMSS`, in the shop's time zone), the user id
/// in nine digits (modulo 10^9), and a random suffix of six characters: readable, sortable, and hard to guess. A unique
/// index guarantees uniqueness.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNumber(String);

impl OrderNumber {
    /// The 31 characters from which the suffix is chosen, without those that are easily confused (0/O, 1/I/L). The last
    /// one repeats the first and is never chosen.
    const SUFFIX: &'static [u8; 32] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ2";

    /// Composes an order number. `second` is the time of the order in the shop's time zone as `YYYYMMDDHHMMSS`; each
    /// byte of `random` chooses a character of the suffix.
    pub fn new(second: &str, user: UserId, random: [u8; 6]) -> Self {
        let suffix: String = random
            .iter()
            .filter_map(|byte| Self::SUFFIX.get(usize::from(byte % 31)))
            .map(|&letter| char::from(letter))
            .collect();
        Self(format!("{second}{:09}{suffix}", user.0 % 1_000_000_000))
    }

    /// The number of characters of the random suffix, which suffices to tell orders apart when people talk about them.
    pub const SUFFIX_LEN: usize = 6;

    /// Returns the random suffix: the last six characters.
    pub fn suffix(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(Self::SUFFIX_LEN)..).unwrap_or_default()
    }

    /// Returns the number as stored and as used in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Splits the number into everything before the random suffix, and the suffix.
    pub fn split(&self) -> (&str, &str) {
        self.0.split_at_checked(self.0.len().saturating_sub(6)).unwrap_or(("", &self.0))
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text does not look like an order number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseOrderNumberError;

impl FromStr for OrderNumber {
    type Err = ParseOrderNumberError;

    fn from_str(s: &str) -> Result<Self, ParseOrderNumberError> {
        let s = text::fold(s);
        let s = s.trim();
        let shaped = s.len() == 29
            && s.bytes().take(23).all(|b| b.is_ascii_digit())
            && s.bytes().skip(23).all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        shaped.then(|| Self(s.to_owned())).ok_or(ParseOrderNumberError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_says_when_and_who_and_can_be_read_back() {
        let number = OrderNumber::new("20261121093000", UserId(42), [0, 1, 2, 30, 31, 255]);
        assert_eq!(number.as_str(), "20261121093000000000042234Z29");
        assert_eq!(number.suffix(), "234Z29");
        assert_eq!(number.split(), ("20261121093000000000042", "234Z29"));
        assert_eq!(number.as_str().parse(), Ok(number));
        for typed in ["", "42", "20261121093000000000042234Z2", "20261121093000000000042' or '1"] {
            assert_eq!(typed.parse::<OrderNumber>(), Err(ParseOrderNumberError), "{typed}");
        }
    }
}
