use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use askama::Template;
use std::any::Any;

use super::PageError;

/// What a handler of a page returns.
pub type PageResult = Result<HttpResponse, PageError>;

/// The initial buffer in bytes; most pages fit without reallocation.
const INITIAL_BUFFER_BYTES: usize = 16 * 1024;

/// The template value that tells `base.html` that a form was refused.
const REFUSED: &str = "refused";

/// The `Retry-After` in seconds when the shop is overloaded.
pub(super) const OVERLOAD_RETRY_AFTER: &str = "2";

/// Renders a page and returns it with status 200.
pub fn html(page: &impl Template) -> PageResult {
    render(StatusCode::OK, page)
}

/// Returns 422 and the form with its values and error messages.
pub fn unprocessable(page: &impl Template) -> PageResult {
    refused(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// Returns 403 and a page that says what is missing; nothing was changed.
pub fn forbidden(page: &impl Template) -> PageResult {
    render(StatusCode::FORBIDDEN, page)
}

/// Returns 429 and the form with its values, with the seconds to wait in `Retry-After`.
pub fn too_many(page: &impl Template, seconds: u64) -> PageResult {
    let mut response = refused(StatusCode::TOO_MANY_REQUESTS, page)?;
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    Ok(response)
}

/// Returns 503 and the form with its values, to be sent again soon.
pub fn unavailable(page: &impl Template) -> PageResult {
    let mut response = refused(StatusCode::SERVICE_UNAVAILABLE, page)?;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(OVERLOAD_RETRY_AFTER));
    Ok(response)
}

pub(super) fn render(status: StatusCode, page: &impl Template) -> PageResult {
    Ok(with_body(status, rendered(page)?))
}

/// Returns the page of a refused form. Its title starts with the error, which screen readers read first.
fn refused(status: StatusCode, page: &impl Template) -> PageResult {
    let mut body = String::with_capacity(INITIAL_BUFFER_BYTES);
    let yes: &dyn Any = &true;
    page.render_into_with_values(&mut body, &(REFUSED, yes)).map_err(PageError::internal)?;
    Ok(with_body(status, body))
}

/// Renders the page as text, for [`html_of`].
pub fn rendered(page: &impl Template) -> Result<String, PageError> {
    let mut body = String::with_capacity(INITIAL_BUFFER_BYTES);
    page.render_into(&mut body).map_err(PageError::internal)?;
    Ok(body)
}

/// Returns status 200 with a page that was rendered before.
pub fn html_of(body: impl Into<String>) -> HttpResponse {
    with_body(StatusCode::OK, body.into())
}

fn with_body(status: StatusCode, body: String) -> HttpResponse {
    // Pages show the user and the cart, so caches must not store them.
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body)
}

/// Returns 303: the form succeeded, and `path` shows the result.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// Returns 307: the browser posts the same form to `path`.
pub fn send_again(path: &str) -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, path)).finish()
}
