//! `/admin`: how the shop is doing this morning, and what needs doing.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, Duration, FixedOffset, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use self::revenue_chart::{Bar, Chart};
use super::revenue_chart;
use crate::{
    accounts::Staff,
    admin::{
        nav_badges::{self, NavBadges},
        orders as order_pages,
    },
    config::Config,
    kernel::{Language, Money},
    orders::{self, Reconciliation, Standing, Status, Takings, Waiting},
    platform::{
        clock,
        db::{self, Connection, Db, DbError},
    },
    stock::{self, SalesPeriod, StockLine},
    web::{self, Page, PageError, grouped, signed},
};

/// How many days the chart shows.
const DAYS: i32 = 30;
/// How many bestsellers each list has.
const BEST: i64 = 5;

#[derive(Template)]
#[template(path = "admin/operations/dashboard.html")]
struct OverviewPage {
    page: Page,
    badges: NavBadges,
    morning: Morning,
    /// From left to right.
    days: Vec<Day>,
    /// What the upper edge and the middle of the chart stand for.
    scale: [Money; 2],
    now: DateTime<Utc>,
    zone: FixedOffset,
}

/// What the page is made of, all of it as of one moment.
struct Morning {
    badges: NavBadges,
    /// Since midnight.
    today: Takings,
    /// A week before, from midnight to the same hour.
    week_ago: Takings,
    /// The last thirty, the oldest first; the last of them is today.
    days: Vec<(DateTime<Utc>, Takings)>,
    waiting: Waiting,
    sold_out: i64,
    best: [Vec<StockLine>; 2],
    checked: Option<Reconciliation>,
}

/// `GET /admin`
pub async fn dashboard(_: Staff, page: Page, db: Data<Db>, config: Data<Config>) -> Result<HttpResponse, PageError> {
    let (now, zone, language) = (clock::now(), config.zone, page.language());
    let morning = db.run(move |conn| db::snapshot(conn, |conn| ask(conn, now, zone, language))).await?;
    let (days, scale) = drawn(&morning.days, zone);
    web::html(&OverviewPage { page, badges: morning.badges, morning, days, scale, now, zone })
}

/// The days with their bars, and what the edge and the middle of the chart stand for.
fn drawn(days: &[(DateTime<Utc>, Takings)], zone: FixedOffset) -> (Vec<Day>, [Money; 2]) {
    let amounts: Vec<Money> = days.iter().map(|(_, takings)| takings.revenue).collect();
    let chart = Chart::of(&amounts);
    let scale = [chart.top, chart.half()];
    let last = days.len().saturating_sub(1);
    let day = |(place, ((begins, takings), bar)): (usize, (&(DateTime<Utc>, Takings), Bar))| {
        let name = clock::day(*begins, zone);
        Day { to: order_pages::list_of_day(&name), name, takings: *takings, bar, is_today: place == last }
    };
    (days.iter().zip(chart.bars).enumerate().map(day).collect(), scale)
}

fn ask(conn: &mut Connection, now: DateTime<Utc>, zone: FixedOffset, language: Language) -> Result<Morning, DbError> {
    let days = orders::last_days(now, zone, DAYS);
    let (midnight, week) = (clock::beginning_of_day(now, zone), Duration::weeks(1));
    let takings = orders::takings(conn, &[(midnight, now), (midnight - week, now - week)])?;
    let mut takings = takings.into_iter();
    let (today, week_ago) = (takings.next().unwrap_or_default(), takings.next().unwrap_or_default());
    // Today so far is known already.
    let over = days.split_last().map_or(&[][..], |(_, over)| over);
    let of_days = orders::takings_of_days(conn, over)?.into_iter().chain([today]);
    Ok(Morning {
        badges: NavBadges::ask(conn)?,
        today,
        week_ago,
        days: days.into_iter().zip(of_days).collect(),
        waiting: orders::waiting_orders(conn)?,
        sold_out: stock::count_sold_out(conn)?,
        best: [
            bestsellers(conn, SalesPeriod::Week, now, zone, language)?,
            bestsellers(conn, SalesPeriod::Month, now, zone, language)?,
        ],
        checked: orders::last_reconciliations(conn, 1)?.pop(),
    })
}

/// Found as they sold a minute ago, shown and sorted as they have sold by now.
fn bestsellers(
    conn: &mut Connection,
    span: SalesPeriod,
    now: DateTime<Utc>,
    zone: FixedOffset,
    language: Language,
) -> Result<Vec<StockLine>, DbError> {
    let skus = stock::bestsellers(conn, span, BEST)?;
    let mut lines = stock::stock_lines(conn, &skus, language, now.with_timezone(&zone).date_naive())?;
    lines.sort_by_key(|line| std::cmp::Reverse(sold(line, span)));
    Ok(lines)
}

fn sold(line: &StockLine, span: SalesPeriod) -> i64 {
    match span {
        SalesPeriod::Week => line.velocity.week,
        SalesPeriod::Month => line.velocity.month,
    }
}

/// One of the figures of today.
struct Figure {
    name: &'static str,
    value: String,
    /// What it was by this hour a week ago, and how much that differs.
    then: String,
    change: Option<String>,
}

/// Something that may need doing, and where.
struct Task {
    name: &'static str,
    value: String,
    /// More about it, if it needs doing.
    more: Option<String>,
    /// The mark of what needs doing; none where nothing does.
    class: Option<&'static str>,
    to: String,
}

/// A day of the chart, and of the table that says the same.
struct Day {
    /// As addresses and pages write it: `2026-11-21`.
    name: String,
    takings: Takings,
    bar: Bar,
    is_today: bool,
    /// Where its orders are.
    to: String,
}

impl OverviewPage {
    fn figures(&self) -> [Figure; 3] {
        let (t, today, then) = (self.page.t, self.morning.today, self.morning.week_ago);
        let figure = |name, value: String, was: Option<String>, change: Option<i64>| Figure {
            name,
            value,
            then: was.map_or_else(|| t.dashboard_nothing_a_week_ago().to_owned(), |was| t.dashboard_a_week_ago(was)),
            change: change.map(|percent| match percent {
                0 => t.dashboard_as_then().to_owned(),
                percent => format!("{} %", signed(&percent)),
            }),
        };
        let money = |takings: Takings| (takings.orders > 0).then(|| takings.revenue.to_string());
        let average = |takings: Takings| takings.average().map(|average| average.to_string());
        let count = |takings: Takings| (takings.orders > 0).then(|| grouped(&takings.orders));
        let of = |takings: Takings| takings.average().unwrap_or_default().amount();
        [
            figure(
                t.dashboard_orders(),
                grouped(&today.orders),
                count(then),
                percent(today.orders.into(), then.orders.into()),
            ),
            figure(
                t.dashboard_revenue(),
                today.revenue.to_string(),
                money(then),
                percent(today.revenue.amount(), then.revenue.amount()),
            ),
            figure(
                t.dashboard_average(),
                average(today).unwrap_or_else(|| "–".to_owned()),
                average(then),
                percent(of(today), of(then)).filter(|_| today.orders > 0),
            ),
        ]
    }

    /// Where the orders of a figure of today are.
    fn orders_of_today(&self) -> String {
        order_pages::list_of_day(&clock::day(self.now, self.zone))
    }

    fn month(&self) -> Takings {
        self.days.iter().map(|day| day.takings).sum()
    }

    /// The same as what a chart shows, for those who do not see it.
    fn chart_in_words(&self) -> String {
        let best = self.days.iter().max_by_key(|day| day.takings.revenue);
        let [first, last] = [self.days.first(), self.days.last()].map(|day| day.map_or("", |day| &day.name));
        best.map_or_else(String::new, |best| self.page.t.dashboard_chart(first, last, best.takings.revenue, &best.name))
    }

    fn bar_in_words(&self, day: &Day) -> String {
        self.page.t.dashboard_bar(&day.name, grouped(&day.takings.orders), day.takings.revenue)
    }

    /// What stands under the chart: the first day, the middle, and today.
    fn marks(&self) -> Vec<&str> {
        let places = [0, self.days.len() / 2, self.days.len().saturating_sub(1)];
        places.iter().filter_map(|place| self.days.get(*place)?.name.get(5..)).collect()
    }

    fn tasks(&self) -> Vec<Task> {
        let (t, morning) = (self.page.t, &self.morning);
        let waiting = morning.waiting;
        let many = order_pages::many;
        vec![
            self.task(
                t.dashboard_to_send(),
                (waiting.unsent, many(waiting.unsent)),
                "badge-accent",
                order_pages::list_of(Status::Unsent),
                waiting.unsent_since.map(|at| t.dashboard_to_send_since(self.minute(at))),
            ),
            self.task(
                t.dashboard_to_pay(),
                (waiting.unpaid, many(waiting.unpaid)),
                "",
                order_pages::list_of(Status::Unpaid),
                waiting.unpaid_until.map(|at| t.dashboard_to_pay_until(self.minute(at))),
            ),
            self.task(
                t.dashboard_sold_out(),
                (morning.sold_out, nav_badges::low_stock_count(morning.sold_out)),
                "badge-danger",
                "/admin/stock?show=out".to_owned(),
                None,
            ),
            self.task(
                t.dashboard_low_or_out(),
                (morning.badges.short(), nav_badges::low_stock_count(morning.badges.short())),
                "badge-low",
                "/admin/stock?show=low".to_owned(),
                None,
            ),
            self.task(
                t.dashboard_outbox(),
                (morning.badges.given_up(), grouped(&morning.badges.given_up())),
                "badge-danger",
                "/admin/outbox".to_owned(),
                None,
            ),
            self.books(),
        ]
    }

    /// Nothing is to be done about none.
    fn task(
        &self,
        name: &'static str,
        (n, shown): (i64, String),
        class: &'static str,
        to: String,
        more: Option<String>,
    ) -> Task {
        let open = n > 0;
        Task {
            name,
            value: if open { shown } else { self.page.t.dashboard_none().to_owned() },
            more: more.filter(|_| open),
            class: open.then_some(class),
            to,
        }
    }

    fn books(&self) -> Task {
        let t = self.page.t;
        let last = self.morning.checked.as_ref();
        let (class, value) = match last.map_or(Standing::Never, |last| last.standing(self.now)) {
            Standing::Agree => (None, t.dashboard_reconciliation_agree().to_owned()),
            Standing::Disagree(n) => (Some("badge-danger"), t.dashboard_reconciliation_disagree(n)),
            Standing::Failed => (Some("badge-danger"), t.dashboard_reconciliation_unread().to_owned()),
            Standing::Old => (Some("badge-low"), t.dashboard_reconciliation_old().to_owned()),
            Standing::Never => (Some("badge-low"), t.dashboard_reconciliation_never().to_owned()),
        };
        let more = last.map(|last| t.dashboard_reconciliation_checked(self.minute(last.started_at)));
        Task { name: t.dashboard_reconciliation(), value, more, class, to: "/admin/books".to_owned() }
    }

    /// Both lists of bestsellers, each with its name.
    fn best(&self) -> [(&'static str, Vec<Seller<'_>>); 2] {
        let t = self.page.t;
        let [week, month] = &self.morning.best;
        [
            (t.dashboard_bestsellers_7(), sellers(week, SalesPeriod::Week)),
            (t.dashboard_bestsellers_30(), sellers(month, SalesPeriod::Month)),
        ]
    }

    fn minute(&self, at: DateTime<Utc>) -> String {
        clock::minute(at, self.zone)
    }
}

/// A best-selling SKU, and how many were sold.
type Seller<'a> = (&'a StockLine, String);

fn sellers(lines: &[StockLine], span: SalesPeriod) -> Vec<Seller<'_>> {
    lines.iter().map(|line| (line, grouped(&sold(line, span)))).collect()
}

/// By how much this is more than that, in whole percent; nobody knows where that was nothing.
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
