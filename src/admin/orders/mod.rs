//! `/admin/orders`: the orders of all shoppers, and what staff do with one.

mod cash;
mod handling;
mod order;
mod refunds;
mod returns;
mod sending;
mod sending_details;
mod withdrawal;

pub use cash::{record_cash, record_refusal, refusal_page};
pub use handling::{address_page, answer_cancellation, change_address, hold, note, release};
pub use order::{cancel, order};
pub use refunds::{refund, refunds};
pub use returns::{answer, arrival, close, picture, refund as refund_return, return_page, returns};
pub(super) use sending::refusal;
pub use sending::{correct, lose, send, undo};
pub use withdrawal::{withdraw, withdrawal_page};

use actix_web::HttpResponse;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::AuditContext,
        filtered_list::{FilterLink, FilteredList, PageLinks},
        nav_badges::{NavBadges, capped_count},
    },
    kernel::{OrderId, OrderLineId, OrderNumber, text},
    orders::{self, OrderFilter, OrderListItem, OrderSearch, PendingOrders, Status},
    platform::{
        clock,
        db::{self, Connection, DbError},
    },
    web::{self, Fields, Form, PageError, PageResult, see_other},
};

const LIST: FilteredList = FilteredList { path: "/admin/orders", filters: &["q", "show", "day"] };

#[derive(Template)]
#[template(path = "admin/orders/list.html")]
struct AdminOrdersPage {
    page: AdminPage,
    query: Fields,
    show: OrderFilter,
    waiting: PendingOrders,
    orders: Vec<OrderListItem>,
    links: PageLinks,
    zone: FixedOffset,
}

/// `GET /admin/orders`: the newest first; `q`, `show`, `day`, and `older` or `newer` by query.
pub async fn orders(staff: StaffRequest) -> PageResult {
    let (query, zone) = (staff.query(), staff.config.zone);
    let search = search(&query, zone);
    let (show, cursor) = (search.show, search.cursor);
    let (badges, waiting, mut orders) = staff
        .db
        .run(move |conn| {
            let found = orders::orders_matching(conn, &search, FilteredList::LIMIT)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, orders::pending_orders(conn)?, found))
        })
        .await?;
    let links = LIST.cut(&mut orders, &query, cursor, |order| order.id);
    let page = AdminPage::new(staff.page, badges);
    web::html(&AdminOrdersPage { page, query, show, waiting, orders, links, zone })
}

fn search(query: &Fields, zone: FixedOffset) -> OrderSearch {
    let words: String = text::fold(query.get("q")).trim().chars().take(FilteredList::MAX_SEARCH_LEN).collect();
    OrderSearch {
        words: Some(words).filter(|words| !words.is_empty()),
        show: OrderFilter::from_code(query.get("show")).unwrap_or_default(),
        period: query.get("day").parse().ok().and_then(|day| clock::day_range(day, zone)),
        cursor: query.cursor(),
    }
}

/// Returns the list of orders with a message that no order has the number `typed`.
fn not_found(typed: &str) -> HttpResponse {
    let words = Some(("q", typed)).filter(|(_, typed)| typed.len() <= FilteredList::MAX_SEARCH_LEN);
    see_other(&LIST.with(words))
}

/// Shows the page that `load` makes for the order number `typed`. If no order has it, shows the list with a message.
async fn page_of_order<P: Template>(
    typed: &str,
    load: impl AsyncFnOnce(OrderNumber) -> Result<P, PageError>,
) -> PageResult {
    let Ok(number) = typed.parse() else { return Ok(not_found(typed)) };
    match load(number).await {
        Ok(shown) => web::html(&shown),
        Err(PageError::NotFound) => Ok(not_found(typed)),
        Err(error) => Err(error),
    }
}

/// Does something to the order with this number in a transaction, and returns the outcome. `act` gets the id of the
/// order, and who acts.
async fn change_order<T: Send + 'static>(
    staff: &StaffRequest,
    number: &OrderNumber,
    act: impl Fn(&mut Connection, OrderId, &AuditContext) -> Result<T, DbError> + Send + 'static,
) -> Result<T, PageError> {
    let (number, audit) = (number.clone(), AuditContext::of(staff));
    let changed = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let id = orders::id_of_number(conn, &number)?.ok_or(DbError::Missing)?;
            act(conn, id, &audit)
        })
    });
    Ok(changed.await?)
}

fn order_path(number: &OrderNumber) -> String {
    format!("/admin/orders/{number}")
}

/// Returns what was typed in `field` for an order line (the fields `line`); `None` if the form has no such line.
fn typed_in<'a>(form: &'a Form, field: &'a str, line: OrderLineId) -> Option<&'a str> {
    let id = line.to_string();
    form.all("line").zip(form.all(field)).find(|(line, _)| *line == id).map(|(_, count)| count)
}

/// Returns the typed count of an order line, at first "0".
fn typed_count(form: &Form, line: OrderLineId) -> &str {
    typed_in(form, "count", line).unwrap_or("0")
}

/// Returns the URL of the list of orders with this status.
pub(super) fn list_of(status: Status) -> String {
    LIST.with([("show", status.code())])
}

/// Returns the URL of the list of one day's orders that are neither canceled nor refunded. The day has the form
/// `2026-11-21`.
pub(super) fn list_of_day(day: &str) -> String {
    LIST.with([("show", OrderFilter::Counting.code()), ("day", day)])
}

impl AdminOrdersPage {
    /// Returns the links that filter the list by status, with the numbers of orders that wait for staff.
    fn filters(&self) -> Vec<FilterLink> {
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
            FilterLink {
                name,
                to: LIST.address(&self.query, &[("show", show.code())]),
                is_here: show == self.show,
                waiting: (waiting > 0).then(|| pending_count(waiting)),
            }
        })
        .collect()
    }

    fn q(&self) -> String {
        FilteredList::search_words(&self.query)
    }

    fn is_filtered(&self) -> bool {
        LIST.is_filtered(&self.query)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}

/// Formats a number of orders, such as "12"; "10,000+" if there are more than are counted.
pub(super) fn pending_count(count: i64) -> String {
    capped_count(count, orders::MAX_PENDING_COUNT)
}
