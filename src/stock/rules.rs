//! Rules of stock: valid changes, counts, whether a SKU is low, and how fast it sells.

use chrono::{Days, NaiveDate};
use std::str::FromStr;

/// A change of stock by a person, in units: -1,000,000 to 1,000,000, never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta(i32);

impl Delta {
    const MAX: u32 = 1_000_000;

    /// Makes a change of `delta` units; `None` if that is 0 or out of range.
    pub fn new(delta: i32) -> Option<Self> {
        (1..=Self::MAX).contains(&delta.unsigned_abs()).then_some(Self(delta))
    }

    pub fn get(self) -> i32 {
        self.0
    }
}

/// The text is not a valid [`Delta`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseDeltaError;

impl FromStr for Delta {
    type Err = ParseDeltaError;

    /// Parses a number of units with an optional sign; accepts the minus sign U+2212 too, which people copy from pages.
    fn from_str(s: &str) -> Result<Self, ParseDeltaError> {
        s.replacen('\u{2212}', "-", 1).parse().ok().and_then(Self::new).ok_or(ParseDeltaError)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockStatus {
    /// The SKU is not on sale. It is never low, whatever its stock is.
    NotOnSale,
    Out,
    /// The stock is at or below the SKU's low-stock threshold, but not 0.
    Low,
    Enough,
}

impl StockStatus {
    /// Returns the status of a SKU. `on_sale` is whether the SKU is active and its product published.
    pub fn of(stock: i32, low_stock_at: i32, on_sale: bool) -> Self {
        match stock {
            _ if !on_sale => Self::NotOnSale,
            0 => Self::Out,
            stock if stock <= low_stock_at => Self::Low,
            _ => Self::Enough,
        }
    }
}

/// A count of a SKU's stock by a person, with the stock and sales that the page showed to that person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockCount {
    pub counted: i32,
    /// The stock that the page showed.
    pub expected: i32,
    /// The number of units that had ever been sold when the page showed `expected`.
    pub expected_sales: i64,
}

impl StockCount {
    pub const MAX: i32 = 1_000_000;

    /// Returns this count together with the stock that has changed since, for the question whether the count was made
    /// before or after the change; `stock` and `sales` are the current values.
    pub fn stale(self, stock: i32, sales: i64) -> StaleCount {
        let sold = sales.saturating_sub(self.expected_sales);
        let adjusted = i64::from(self.counted) + i64::from(stock) - i64::from(self.expected);
        StaleCount {
            counted: self.counted,
            expected: self.expected,
            now: stock,
            sales,
            sold: (sold > 0 && i64::from(self.expected) - sold == i64::from(stock)).then_some(sold),
            adjusted: i32::try_from(adjusted).ok().filter(|adjusted| (0..=Self::MAX).contains(adjusted)),
        }
    }
}

/// A count of a stock that has changed since the page was shown. Only the person who counted knows whether the count
/// was made before or after the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleCount {
    pub counted: i32,
    pub expected: i32,
    pub now: i32,
    /// The number of units ever sold up to now.
    pub sales: i64,
    /// The units sold since the page was shown, if sales alone explain the current stock; otherwise `None`.
    pub sold: Option<i64>,
    /// The stock to set if the count was made before the change: the count plus the change. `None` if that is out of
    /// range.
    pub adjusted: Option<i32>,
}

/// How fast a SKU sells: units sold in the last 7 and 30 days, including today, without those of canceled orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SalesVelocity {
    pub week: i64,
    pub month: i64,
}

impl SalesVelocity {
    const MONTH: u64 = 30;

    /// Returns the first of the 7 days that end today.
    pub fn first_day_of_week(today: NaiveDate) -> NaiveDate {
        first_of(7, today)
    }

    /// Returns the first day of the 30 days that end today.
    pub fn first_day_of_month(today: NaiveDate) -> NaiveDate {
        first_of(Self::MONTH, today)
    }

    /// Returns for how many whole days the stock lasts at the speed of sales of the last 30 days; `None` if nothing was
    /// sold.
    pub fn days_left(self, stock: i32) -> Option<i64> {
        (i64::from(stock) * 30).checked_div(self.month)
    }
}

fn first_of(days: u64, today: NaiveDate) -> NaiveDate {
    today.checked_sub_days(Days::new(days - 1)).unwrap_or(today)
}

/// The maximum stock of a SKU: far above any real stock, and far below the maximum of `i32`.
pub const MAX_STOCK: i32 = 1_000_000_000;

/// Why a change of stock was refused, with the current stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockRefusal {
    NotEnough(i32),
    TooMany(i32),
    /// The stock did not allow the change, but has changed since and allows it now, so the change may be tried again.
    /// Holds the current stock.
    JustChanged(i32),
}

impl StockRefusal {
    /// Returns why `stock` could not be changed by `delta`.
    pub fn of(stock: i32, delta: i32) -> Self {
        match i64::from(stock) + i64::from(delta) {
            after if after < 0 => Self::NotEnough(stock),
            after if after > i64::from(MAX_STOCK) => Self::TooMany(stock),
            _ => Self::JustChanged(stock),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_a_whole_number_that_is_not_nought() {
        for (typed, delta) in [("5", 5), ("+5", 5), ("-5", -5), ("−5", -5), ("1000000", 1_000_000), ("007", 7)] {
            assert_eq!(typed.parse::<Delta>().map(Delta::get), Ok(delta), "{typed}");
        }
        for typed in ["", "0", "-0", "1.5", "1e3", "1000001", "-1000001", "99999999999999", "--5", "−-5", "5-", "five"]
        {
            assert_eq!(typed.parse::<Delta>(), Err(ParseDeltaError), "{typed}");
        }
        assert_eq!(Delta::new(i32::MIN), None);
    }

    #[test]
    fn what_is_not_on_sale_is_never_low() {
        assert_eq!(StockStatus::of(0, 5, true), StockStatus::Out);
        assert_eq!(StockStatus::of(5, 5, true), StockStatus::Low);
        assert_eq!(StockStatus::of(6, 5, true), StockStatus::Enough);
        assert_eq!(StockStatus::of(0, 5, false), StockStatus::NotOnSale);
    }

    #[test]
    fn stock_lasts_as_long_as_at_the_pace_of_thirty_days() {
        let lasts = |stock, month| SalesVelocity { week: 0, month }.days_left(stock);
        assert_eq!([lasts(10, 30), lasts(10, 300), lasts(9, 100), lasts(0, 1)], [Some(10), Some(1), Some(2), Some(0)]);
        assert_eq!(lasts(10, 0), None);
        let today = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        assert_eq!(SalesVelocity::first_day_of_week(today).to_string(), "2026-11-15");
        assert_eq!(SalesVelocity::first_day_of_month(today).to_string(), "2026-10-23");
    }

    #[test]
    fn a_count_that_was_overtaken_says_what_was_sold_meanwhile() {
        let count = StockCount { counted: 50, expected: 40, expected_sales: 100 };
        let sold = count.stale(37, 103);
        assert_eq!((sold.sold, sold.adjusted), (Some(3), Some(47)));
        let delivered = count.stale(45, 103);
        assert_eq!((delivered.sold, delivered.adjusted), (None, Some(55)), "more happened than sales");
        let none = StockCount { counted: 1, expected: 40, expected_sales: 100 }.stale(30, 110);
        assert_eq!(none.adjusted, None, "fewer than none cannot be");
    }

    #[test]
    fn a_refusal_says_why() {
        assert_eq!(StockRefusal::of(2, -3), StockRefusal::NotEnough(2));
        assert_eq!(StockRefusal::of(MAX_STOCK, 1), StockRefusal::TooMany(MAX_STOCK));
        assert_eq!(StockRefusal::of(3, -3), StockRefusal::JustChanged(3));
    }
}
