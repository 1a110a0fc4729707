//! The stock history of a SKU over some days, with its chart.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::collections::BTreeMap;

use super::model::Reason;

/// The periods that staff can choose for the history, in days.
pub const HISTORY_DAYS: [u64; 4] = [7, 30, 90, 365];

/// The width and height of the chart in SVG units; pages scale it.
const WIDTH: i64 = 1_000;
const HEIGHT: i64 = 400;

/// A change of a SKU's stock at one time. If a SKU has very many changes, an entry is the sum of all changes of one day
/// and reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockHistoryEntry {
    pub at: DateTime<Utc>,
    pub delta: i64,
    /// Why the stock changed; `None` for sales.
    pub reason: Option<Reason>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockHistory {
    pub first: i64,
    pub last: i64,
    pub fewest: i64,
    pub most: i64,
    /// The sum of the changes for each reason (`None` for sales), the largest sum first.
    pub parts: Vec<(Option<Reason>, i64)>,
    /// The days with changes, newest first.
    pub days: Vec<StockHistoryDay>,
    /// The stock at the top of the chart, an even number.
    pub top: i64,
    /// The stock as the `d` attribute of an SVG path in steps, 1000 units wide and 400 high, with a stock of zero at
    /// the bottom.
    pub line: String,
    /// The y coordinate of the low-stock threshold in the chart, from the top; `None` if the threshold is 0 or above
    /// `top`.
    pub low: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockHistoryDay {
    /// The day in the time zone of the shop.
    pub day: NaiveDate,
    /// The number of units that were added to the stock on that day.
    pub came: i64,
    /// The number of units that were taken from the stock on that day, as a negative number.
    pub went: i64,
    /// The stock at the end of the day.
    pub stock: i64,
}

/// Returns the time at which the first of the last `days` days began in the time zone of the shop; the last of these
/// days is today.
pub fn history_start(days: u64, now: DateTime<Utc>, zone: FixedOffset) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    let day = today.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(today);
    start_of_day(day, zone).unwrap_or(now)
}

/// Returns the start of a day in the time zone of the shop.
pub fn start_of_day(day: NaiveDate, zone: FixedOffset) -> Option<DateTime<Utc>> {
    day.and_time(NaiveTime::MIN).and_local_timezone(zone).single().map(|at| at.to_utc())
}

impl StockHistory {
    /// Computes the history backwards from the current stock. `moves` are all changes of the stock since `from`, newest
    /// first.
    pub fn of(
        (stock, low_stock_at): (i32, i32),
        moves: &[StockHistoryEntry],
        (from, now): (DateTime<Utc>, DateTime<Utc>),
        zone: FixedOffset,
    ) -> Self {
        let last = i64::from(stock);
        let mut after = last;
        let mut steps = Vec::with_capacity(moves.len());
        let mut days: Vec<StockHistoryDay> = Vec::new();
        let mut parts: BTreeMap<&str, (Option<Reason>, i64)> = BTreeMap::new();
        for moved in moves {
            // Daily sales may be recorded a moment late, which could give a negative stock.
            let stock = after.max(0);
            steps.push((moved.at, stock));
            let day = moved.at.with_timezone(&zone).date_naive();
            if days.last().is_none_or(|last| last.day != day) {
                days.push(StockHistoryDay { day, came: 0, went: 0, stock });
            }
            if let Some(day) = days.last_mut() {
                day.came += moved.delta.max(0);
                day.went += moved.delta.min(0);
            }
            parts.entry(moved.reason.map_or("", Reason::code)).or_insert((moved.reason, 0)).1 += moved.delta;
            after -= moved.delta;
        }
        let first = after.max(0);
        let all = || steps.iter().map(|(_, stock)| *stock).chain([first]);
        let (fewest, most) = (all().min().unwrap_or(first), all().max().unwrap_or(first));
        let low_stock_at = i64::from(low_stock_at);
        let top = round_top(most.max(low_stock_at.min(most * 2)));
        let place = ChartScale { from, span: (now - from).max(TimeDelta::seconds(1)), top };
        let mut parts: Vec<_> = parts.into_values().filter(|(_, delta)| *delta != 0).collect();
        parts.sort_by_key(|(_, delta)| std::cmp::Reverse(delta.abs()));
        Self {
            first,
            last,
            fewest,
            most,
            parts,
            days,
            top,
            line: place.line(first, &steps),
            low: (1..=top).contains(&low_stock_at).then(|| place.y(low_stock_at)),
        }
    }
}

/// Returns a number for the top of the chart, `most` or more: twice a digit followed by zeros (20, 40, 60 ...).
fn round_top(most: i64) -> i64 {
    let half = (most + 1) / 2;
    let mut unit = 1_i64;
    while half > unit.saturating_mul(10) {
        unit = unit.saturating_mul(10);
    }
    let digit = (half + unit - 1).checked_div(unit).unwrap_or(1).max(1);
    digit * unit * 2
}

struct ChartScale {
    from: DateTime<Utc>,
    span: TimeDelta,
    top: i64,
}

impl ChartScale {
    fn x(&self, at: DateTime<Utc>) -> i64 {
        let passed = (at - self.from).num_seconds();
        (passed * WIDTH).checked_div(self.span.num_seconds()).unwrap_or(0).clamp(0, WIDTH)
    }

    fn y(&self, stock: i64) -> i64 {
        HEIGHT - (stock * HEIGHT).checked_div(self.top).unwrap_or(0).clamp(0, HEIGHT)
    }

    /// Returns the `d` attribute of the SVG path. `first` is the stock at the start; `steps` are the changes as (time,
    /// new stock), newest first.
    fn line(&self, first: i64, steps: &[(DateTime<Utc>, i64)]) -> String {
        let mut line = format!("M0 {}", self.y(first));
        for (at, stock) in steps.iter().rev() {
            line.push_str(&format!("H{}V{}", self.x(*at), self.y(*stock)));
        }
        line.push_str(&format!("H{WIDTH}"));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32, hour: u32) -> DateTime<Utc> {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap().and_hms_opt(hour, 0, 0).unwrap().and_utc()
    }

    fn beijing() -> FixedOffset {
        FixedOffset::east_opt(8 * 3600).unwrap()
    }

    #[test]
    fn a_history_says_how_the_stock_came_to_be_what_it_is() {
        let moves = [
            StockHistoryEntry { at: at(20, 4), delta: -2, reason: None },
            // Already the 19th in the time zone of the shop.
            StockHistoryEntry { at: at(18, 17), delta: -1, reason: None },
            StockHistoryEntry { at: at(18, 17), delta: -4, reason: Some(Reason::Damage) },
        ];
        let (now, from) = (at(21, 4), history_start(7, at(21, 4), beijing()));
        assert_eq!(from, at(14, 16));
        let history = StockHistory::of((3, 5), &moves, (from, now), beijing());
        assert_eq!((history.first, history.last, history.fewest, history.most), (10, 3, 3, 10));
        assert_eq!(history.parts, [(Some(Reason::Damage), -4), (None, -3)]);
        let days: Vec<_> =
            history.days.iter().map(|day| (day.day.to_string(), day.came, day.went, day.stock)).collect();
        assert_eq!(days, [("2026-11-20".to_owned(), 0, -2, 3), ("2026-11-19".to_owned(), 0, -5, 5)]);
        assert_eq!((history.top, history.low), (10, Some(200)));
        // Horizontal to the time of each change, then vertical to the new stock.
        assert_eq!(history.line, "M0 0H621V160H621V200H846V280H1000");
    }

    #[test]
    fn a_shelf_that_nothing_happens_to_is_a_line() {
        let (now, from) = (at(21, 4), history_start(30, at(21, 4), beijing()));
        let history = StockHistory::of((0, 5), &[], (from, now), beijing());
        assert_eq!((history.line.as_str(), history.top, history.low), ("M0 400H1000", 2, None));
    }

    #[test]
    fn the_upper_end_of_a_chart_is_a_round_number() {
        let tops = [0, 1, 2, 3, 7, 10, 19, 21, 99, 101, 1_234, 1_000_000_000].map(round_top);
        assert_eq!(tops, [2, 2, 2, 4, 8, 10, 20, 40, 100, 120, 1_400, 1_000_000_000]);
    }
}
