//! No request waits for PostgreSQL and Redis longer than anybody waits for a page.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use std::time::Duration;

use super::form::{brings_form, keep_form};
use crate::platform::deadline;

/// A page is there after three seconds, or says that it cannot be.
const WAIT_BUDGET: Duration = Duration::from_millis(2700);

/// Middleware: all waits of a request for PostgreSQL and Redis together end after [`WAIT_BUDGET`]. A form is read before, since
/// how long a client takes to send it is not the shop's time.
///
/// # Errors
/// None of its own; a form that cannot be read is answered.
pub async fn limit_waits(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !req.method().is_safe()
        && brings_form(req.request())
        && let Err(error) = keep_form(&mut req).await
    {
        return Ok(req.error_response(error).map_into_right_body());
    }
    Ok(deadline::scope(WAIT_BUDGET, next.call(req)).await?.map_into_left_body())
}
