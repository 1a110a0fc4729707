//! The geometry of the revenue chart: an SVG that is 100 units high and 10 units wide for each day.

use rust_decimal::Decimal;

use crate::kernel::Money;

/// A bar chart with an amount for each day.
pub(super) struct Chart {
    /// The amount at the upper edge: a round amount, at least as large as the revenue of each day.
    pub(super) top: Money,
    /// One bar for each day, oldest first.
    pub(super) bars: Vec<Bar>,
}

/// A bar of the chart, with its size in units of the SVG.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) y: Decimal,
    pub(super) height: Decimal,
}

const SLOT: usize = 10;
const TALLEST: i64 = 100;

impl Chart {
    pub(super) fn of(amounts: &[Money]) -> Self {
        let top = round_above(amounts.iter().copied().max().unwrap_or_default());
        let bar = |(place, amount): (usize, &Money)| {
            let height = height(*amount, top);
            Bar { x: format!("{}.5", place * SLOT + 1), y: Decimal::from(TALLEST) - height, height }
        };
        Self { top, bars: amounts.iter().enumerate().map(bar).collect() }
    }

    /// Returns the amount at half of the chart's height.
    pub(super) fn half(&self) -> Money {
        Money::new(self.top.amount() / Decimal::TWO).unwrap_or_default()
    }
}

/// Returns the height of a bar in SVG units. An amount that is not zero gets at least one unit, so that its bar can be
/// seen.
fn height(amount: Money, top: Money) -> Decimal {
    if amount.is_zero() {
        return Decimal::ZERO;
    }
    let height = amount.amount() * Decimal::from(TALLEST) / top.amount();
    height.round_dp(2).max(Decimal::ONE)
}

/// Returns the smallest of 10, 20, 30, 40, 50, 60, 80, 100, 200 and so on that is at least as large as the amount.
fn round_above(amount: Money) -> Money {
    let steps = (1..).scan(Decimal::TEN, |ten, _| {
        let this = *ten;
        *ten = this.checked_mul(Decimal::TEN)?;
        Some([1, 2, 3, 4, 5, 6, 8].map(|times| this * Decimal::from(times)))
    });
    steps.flatten().find(|step| *step >= amount.amount()).and_then(Money::new).unwrap_or(Money::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn the_edge_of_a_chart_is_a_round_amount() {
        let edges = ["0", "9.99", "10", "10.01", "21", "81", "4999.99", "5000.01", "9999999999.99"];
        let edges = edges.map(|amount| round_above(money(amount)).plain());
        let expected = ["10.00", "10.00", "10.00", "20.00", "30.00", "100.00", "5000.00", "6000.00", "9999999999.99"];
        assert_eq!(edges, expected);
    }

    #[test]
    fn bars_are_as_high_as_their_amounts_and_none_that_is_something_is_flat() {
        let chart = Chart::of(&["50", "0", "0.01", "25"].map(money));
        let bars: Vec<String> = chart.bars.iter().map(|bar| format!("{} {} {}", bar.x, bar.y, bar.height)).collect();
        assert_eq!(bars, ["1.5 0 100", "11.5 100 0", "21.5 99 1", "31.5 50 50"]);
        assert_eq!(chart.half(), money("25"));
        assert!(Chart::of(&[]).bars.is_empty());
    }
}
