//! The answers pages give.

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

/// What most pages fit into, so that rendering one does not move it about.
const MAX_PAGES: usize = 16 * 1024;

/// What `base.html` looks for in the values of a page.
const REFUSED: &str = "refused";

/// How many seconds a moment has, where the shop is too busy.
pub(super) const A_MOMENT: &str = "2";

/// 200 and the page.
pub fn html(page: &impl Template) -> Result<HttpResponse, PageError> {
    render(StatusCode::OK, page)
}

/// 422 and the same page again, with what is wrong beside its field and what was typed still there.
pub fn unprocessable(page: &impl Template) -> Result<HttpResponse, PageError> {
    refused(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// 403 and a page that says what is missing: nothing has happened yet.
pub fn forbidden(page: &impl Template) -> Result<HttpResponse, PageError> {
    render(StatusCode::FORBIDDEN, page)
}

/// 429 and the same page again, with_flash how long to wait, which the header says too.
pub fn too_many(page: &impl Template, seconds: u64) -> Result<HttpResponse, PageError> {
    let mut response = refused(StatusCode::TOO_MANY_REQUESTS, page)?;
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    Ok(response)
}

/// 503 and the same page again, with what was typed still there: it is worth sending once more in a moment.
pub fn unavailable(page: &impl Template) -> Result<HttpResponse, PageError> {
    let mut response = refused(StatusCode::SERVICE_UNAVAILABLE, page)?;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(A_MOMENT));
    Ok(response)
}

/// The page under any status.
pub(super) fn render(status: StatusCode, page: &impl Template) -> Result<HttpResponse, PageError> {
    Ok(with_body(status, rendered(page)?))
}

/// The page under a status that refuses its form; its title says so first, which is what is read out first.
fn refused(status: StatusCode, page: &impl Template) -> Result<HttpResponse, PageError> {
    let mut body = String::with_capacity(MAX_PAGES);
    let yes: &dyn Any = &true;
    page.render_into_with_values(&mut body, &(REFUSED, yes)).map_err(PageError::internal)?;
    Ok(with_body(status, body))
}

/// The page as text, for [`html_of`].
pub fn rendered(page: &impl Template) -> Result<String, PageError> {
    let mut body = String::with_capacity(MAX_PAGES);
    page.render_into(&mut body).map_err(PageError::internal)?;
    Ok(body)
}

/// 200 and a page that is rendered already.
pub fn html_of(body: impl Into<String>) -> HttpResponse {
    with_body(StatusCode::OK, body.into())
}

fn with_body(status: StatusCode, body: String) -> HttpResponse {
    // Pages say who is signed in and what is in the cart: nobody may keep a copy for somebody else.
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body)
}

/// 303: what was asked is done, and this is where to look at it.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// 307: the browser sends the same form there.
pub fn send_again(path: &str) -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, path)).finish()
}
