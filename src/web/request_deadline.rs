use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use std::time::Duration;

use super::fields::{brings_form, keep_form};
use crate::platform::deadline;

/// How long all waits of a request may take together: a page responds within three seconds, if only with an error.
const WAIT_BUDGET: Duration = Duration::from_millis(2700);

/// Middleware: limits the time that a request waits for PostgreSQL and Redis to [`WAIT_BUDGET`] in all. A form is read
/// before, so that the time of its upload does not count.
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
