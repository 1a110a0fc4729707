//! Amounts of money in fen.

use std::fmt;
use std::ops::{Add, Neg, Sub};

/// An amount in fen (1/100 yuan); may be negative. Printed in yuan with two decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i64);

/// The smallest amount of a payment; `MAX_AMOUNT` is the largest.
pub const MIN_AMOUNT: Amount = Amount(1);
pub const MAX_AMOUNT: Amount = Amount(10_000_000_000);

/// The gateway's fee, in thousandths of the payment.
const FEE_PER_MILLE: i64 = 6;

impl Amount {
    pub const ZERO: Self = Self(0);

    /// Parses an amount in yuan: digits, at most two decimals, no sign, at most `MAX_AMOUNT`. `None` for another text.
    pub fn parse(text: &str) -> Option<Self> {
        let (yuan, decimals) = text.split_once('.').unwrap_or((text, "00"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(yuan) || !all_digits(decimals) || decimals.len() > 2 || yuan.len() > 10 {
            return None;
        }
        let fen: i64 = format!("{decimals:0<2}").parse().ok()?;
        let amount = Self(yuan.parse::<i64>().ok()? * 100 + fen);
        (amount <= MAX_AMOUNT).then_some(amount)
    }

    /// Returns the gateway's fee for a payment of this amount, rounded to the fen.
    pub fn fee(self) -> Self {
        Self((self.0 * FEE_PER_MILLE + 500) / 1000)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Amount {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::iter::Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_digits_with_at_most_two_decimals() {
        for (text, printed) in [("0.01", "0.01"), ("8", "8.00"), ("8.5", "8.50"), ("100000000.00", "100000000.00")] {
            assert_eq!(Amount::parse(text).unwrap().to_string(), printed);
        }
        for text in ["", ".", "1.", ".5", "1.234", "-1.00", "+1", "1e3", "100000000.01", "99999999999", "1,00", "１"] {
            assert_eq!(Amount::parse(text), None, "{text}");
        }
        assert_eq!((-Amount(1250)).to_string(), "-12.50");
    }

    #[test]
    fn the_fee_is_six_thousandths() {
        assert_eq!(Amount(10_000).fee(), Amount(60));
        assert_eq!(Amount(83).fee(), Amount(0));
        assert_eq!(Amount(84).fee(), Amount(1));
    }
}
