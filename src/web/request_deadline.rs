use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use std::time::Duration;

use super::fields::{brings_form, keep_form};
use crate::platform::deadline;

/// The time for all waits of a request: a page responds within three seconds, if only with an error.
const WAIT_BUDGET: Duration = Duration::from_millis(2700);

/// Middleware: ends all waits of a request for PostgreSQL and Redis together after [`WAIT_BUDGET`]. Reads a form before
/// that, because the client's upload time does not count.
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
