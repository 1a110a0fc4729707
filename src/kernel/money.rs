//! Amounts of money in CNY.

use rust_decimal::Decimal;
use std::{fmt, iter::Sum, ops::Add, str::FromStr};

use super::Quantity;

/// An amount in CNY: not negative, in whole fen (1/100 yuan), less than 10^10 yuan, as `numeric(12,2)` can store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Decimal);

impl Money {
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// The largest amount that the database can hold.
    pub const MAX: Self = Self(Decimal::from_parts(3_567_587_327, 232, 0, false, 2));

    /// Makes an amount of yuan; `None` if it is negative, has more than two decimals, or is larger than [`Money::MAX`].
    pub fn new(amount: Decimal) -> Option<Self> {
        let fits = !amount.is_sign_negative() || amount.is_zero();
        let exact = amount.normalize().scale() <= 2;
        let mut rescaled = amount;
        rescaled.rescale(2);
        (fits && exact && rescaled <= Self::MAX.0).then_some(Self(rescaled))
    }

    /// Parses an amount as people type it, or as pages show it (`¥5,999.00`); spaces around it are ignored.
    pub fn typed(text: &str) -> Result<Self, ParseMoneyError> {
        let folded = super::text::fold(text);
        let text = folded.trim();
        let text = text.strip_prefix(['¥', '￥']).unwrap_or(text).trim_start();
        let whole = text.split('.').next().unwrap_or_default();
        let mut groups = whole.split(',').map(str::len);
        let starts_well = groups.next().is_some_and(|first| (1..=3).contains(&first) || !whole.contains(','));
        if !starts_well || groups.any(|group| group != 3) {
            return Err(ParseMoneyError);
        }
        text.replacen(',', "", whole.matches(',').count()).parse()
    }

    /// Returns the amount in yuan with two decimals, for arithmetic and for the database.
    pub fn amount(self) -> Decimal {
        self.0
    }

    /// Returns the price of `count` units at this unit price.
    pub fn times(self, count: Quantity) -> Self {
        Self(self.0 * Decimal::from(count.get()))
    }

    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Returns how much this amount is less than `goal`; `None` if it is not less.
    pub fn short_of(self, goal: Self) -> Option<Self> {
        (self < goal).then(|| Self(goal.0 - self.0))
    }

    /// Formats the amount for forms and files, without a currency sign: `4999.00`.
    pub fn plain(self) -> String {
        format!("{:.2}", self.0)
    }

    /// Formats the amount for pages in whole yuan: `¥4,999`. The fen are cut off.
    pub fn whole(self) -> String {
        let shown = self.to_string();
        shown.split_once('.').map_or(shown.clone(), |(whole, _)| whole.to_owned())
    }
}

/// Formats the amount for pages: `¥4,999.00`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.plain();
        let (whole, fen) = plain.split_once('.').unwrap_or((&plain, "00"));
        let mut shown = String::with_capacity(20);
        shown.push('¥');
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                shown.push(',');
            }
            shown.push(digit);
        }
        shown.push('.');
        shown.push_str(fen);
        f.write_str(&shown)
    }
}

/// The text is not an amount that [`Money`] can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseMoneyError;

impl FromStr for Money {
    type Err = ParseMoneyError;

    fn from_str(s: &str) -> Result<Self, ParseMoneyError> {
        let plain = s.bytes().all(|b| b.is_ascii_digit() || b == b'.') && s.len() <= 16;
        let amount = plain.then(|| Decimal::from_str(s).ok()).flatten();
        amount.and_then(Self::new).ok_or(ParseMoneyError)
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_with_thousands_and_two_decimals() {
        let shown = |s: &str| s.parse::<Money>().map(|m| m.to_string());
        assert_eq!(shown("0"), Ok("¥0.00".into()));
        assert_eq!(shown("999.5"), Ok("¥999.50".into()));
        assert_eq!(shown("1234567.89"), Ok("¥1,234,567.89".into()));
    }

    #[test]
    fn the_largest_amount_is_what_the_database_holds() {
        assert_eq!(Money::MAX.plain(), "9999999999.99");
        assert_eq!("9999999999.99".parse(), Ok(Money::MAX));
        assert_eq!("10000000000".parse::<Money>(), Err(ParseMoneyError));
    }

    #[test]
    fn what_is_not_money_is_refused() {
        for typed in ["", "-1", "1.005", "1e3", "1,000", "NaN", "٣", "99999999999999999999"] {
            assert_eq!(typed.parse::<Money>(), Err(ParseMoneyError), "{typed}");
        }
    }
}
