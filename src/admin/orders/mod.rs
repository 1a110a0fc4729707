//! `/admin/orders`: the orders of all shoppers, and what staff do with one.

mod exports;
mod list;
mod new_orders;
mod order;
mod refunds;

pub use exports::export_orders;
pub use list::orders;
pub use new_orders::new_orders;
pub use order::{cancel, order, record_cash};
pub use refunds::{refund, refunds};

use actix_web::HttpResponse;
use askama::Template;

use crate::{
    admin::{filtered_list::FilteredList, nav_badges::capped_count},
    kernel::OrderNumber,
    orders::{self, OrderFilter},
    web::{self, PageError, PageResult, see_other},
};

const LIST: FilteredList =
    FilteredList { path: "/admin/orders", filters: &["q", "show", "day", "from", "to", "paid", "method"] };

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

/// Returns the URL of the list of these orders.
pub(super) fn list_of(show: OrderFilter) -> String {
    LIST.with([("show", show.code())])
}

/// Returns the URL of the list of one day's orders that are neither canceled nor refunded. The day has the form
/// `2026-11-21`.
pub(super) fn list_of_day(day: &str) -> String {
    LIST.with([("show", OrderFilter::Counting.code()), ("day", day)])
}

/// Formats a number of orders, such as "12"; "10,000+" if there are more than are counted.
pub(super) fn pending_count(count: i64) -> String {
    capped_count(count, orders::MAX_PENDING_COUNT)
}
