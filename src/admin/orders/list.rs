//! The list of orders for staff: search, filters, and checkboxes for what is done with several orders at once.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use futures_util::future::try_join3;
use std::collections::HashMap;

use super::{LIST, line_names::LineNames, pending_count};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        filtered_list::{FilterLink, FilteredList, PageLinks},
        nav_badges::{NavBadges, capped_count},
    },
    kernel::{Language, OrderId, PayMethod, text},
    orders::{
        self, MAX_TOTAL, OrderFilter, OrderLine, OrderListItem, OrderSearch, OrderTotals, PendingOrders, SearchedTo,
        Status, WorkList,
    },
    platform::{
        clock,
        db::{Connection, DbError},
    },
    web::{self, Fields, PageResult},
};

/// The maximum number of lines of an order that the list shows; of further ones it shows only how many there are.
const MAX_LINES: usize = 3;
/// The maximum number of words of a search; further ones are ignored.
const MAX_WORDS: usize = 8;

#[derive(Template)]
#[template(path = "admin/orders/list.html")]
struct AdminOrdersPage {
    page: AdminPage,
    query: Fields,
    search: OrderSearch,
    waiting: PendingOrders,
    totals: OrderTotals,
    orders: Vec<OrderListItem>,
    goods: OrderGoods,
    links: PageLinks,
    /// When the last searched order was placed, if the search ended before all orders were searched; the page then
    /// links to a search from there on. `None` if all were searched.
    searched_to: Option<DateTime<Utc>>,
    zone: FixedOffset,
}

/// The orders of one page of the list.
struct ListedOrders {
    orders: Vec<OrderListItem>,
    goods: OrderGoods,
    /// The last order that was searched; `None` if all were searched.
    searched_to: Option<SearchedTo>,
}

/// The lines of the orders on one page of the list.
struct OrderGoods {
    lines: HashMap<OrderId, Vec<OrderLine>>,
    names: LineNames,
}

/// `GET /admin/orders`: the list of orders, newest first. Reads `q`, `show`, the days `from` and `to` (or `day`, which
/// is both), `paid`, `method`, and `older` or `newer` for the page.
pub async fn orders(staff: StaffRequest) -> PageResult {
    let (query, zone, language) = (staff.query(), staff.config.zone, staff.page.language());
    let search = search(&query, zone);
    let (listed, counted) = (search.clone(), search.clone());
    // Independent queries run concurrently, on other connections.
    let (listed, totals, (badges, waiting)) = try_join3(
        staff.db.run(move |conn| load(conn, &listed, language)),
        staff.db.run(move |conn| Ok::<_, DbError>(orders::order_totals(conn, &counted)?)),
        staff.db.run(|conn| Ok::<_, DbError>((NavBadges::load_with(conn)?, orders::pending_orders(conn)?))),
    )
    .await?;
    let ListedOrders { mut orders, goods, searched_to } = listed;
    let mut links = LIST.cut(&mut orders, &query, search.cursor, |order| order.id);
    if let Some(last) = searched_to {
        let to = |name| Some(LIST.address(&query, &[(name, &last.id.to_string())]));
        if search.is_ascending() { links.newer = to("newer") } else { links.older = to("older") }
    }
    let (page, searched_to) = (AdminPage::new(staff.page, badges), searched_to.map(|last| last.placed_at));
    web::html(&AdminOrdersPage { page, query, search, waiting, totals, orders, goods, links, searched_to, zone })
}

/// Reads the search from the query string. Ignores invalid values.
pub(super) fn search(query: &Fields, zone: FixedOffset) -> OrderSearch {
    let day = |name: &str| {
        let given = Some(query.get(name)).filter(|day| !day.is_empty()).unwrap_or_else(|| query.get("day"));
        given.parse().ok().and_then(|day| clock::day_range(day, zone))
    };
    OrderSearch {
        words: text::search_words(query.get("q"), FilteredList::MAX_SEARCH_LEN, MAX_WORDS),
        show: OrderFilter::from_code(query.get("show")).unwrap_or_default(),
        from: day("from").map(|(begins, _)| begins),
        to: day("to").map(|(_, ends)| ends),
        paid: match query.get("paid") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        pay_method: PayMethod::from_code(query.get("method")),
        now: clock::now(),
        cursor: query.cursor(),
    }
}

fn load(conn: &mut Connection, search: &OrderSearch, language: Language) -> Result<ListedOrders, DbError> {
    let found = orders::find_page_of_orders(conn, search, FilteredList::LIMIT)?;
    let ids = found.ids;
    let mut lines: HashMap<OrderId, Vec<OrderLine>> = HashMap::new();
    for line in orders::lines_of(conn, &ids)? {
        lines.entry(line.order_id).or_default().push(line);
    }
    let names = LineNames::load(conn, lines.values().flatten().map(|line| line.sku_id), language)?;
    let goods = OrderGoods { lines, names };
    Ok(ListedOrders { orders: orders::order_list_items(conn, &ids)?, goods, searched_to: found.searched_to })
}

impl OrderGoods {
    /// Returns the first lines of an order, as (number of units, name in the language of the page).
    fn first_lines(&self, order: &OrderId) -> Vec<(i32, String)> {
        self.of(order).iter().take(MAX_LINES).map(|line| (line.count, self.name(line))).collect()
    }

    /// Returns the number of lines that [`Self::first_lines`] leaves out.
    fn more(&self, order: &OrderId) -> usize {
        self.of(order).len().saturating_sub(MAX_LINES)
    }

    fn of(&self, order: &OrderId) -> &[OrderLine] {
        self.lines.get(order).map_or(&[], Vec::as_slice)
    }

    /// Returns the name and options of the SKU in the catalog; if it is not there any more, those stored in the order.
    fn name(&self, line: &OrderLine) -> String {
        let (name, options) = self.names.of(line.sku_id).unwrap_or((&line.name, &line.options));
        if options.is_empty() { name.to_owned() } else { format!("{name} · {options}") }
    }
}

impl AdminOrdersPage {
    /// Returns the links that filter the list by status, with the numbers of orders that wait for staff.
    fn filters(&self) -> Vec<FilterLink> {
        let of = |status: Status| OrderFilter::Of(status);
        let all = [OrderFilter::All, OrderFilter::Counting].into_iter().chain(Status::ALL.into_iter().map(of));
        all.map(|show| self.filter(show)).collect()
    }

    /// Returns the links to the orders about which staff have to do something.
    fn work_lists(&self) -> Vec<FilterLink> {
        let all = [OrderFilter::Late, OrderFilter::ToCollect].into_iter();
        all.chain(WorkList::ALL.into_iter().map(OrderFilter::Work)).map(|show| self.filter(show)).collect()
    }

    fn filter(&self, show: OrderFilter) -> FilterLink {
        let t = self.page.t;
        let (name, waiting) = match show {
            OrderFilter::All => (t.order_status_all(), 0),
            OrderFilter::Counting => (t.orders_counting(), 0),
            OrderFilter::Late => (t.orders_late(), 0),
            OrderFilter::ToCollect => (t.orders_to_collect(), 0),
            OrderFilter::Work(WorkList::CancellationAsked) => (t.orders_cancellation_asked(), 0),
            OrderFilter::Work(WorkList::ReturnAsked) => (t.orders_return_asked(), 0),
            OrderFilter::Work(WorkList::ReturnArrived) => (t.orders_return_arrived(), 0),
            OrderFilter::Work(WorkList::Held) => (t.orders_held(), 0),
            OrderFilter::Of(Status::Unpaid) => (Status::Unpaid.name(&t), self.waiting.unpaid),
            OrderFilter::Of(Status::Unsent) => (Status::Unsent.name(&t), self.waiting.unsent),
            OrderFilter::Of(status) => (status.name(&t), 0),
        };
        FilterLink {
            name,
            to: LIST.address(&self.query, &[("show", show.code())]),
            is_here: show == self.search.show,
            waiting: (waiting > 0).then(|| pending_count(waiting)),
        }
    }

    /// Returns a text with the number of orders that match and the sum of their amounts.
    fn found(&self) -> String {
        let (t, totals) = (self.page.t, self.totals());
        let count = capped_count(totals.count, MAX_TOTAL);
        if totals.are_exact() {
            t.orders_found(count, totals.amount)
        } else if totals.is_cut_off && totals.count <= MAX_TOTAL {
            t.orders_found_some(count)
        } else {
            t.orders_found_many(count)
        }
    }

    /// Returns the number and sum of the matching orders. If counting was cut off but the page shows all that match,
    /// computes them from the page.
    fn totals(&self) -> OrderTotals {
        let listed = i64::try_from(self.orders.len()).unwrap_or(i64::MAX);
        let are_all_listed = self.links.is_first && self.links.older.is_none();
        if !self.totals.is_cut_off {
            self.totals
        } else if are_all_listed {
            let amount = self.orders.iter().map(|order| order.total_amount).sum();
            OrderTotals { count: listed, amount, is_cut_off: false }
        } else {
            OrderTotals { count: self.totals.count.max(listed), ..self.totals }
        }
    }

    fn pay_methods(&self) -> [PayMethod; PayMethod::ALL.len()] {
        PayMethod::ALL
    }

    /// Returns the filters of the list as (name, value), for the form that downloads the matching orders.
    fn kept(&self) -> Vec<(&'static str, &str)> {
        let all = LIST.filters.iter().map(|name| (*name, self.query.get(name)));
        all.filter(|(_, value)| !value.is_empty()).collect()
    }

    fn q(&self) -> String {
        FilteredList::search_words(&self.query)
    }

    /// Returns the day in the query parameter `name`; if that is empty, the day in the parameter `day`.
    fn day(&self, name: &str) -> &str {
        Some(self.query.get(name)).filter(|day| !day.is_empty()).unwrap_or_else(|| self.query.get("day"))
    }

    fn is_filtered(&self) -> bool {
        LIST.is_filtered(&self.query)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
