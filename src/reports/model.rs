//! The types of a month's report, whether computed now or stored when the month was closed.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};
use diesel::{Queryable, Selectable};
use rust_decimal::Decimal;
use std::{fmt, str::FromStr};

use crate::{
    kernel::codes,
    platform::{clock, db::sql_enum},
    schema::{month_closing_lines, month_closings},
};

/// A month of a year, such as November 2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

impl Month {
    /// Returns the month that contains this day.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Returns the month that contains the time `at` in the time zone `zone`.
    pub fn at(at: DateTime<Utc>, zone: FixedOffset) -> Self {
        Self::of(at.with_timezone(&zone).date_naive())
    }

    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    pub fn next(self) -> Self {
        Self(self.0.checked_add_months(chrono::Months::new(1)).unwrap_or(self.0))
    }

    pub fn previous(self) -> Self {
        Self(self.0.checked_sub_months(chrono::Months::new(1)).unwrap_or(self.0))
    }

    /// Returns the beginning of the month and the beginning of the next month, in `zone`. `None` for a year before 1970
    /// or after 9000.
    pub fn range(self, zone: FixedOffset) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let (begins, _) = clock::day_range(self.0, zone)?;
        let (ends, _) = clock::day_range(self.next().0, zone)?;
        Some((begins, ends))
    }
}

/// Formats the month as `2026-11`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

/// The text is not a month such as `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseMonthError;

impl FromStr for Month {
    type Err = ParseMonthError;

    fn from_str(typed: &str) -> Result<Self, ParseMonthError> {
        let is_plain = typed.len() == 7 && typed.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let day = is_plain.then(|| format!("{typed}-01").parse::<NaiveDate>().ok()).flatten();
        let day = day.filter(|day| (1970..=9000).contains(&day.year()));
        day.map(Self).ok_or(ParseMonthError)
    }
}

codes! {
    /// A table of the report, named after what its rows stand for.
    pub enum ReportPart {
        Product = "product",
        Category = "category",
        PayMethod = "pay_method",
        TaxRate = "tax_rate",
    }
}

sql_enum!(ReportPart);

/// The key of the row with the freight.
pub const FREIGHT: &str = "freight";
/// The key of the row with amounts that belong to no other row.
pub const OTHER: &str = "other";

/// A row of a table of the report.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = month_closing_lines)]
pub struct ReportLine {
    pub part: ReportPart,
    /// The key of the row: the id of a product or category, the code of a pay method, a rate in percent, [`FREIGHT`] or
    /// [`OTHER`].
    pub key: String,
    pub name_en: String,
    pub name_zh: String,
    pub units: i64,
    pub sales: Decimal,
    pub refunded_units: i64,
    pub refunds: Decimal,
    /// In the table of tax rates: the tax in sales less refunds, in yuan. Otherwise 0.
    pub tax: Decimal,
    /// In the table of pay methods: the fees of the gateway in yuan. Otherwise 0.
    pub fees: Decimal,
}

impl ReportLine {
    pub fn left(&self) -> Decimal {
        self.sales - self.refunds
    }
}

/// The figures of a month. Amounts are in yuan, with tax unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = month_closings)]
pub struct MonthTotals {
    /// The number of orders that were paid in the month.
    pub orders: i32,
    /// The sum of the payments of these orders, with freight.
    pub sales: Decimal,
    pub freight: Decimal,
    pub refund_count: i32,
    /// Refunds of payments for orders, without those of surplus payments.
    pub refunds: Decimal,
    pub refunded_freight: Decimal,
    /// The tax in sales less refunds.
    pub tax: Decimal,
    pub fees: Decimal,
    /// Payments that paid for no order, for example because the order was paid already or canceled.
    pub surplus: Decimal,
    pub surplus_refunds: Decimal,
    pub collected_online: Decimal,
    pub collected_cash: Decimal,
    /// The number of cash-on-delivery orders that were sent but not paid at the end of the month; `outstanding` is the
    /// amount due for them.
    pub outstanding_orders: i32,
    pub outstanding: Decimal,
    /// The number of units in stock at the end of the month.
    pub stock_units: i64,
    /// The cost of the units in stock at the end of the month, without units of SKUs whose cost is not known.
    pub stock_at_cost: Decimal,
    pub skus_without_cost: i32,
    pub units_without_cost: i64,
}

impl MonthTotals {
    /// Returns sales less refunds and less the tax in them.
    pub fn net(&self) -> Decimal {
        self.sales - self.refunds - self.tax
    }

    /// Returns the sum of all refunds, those of surplus payments included.
    pub fn paid_back(&self) -> Decimal {
        self.refunds + self.surplus_refunds
    }

    /// Returns by how much the shop's money has grown: payments online and in cash, less refunds, less fees.
    pub fn balance(&self) -> Decimal {
        self.collected_online + self.collected_cash - self.paid_back() - self.fees
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonthReport {
    pub totals: MonthTotals,
    pub lines: Vec<ReportLine>,
}

impl MonthReport {
    pub fn part(&self, part: ReportPart) -> Vec<&ReportLine> {
        self.lines.iter().filter(|line| line.part == part).collect()
    }
}

/// A closed month, with the report that was stored when it was closed.
#[derive(Clone, Debug)]
pub struct Closing {
    pub month: Month,
    pub closed_at: DateTime<Utc>,
    /// The username of the admin who closed the month.
    pub staff: String,
    pub report: MonthReport,
}

/// A month in the list of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedMonth {
    pub month: Month,
    pub closed_at: Option<DateTime<Utc>>,
    /// The sales less refunds of a closed month; `None` if the month is not closed.
    pub left: Option<Decimal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_four_digits_and_two() {
        assert_eq!("2026-11".parse::<Month>().map(|month| month.to_string()), Ok("2026-11".to_owned()));
        for typed in ["2026-13", "2026-1", "2026-11-01", "1969-12", "+026-11", "", "２０２６-11"] {
            assert_eq!(typed.parse::<Month>(), Err(ParseMonthError), "{typed}");
        }
    }

    #[test]
    fn a_month_ends_where_the_next_begins_in_the_zone_of_the_shop() {
        let zone = FixedOffset::east_opt(8 * 3600).unwrap();
        let month: Month = "2026-12".parse().unwrap();
        let (begins, ends) = month.range(zone).unwrap();
        assert_eq!(begins.to_rfc3339(), "2026-11-30T16:00:00+00:00");
        assert_eq!(Some(ends), month.next().range(zone).map(|(begins, _)| begins));
        assert_eq!(Month::at(begins, zone), month);
        assert_eq!(month.next().to_string(), "2027-01");
        assert_eq!(month.next().previous(), month);
    }
}
