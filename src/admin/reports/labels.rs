//! The names and table rows of a month's report, for its page and its files.

use rust_decimal::Decimal;

use super::amount;
use crate::{
    kernel::{Language, PayMethod, thousands},
    messages::Messages,
    reports::{FREIGHT, Figure, MonthReport, MonthTotals, OTHER, ReportLine, ReportPart},
};

/// A figure of the report: its name, its value, and an explanation such as which event decides the month in which it
/// counts.
pub(super) struct FigureRow {
    pub(super) name: &'static str,
    pub(super) value: FigureValue,
    pub(super) words: &'static str,
}

pub(super) enum FigureValue {
    Amount(Decimal),
    Count(i64),
}

impl FigureValue {
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Amount(amount) => yuan(*amount),
            Self::Count(count) => thousands(count),
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Amount(value) => amount(*value),
            Self::Count(count) => count.to_string(),
        }
    }
}

/// Figures that belong together, with a title.
pub(super) struct FigureGroup {
    pub(super) title: &'static str,
    pub(super) rows: Vec<FigureRow>,
}

/// Formats an amount in yuan for pages: `¥1,234.50`, `−¥3.00`.
pub(super) fn yuan(amount: Decimal) -> String {
    let whole = thousands(&i64::try_from(amount.trunc().abs()).unwrap_or(i64::MAX));
    let plain = format!("{:.2}", amount.abs());
    let fen = plain.split_once('.').map_or("00", |(_, fen)| fen);
    let sign = if amount.is_sign_negative() && !amount.is_zero() { "−" } else { "" };
    format!("{sign}¥{whole}.{fen}")
}

fn money(name: &'static str, value: Decimal, words: &'static str) -> FigureRow {
    FigureRow { name, value: FigureValue::Amount(value), words }
}

fn count(name: &'static str, value: impl Into<i64>, words: &'static str) -> FigureRow {
    FigureRow { name, value: FigureValue::Count(value.into()), words }
}

/// Returns all figures of a month, in groups with titles.
pub(super) fn figures(t: Messages, totals: &MonthTotals) -> Vec<FigureGroup> {
    let sales = vec![
        count(t.report_orders(), totals.orders, t.report_orders_words()),
        money(t.report_sales(), totals.sales, t.report_sales_words()),
        money(t.report_freight(), totals.freight, t.report_freight_words()),
        count(t.report_refund_count(), totals.refund_count, t.report_refunds_words()),
        money(t.report_refunds(), totals.refunds, t.report_refunds_words()),
        money(t.report_refunded_freight(), totals.refunded_freight, t.report_refunded_freight_words()),
        money(t.report_tax(), totals.tax, t.report_tax_words()),
        money(t.report_net(), totals.net(), t.report_net_words()),
    ];
    let cash = vec![
        money(t.report_online(), totals.collected_online, t.report_online_words()),
        money(t.report_cash(), totals.collected_cash, t.report_cash_words()),
        money(t.report_surplus(), totals.surplus, t.report_surplus_words()),
        money(t.report_paid_back(), totals.paid_back(), t.report_paid_back_words()),
        money(t.report_fees(), totals.fees, t.report_fees_words()),
        money(t.report_balance(), totals.balance(), t.report_balance_words()),
    ];
    let end = vec![
        count(t.report_outstanding_orders(), totals.outstanding_orders, t.report_outstanding_words()),
        money(t.report_outstanding(), totals.outstanding, t.report_outstanding_words()),
        count(t.report_stock_units(), totals.stock_units, t.report_stock_units_words()),
        money(t.report_stock_at_cost(), totals.stock_at_cost, t.report_stock_at_cost_words()),
        count(t.report_without_cost(), totals.skus_without_cost, t.report_without_cost_words()),
        count(t.report_units_without_cost(), totals.units_without_cost, t.report_without_cost_words()),
    ];
    vec![
        FigureGroup { title: t.report_sales(), rows: sales },
        FigureGroup { title: t.report_money(), rows: cash },
        FigureGroup { title: t.report_at_end(), rows: end },
    ]
}

pub(super) fn figure_name(t: Messages, figure: Figure) -> &'static str {
    match figure {
        Figure::Sales => t.report_sales(),
        Figure::Refunds => t.report_refunds(),
        Figure::Fees => t.report_fees(),
        Figure::Surplus => t.report_surplus(),
        Figure::SurplusRefunds => t.report_surplus_refunds(),
        Figure::CollectedOnline => t.report_online(),
        Figure::CollectedCash => t.report_cash(),
    }
}

pub(super) fn part_name(t: Messages, part: ReportPart) -> &'static str {
    match part {
        ReportPart::Product => t.report_by_product(),
        ReportPart::Category => t.report_by_category(),
        ReportPart::PayMethod => t.report_by_method(),
        ReportPart::TaxRate => t.report_by_rate(),
    }
}

/// Returns the name of a row of a report table in the language of the page.
pub(super) fn name(t: Messages, line: &ReportLine) -> String {
    match (line.part, line.key.as_str()) {
        (_, FREIGHT) => t.freight().to_owned(),
        (_, OTHER) => t.report_other().to_owned(),
        (ReportPart::TaxRate, rate) => format!("{rate} %"),
        (ReportPart::PayMethod, code) => {
            PayMethod::from_code(code).map_or_else(|| code.to_owned(), |method| method.name(&t).to_owned())
        }
        _ => match t.language() {
            Language::En => line.name_en.clone(),
            Language::Zh => line.name_zh.clone(),
        },
    }
}

/// Returns the rows of the CSV file with the month's figures; the first row has the column names.
pub(super) fn figure_rows(t: Messages, totals: &MonthTotals) -> Vec<Vec<String>> {
    let mut rows = vec![vec![t.report_figure().to_owned(), t.report_value().to_owned(), t.report_meaning().to_owned()]];
    for row in figures(t, totals).into_iter().flat_map(|group| group.rows) {
        rows.push(vec![row.name.to_owned(), row.value.plain(), row.words.to_owned()]);
    }
    rows
}

/// Returns the rows of the CSV file with one table of the report; the first row has the column names.
pub(super) fn table_rows(t: Messages, part: ReportPart, report: &MonthReport) -> Vec<Vec<String>> {
    let head = [
        t.report_key(),
        t.report_name(),
        t.report_units(),
        t.report_sales(),
        t.report_refunded_units(),
        t.report_refunds(),
        t.report_left(),
        t.report_tax(),
        t.report_fees(),
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for line in report.part(part) {
        rows.push(vec![
            line.key.clone(),
            name(t, line),
            line.units.to_string(),
            amount(line.sales),
            line.refunded_units.to_string(),
            amount(line.refunds),
            amount(line.left()),
            amount(line.tax),
            amount(line.fees),
        ]);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_with_thousands_and_a_minus() {
        let shown = |amount: &str| yuan(amount.parse().unwrap());
        assert_eq!(shown("1234567.5"), "¥1,234,567.50");
        assert_eq!(shown("-0.05"), "−¥0.05");
        assert_eq!(shown("-1200"), "−¥1,200.00");
        assert_eq!(shown("0"), "¥0.00");
    }
}
