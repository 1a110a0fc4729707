//! `/admin`: the dashboard, the first page of staff, with today's numbers, revenue of the last 30 days, open tasks and
//! bestsellers.

use askama::Template;
use chrono::{DateTime, Duration, FixedOffset, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use self::revenue_chart::{Bar, Chart};
use super::{
    revenue_chart,
    tasks::{DashboardTask, Tasks},
};
use crate::{
    accounts::StaffRequest,
    admin::{admin_page::AdminPage, nav_badges::NavBadges, orders as order_pages},
    kernel::{Language, Money, thousands, with_sign},
    orders::{self, PendingOrders, RecordedRun, Revenue, WaitingOrders},
    platform::{
        clock,
        db::{self, Connection, DbError},
    },
    stock::{self, SalesPeriod, StockLine},
    web::{self, PageResult, filters},
};

const CHART_DAYS: i32 = 30;
const MAX_BESTSELLERS: i64 = 5;

#[derive(Template)]
#[template(path = "admin/operations/dashboard.html")]
struct DashboardPage {
    page: AdminPage,
    data: DashboardData,
    /// The days of the revenue chart, oldest first.
    days: Vec<Day>,
    /// The amounts at the upper edge and at half of the height of the revenue chart.
    scale: [Money; 2],
    now: DateTime<Utc>,
    zone: FixedOffset,
}

/// All data of the page, read in one database snapshot.
struct DashboardData {
    badges: NavBadges,
    /// The revenue since midnight, in the shop's time zone.
    today: Revenue,
    /// The revenue between midnight and the same time of day a week ago.
    week_ago: Revenue,
    /// The start of each of the last 30 days and its revenue, oldest first; the last is today.
    days: Vec<(DateTime<Utc>, Revenue)>,
    pending: PendingOrders,
    waiting: WaitingOrders,
    sold_out: i64,
    /// The SKUs with the most sales in the last week, and in the last month.
    bestsellers: [Vec<StockLine>; 2],
    last_run: Option<RecordedRun>,
}

/// `GET /admin`: the dashboard.
pub async fn dashboard(staff: StaffRequest) -> PageResult {
    let (now, zone, language) = (clock::now(), staff.config.zone, staff.page.language());
    let data = staff.db.run(move |conn| db::snapshot(conn, |conn| load(conn, now, zone, language))).await?;
    let (days, scale) = chart_of(&data.days, zone);
    web::html(&DashboardPage { page: AdminPage::new(staff.page, data.badges), data, days, scale, now, zone })
}

/// Returns the days of the chart, and the amounts at its upper edge and at half of its height.
fn chart_of(days: &[(DateTime<Utc>, Revenue)], zone: FixedOffset) -> (Vec<Day>, [Money; 2]) {
    let amounts: Vec<Money> = days.iter().map(|(_, revenue)| revenue.amount).collect();
    let chart = Chart::of(&amounts);
    let scale = [chart.top, chart.half()];
    let last = days.len().saturating_sub(1);
    let day = |(place, ((begins, revenue), bar)): (usize, (&(DateTime<Utc>, Revenue), Bar))| {
        let name = clock::day(*begins, zone);
        Day { to: order_pages::list_of_day(&name), name, revenue: *revenue, bar, is_today: place == last }
    };
    (days.iter().zip(chart.bars).enumerate().map(day).collect(), scale)
}

fn load(
    conn: &mut Connection,
    now: DateTime<Utc>,
    zone: FixedOffset,
    language: Language,
) -> Result<DashboardData, DbError> {
    let days = orders::last_days(now, zone, CHART_DAYS);
    let (midnight, week) = (clock::beginning_of_day(now, zone), Duration::weeks(1));
    let revenue = orders::revenue_in(conn, &[(midnight, now), (midnight - week, now - week)])?;
    let mut revenue = revenue.into_iter();
    let (today, week_ago) = (revenue.next().unwrap_or_default(), revenue.next().unwrap_or_default());
    // The revenue of today is already known.
    let over = days.split_last().map_or(&[][..], |(_, over)| over);
    let by_day = orders::revenue_by_day(conn, over)?.into_iter().chain([today]);
    Ok(DashboardData {
        badges: NavBadges::load_with(conn)?,
        today,
        week_ago,
        days: days.into_iter().zip(by_day).collect(),
        pending: orders::pending_orders(conn)?,
        waiting: orders::waiting_orders(conn, now)?,
        sold_out: stock::count_sold_out(conn)?,
        bestsellers: [
            bestsellers(conn, SalesPeriod::Week, now, zone, language)?,
            bestsellers(conn, SalesPeriod::Month, now, zone, language)?,
        ],
        last_run: orders::last_runs(conn, 1)?.pop(),
    })
}

/// Returns the bestsellers of `period`. They are chosen by stored sales, which may be a minute old, and sorted by their
/// current sales.
fn bestsellers(
    conn: &mut Connection,
    period: SalesPeriod,
    now: DateTime<Utc>,
    zone: FixedOffset,
    language: Language,
) -> Result<Vec<StockLine>, DbError> {
    let skus = stock::bestsellers(conn, period, MAX_BESTSELLERS)?;
    let mut lines = stock::stock_lines(conn, &skus, language, now.with_timezone(&zone).date_naive())?;
    lines.sort_by_key(|line| std::cmp::Reverse(sold(line, period)));
    Ok(lines)
}

fn sold(line: &StockLine, period: SalesPeriod) -> i64 {
    match period {
        SalesPeriod::Week => line.velocity.week,
        SalesPeriod::Month => line.velocity.month,
    }
}

/// A number of today, compared with the number at the same time of day a week ago.
struct DashboardMetric {
    name: &'static str,
    value: String,
    /// The number of a week ago, formatted.
    then: String,
    /// The change since a week ago in percent, formatted; `None` if it cannot be computed, because there is no number
    /// of a week ago, or it is zero.
    change: Option<String>,
}

/// A day of the revenue chart and of the table below it.
struct Day {
    /// The date, in the form `2026-11-21`.
    name: String,
    revenue: Revenue,
    bar: Bar,
    is_today: bool,
    /// The URL of the list of this day's orders.
    to: String,
}

impl DashboardPage {
    fn metrics(&self) -> [DashboardMetric; 3] {
        let (t, today, then) = (self.page.t, self.data.today, self.data.week_ago);
        let metric = |name, value: String, was: Option<String>, change: Option<i64>| DashboardMetric {
            name,
            value,
            then: was.map_or_else(|| t.dashboard_nothing_a_week_ago().to_owned(), |was| t.dashboard_a_week_ago(was)),
            change: change.map(|percent| match percent {
                0 => t.dashboard_as_then().to_owned(),
                percent => format!("{} %", with_sign(&percent)),
            }),
        };
        let money = |revenue: Revenue| (revenue.orders > 0).then(|| revenue.amount.to_string());
        let average = |revenue: Revenue| revenue.average().map(|average| average.to_string());
        let count = |revenue: Revenue| (revenue.orders > 0).then(|| thousands(&revenue.orders));
        let of = |revenue: Revenue| revenue.average().unwrap_or_default().amount();
        [
            metric(
                t.dashboard_orders(),
                thousands(&today.orders),
                count(then),
                percent(today.orders.into(), then.orders.into()),
            ),
            metric(
                t.dashboard_revenue(),
                today.amount.to_string(),
                money(then),
                percent(today.amount.amount(), then.amount.amount()),
            ),
            metric(
                t.dashboard_average(),
                average(today).unwrap_or_else(|| "–".to_owned()),
                average(then),
                percent(of(today), of(then)).filter(|_| today.orders > 0),
            ),
        ]
    }

    /// Returns the URL of the list of orders, filtered to those placed today.
    fn orders_of_today(&self) -> String {
        order_pages::list_of_day(&clock::day(self.now, self.zone))
    }

    fn total(&self) -> Revenue {
        self.days.iter().map(|day| day.revenue).sum()
    }

    /// Returns a text alternative to the chart.
    fn chart_in_words(&self) -> String {
        let best = self.days.iter().max_by_key(|day| day.revenue.amount);
        let [first, last] = [self.days.first(), self.days.last()].map(|day| day.map_or("", |day| &day.name));
        best.map_or_else(String::new, |best| self.page.t.dashboard_chart(first, last, best.revenue.amount, &best.name))
    }

    fn bar_in_words(&self, day: &Day) -> String {
        self.page.t.dashboard_bar(&day.name, thousands(&day.revenue.orders), day.revenue.amount)
    }

    /// Returns the labels below the chart: its first day, its middle day, and today.
    fn axis_labels(&self) -> Vec<&str> {
        let places = [0, self.days.len() / 2, self.days.len().saturating_sub(1)];
        places.iter().filter_map(|place| self.days.get(*place)?.name.get(5..)).collect()
    }

    fn tasks(&self) -> Vec<DashboardTask> {
        let data = &self.data;
        let tasks = Tasks {
            t: self.page.t,
            badges: &data.badges,
            pending: data.pending,
            waiting: data.waiting,
            sold_out: data.sold_out,
            last_run: data.last_run.as_ref(),
            now: self.now,
            zone: self.zone,
        };
        tasks.all()
    }

    /// Returns the two lists of bestsellers, each with its title.
    fn bestsellers_by_period(&self) -> [(&'static str, Vec<Bestseller<'_>>); 2] {
        let t = self.page.t;
        let [week, month] = &self.data.bestsellers;
        [
            (t.dashboard_bestsellers_7(), bestsellers_with_counts(week, SalesPeriod::Week)),
            (t.dashboard_bestsellers_30(), bestsellers_with_counts(month, SalesPeriod::Month)),
        ]
    }

    fn minute(&self, at: DateTime<Utc>) -> String {
        clock::minute(at, self.zone)
    }
}

/// (SKU, formatted number of units sold).
type Bestseller<'a> = (&'a StockLine, String);

fn bestsellers_with_counts(lines: &[StockLine], period: SalesPeriod) -> Vec<Bestseller<'_>> {
    lines.iter().map(|line| (line, thousands(&sold(line, period)))).collect()
}

/// Returns by how many whole percent `this` is more than `that` (negative if it is less); `None` if `that` is zero.
fn percent(this: Decimal, that: Decimal) -> Option<i64> {
    let more = (this - that).checked_mul(Decimal::ONE_HUNDRED)?.checked_div(that)?;
    more.round().to_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_said_in_whole_percent_of_what_there_was() {
        let of = |this: i64, that: i64| percent(this.into(), that.into());
        assert_eq!([of(15, 10), of(5, 10), of(10, 10), of(0, 3), of(2, 3)], [50, -50, 0, -100, -33].map(Some));
        assert_eq!(of(1, 0), None);
    }
}
