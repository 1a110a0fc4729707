//! Quantities of a SKU.

use std::{fmt, str::FromStr};

/// The quantity of one SKU in a cart or an order: 1 to 999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(u16);

impl Quantity {
    pub const ONE: Self = Self(1);
    pub const MAX: Self = Self(999);

    /// Makes a quantity; `None` if `count` is not from 1 to 999.
    pub fn new(count: i64) -> Option<Self> {
        u16::try_from(count).ok().filter(|n| (1..=Self::MAX.0).contains(n)).map(Self)
    }

    /// Returns the number as stored in an `integer` column.
    pub fn get(self) -> i32 {
        i32::from(self.0)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a whole number from 1 to 999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseQuantityError;

impl FromStr for Quantity {
    type Err = ParseQuantityError;

    fn from_str(s: &str) -> Result<Self, ParseQuantityError> {
        let digits = !s.is_empty() && s.len() <= 9 && s.bytes().all(|b| b.is_ascii_digit());
        let count = digits.then(|| s.parse().ok()).flatten();
        count.and_then(Self::new).ok_or(ParseQuantityError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_a_whole_number_from_1_to_999() {
        assert_eq!("1".parse(), Ok(Quantity::ONE));
        assert_eq!("999".parse(), Ok(Quantity::MAX));
        for typed in ["", "0", "-1", "+1", "1.5", "1000", "99999999999", "x", "１"] {
            assert_eq!(typed.parse::<Quantity>(), Err(ParseQuantityError), "{typed}");
        }
    }
}
