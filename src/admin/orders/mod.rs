//! `/admin/orders`: the orders of all shoppers, and what staff do with one.

mod order;
mod refunds;

pub use order::{cancel, order, record_cash};
pub use refunds::{refund, refunds};

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    accounts::Staff,
    admin::nav_badges::{NavBadges, capped_count},
    config::Config,
    kernel::text,
    orders::{self, OrderFilter, OrderListItem, OrderSearch, PendingOrders, Status},
    platform::{
        clock,
        cursor::Cursor,
        db::{Db, DbError},
    },
    web::{self, Fields, Page, PageError, see_other},
};

const PER_PAGE: usize = 50;
const ORDERS: &str = "/admin/orders";
/// The parameters that filter the list; links to other pages of it keep them.
const FILTERS: [&str; 3] = ["q", "show", "day"];
/// In characters.
const MAX_SEARCH_LEN: usize = 100;

#[derive(Template)]
#[template(path = "admin/orders/list.html")]
struct AdminOrdersPage {
    page: Page,
    badges: NavBadges,
    query: Fields,
    show: OrderFilter,
    waiting: PendingOrders,
    orders: Vec<OrderListItem>,
    /// The addresses of the pages before and after this one.
    newer: Option<String>,
    older: Option<String>,
    is_first: bool,
    zone: FixedOffset,
}

/// `GET /admin/orders`: the newest first; `q`, `show`, `day`, and `older` or `newer` by query.
pub async fn orders(
    _: Staff,
    page: Page,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (query, zone) = (Fields::of_query(&req), config.zone);
    let search = search(&query, zone);
    let (show, step) = (search.show, search.cursor);
    let (badges, waiting, mut orders) = db
        .run(move |conn| {
            // One order more than is shown tells whether there is a further page.
            let most = i64::try_from(PER_PAGE + 1).unwrap_or(i64::MAX);
            let found = orders::orders_matching(conn, &search, most)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, orders::pending_orders(conn)?, found))
        })
        .await?;
    let (is_newer, is_older) = step.split_page(&mut orders, PER_PAGE);
    let to = |word, order: Option<&OrderListItem>| order.map(|order| address(&query, &[(word, &order.id.to_string())]));
    let newer = if is_newer { to("newer", orders.first()) } else { None };
    let older = if is_older { to("older", orders.last()) } else { None };
    let is_first = step == Cursor::Newest;
    web::html(&AdminOrdersPage { page, badges, query, show, waiting, orders, newer, older, is_first, zone })
}

fn search(query: &Fields, zone: FixedOffset) -> OrderSearch {
    // Values that are too long are truncated and not refused, because this page only reads.
    let words: String = text::fold(query.get("q")).trim().chars().take(MAX_SEARCH_LEN).collect();
    OrderSearch {
        words: Some(words).filter(|words| !words.is_empty()),
        show: OrderFilter::from_code(query.get("show")).unwrap_or_default(),
        period: query.get("day").parse().ok().and_then(|day| clock::day_range(day, zone)),
        cursor: query.cursor(),
    }
}

/// The address of the list with the filters of `query`, some of them changed.
fn address(query: &Fields, said: &[(&str, &str)]) -> String {
    let kept = FILTERS.into_iter().filter(|name| said.iter().all(|(word, _)| word != name));
    let words = kept.map(|name| (name, query.get(name))).chain(said.iter().copied());
    list(words.filter(|(_, value)| !value.is_empty()))
}

/// The address of the list with these parameters.
fn list<'a>(words: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let words = form_urlencoded::Serializer::new(String::new()).extend_pairs(words).finish();
    if words.is_empty() { ORDERS.to_owned() } else { format!("{ORDERS}?{words}") }
}

/// The list, searched for a number that is no order's.
fn not_found(typed: &str) -> HttpResponse {
    see_other(&list([("q", typed)].into_iter().filter(|(_, typed)| typed.len() <= MAX_SEARCH_LEN)))
}

/// The address of the orders with this status.
pub(super) fn list_of(status: Status) -> String {
    list([("show", status.code())].into_iter())
}

/// The address of the orders of a day that count; the day in the form `2026-11-21`.
pub(super) fn list_of_day(day: &str) -> String {
    list([("show", OrderFilter::Counting.code()), ("day", day)].into_iter())
}

impl AdminOrdersPage {
    /// The filters by status: each with its name, its address, and the number of pending orders.
    fn shows(&self) -> Vec<(OrderFilter, &'static str, String, Option<String>)> {
        let t = self.page.t;
        let of = |status: Status| OrderFilter::Of(status);
        let all = [OrderFilter::All, OrderFilter::Counting].into_iter().chain(Status::ALL.into_iter().map(of));
        all.map(|show| {
            let (name, waiting) = match show {
                OrderFilter::All => (t.order_status_all(), 0),
                OrderFilter::Counting => (t.orders_counting(), 0),
                OrderFilter::Of(Status::Unpaid) => (Status::Unpaid.name(&t), self.waiting.unpaid),
                OrderFilter::Of(Status::Unsent) => (Status::Unsent.name(&t), self.waiting.unsent),
                OrderFilter::Of(status) => (status.name(&t), 0),
            };
            (show, name, address(&self.query, &[("show", show.code())]), (waiting > 0).then(|| pending_count(waiting)))
        })
        .collect()
    }

    fn q(&self) -> String {
        self.query.get("q").chars().take(MAX_SEARCH_LEN).collect()
    }

    fn is_filtered(&self) -> bool {
        FILTERS.iter().any(|name| !self.query.get(name).is_empty())
    }

    fn newest(&self) -> String {
        address(&self.query, &[])
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}

/// A number of orders, such as "12"; "10,000+" if there are more.
pub(super) fn pending_count(count: i64) -> String {
    capped_count(count, orders::MAX_PENDING_COUNT)
}
