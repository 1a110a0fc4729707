//! `/admin/orders`: the orders of all shoppers, and what staff can do with one.

mod blocks;
mod caller;
mod cash;
mod emails;
mod exports;
mod handling;
mod line_names;
mod list;
mod new_orders;
mod order;
mod refunds;
mod returns;
mod sending;
mod sending_details;
mod withdrawal;

pub use blocks::block_order_contact;
pub use caller::{create_customer, new_order, place_order, preview_order};
pub use cash::{record_cash, record_refusal, refusal_page};
pub use exports::export_orders;
pub use handling::{address_page, answer_cancellation, change_address, hold, note, release};
pub use list::orders;
pub use new_orders::new_orders;
pub use order::{cancel, order};
pub use refunds::{refund, refunds};
pub use returns::{answer, arrival, close, picture, refund as refund_return, return_page, returns};
pub(super) use sending::refusal;
pub use sending::{correct, lose, send, undo};
pub use withdrawal::{withdraw, withdrawal_page};

use actix_web::HttpResponse;
use askama::Template;

use crate::{
    accounts::StaffRequest,
    admin::{audit_context::AuditContext, filtered_list::FilteredList, nav_badges::capped_count},
    kernel::{OrderId, OrderLineId, OrderNumber},
    orders::{self, OrderFilter, forms},
    platform::db::{self, Connection, DbError},
    web::{self, Form, PageError, PageResult, see_other},
};

const LIST: FilteredList =
    FilteredList { path: "/admin/orders", filters: &["q", "show", "day", "from", "to", "paid", "method"] };

/// Redirects to the list of orders, with a message that no order has the number `typed`.
fn not_found(typed: &str) -> HttpResponse {
    let words = Some(("q", typed)).filter(|(_, typed)| typed.len() <= FilteredList::MAX_SEARCH_LEN);
    see_other(&LIST.with(words))
}

/// Shows the page that `load` makes for the order number `typed`. If no order has it, redirects to the list of orders
/// with a message.
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

/// Runs `act` on the order with this number in a transaction, and returns its result. `act` gets the id of the order,
/// and the member of staff and IP address for the audit log.
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

/// Returns the number typed for an order line; "0" if the form was not submitted yet.
fn typed_count(form: &Form, line: OrderLineId) -> &str {
    forms::typed_units(form, "count", line).unwrap_or("0")
}

/// Returns the URL of the list of orders, filtered by `show`.
pub(super) fn list_of(show: OrderFilter) -> String {
    LIST.with([("show", show.code())])
}

/// Returns the URL of the list of those orders of one day that are neither canceled nor refunded. The day has the form
/// `2026-11-21`.
pub(super) fn list_of_day(day: &str) -> String {
    LIST.with([("show", OrderFilter::Counting.code()), ("day", day)])
}

/// Formats a number of orders, such as "12"; "10,000+" if there are more than are counted.
pub(super) fn pending_count(count: i64) -> String {
    capped_count(count, orders::MAX_PENDING_COUNT)
}
