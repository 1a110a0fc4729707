//! How many orders were placed after a page was made; the page shows it in a badge.

use actix_web::{HttpResponse, http::header, web::Path};

use crate::{
    accounts::StaffRequest,
    kernel::OrderId,
    orders,
    platform::db::DbError,
    web::{PageError, PageResult},
};

/// The largest number that the badge shows.
const MAX_NEW: i64 = 99;

/// `GET /admin/new-orders/{after}`: how many orders were placed after the one with this id, as a text: "3", or "99+" if
/// there are more. Pages request it regularly, so it does not extend the staff session.
pub async fn new_orders(staff: StaffRequest, after: Path<String>) -> PageResult {
    let after: OrderId = after.parse().map_err(|_| PageError::NotFound)?;
    let count = staff.db.run(move |conn| Ok::<_, DbError>(orders::orders_after(conn, after, MAX_NEW + 1)?)).await?;
    let shown = if count > MAX_NEW { format!("{MAX_NEW}+") } else { count.to_string() };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).content_type("text/plain").body(shown))
}
