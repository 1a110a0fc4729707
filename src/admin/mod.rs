//! Behind the counter: the pages of staff. The rules stay in the rooms.

mod books;
mod counter;
mod journal;
mod metrics;
mod movements;
mod outbox;
mod products;
mod stock;

use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use crate::{
    accounts::{self, Role, Staff},
    web::{PageError, see_other},
};

pub use books::{books, check_books};
pub use journal::{JournalFilter, JournalRow, NewStaffAction, Turn, journal, journal_rows, record};
pub use metrics::metrics;
pub use movements::{move_stock, movements};
pub use outbox::{outbox, try_outbox_again, try_promise_again};
pub use products::{
    add_picture, change_picture, create_product, new_product, product, products, publish_product, save_product,
    save_product_options, save_product_skus,
};
pub use stock::stock;

/// Middleware of everything behind the counter: for anybody else there is nothing here (404), so that a page whose
/// handler forgets to ask is closed too.
///
/// # Errors
/// None of its own; a refusal is an answer.
pub async fn staff_only(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let refusal = match accounts::who(req.request()).await {
        Ok(Some(person)) if person.role() >= Role::Staff => None,
        Ok(_) => Some(PageError::NotFound),
        Err(error) => Some(error),
    };
    match refusal {
        Some(error) => Ok(req.error_response(error).map_into_right_body()),
        None => Ok(next.call(req).await?.map_into_left_body()),
    }
}

/// `GET /admin`: the stock room, until there is more.
///
/// # Errors
/// Not staff.
pub async fn counter(_: Staff) -> Result<HttpResponse, PageError> {
    Ok(see_other("/admin/stock"))
}
