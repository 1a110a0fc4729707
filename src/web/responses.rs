use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web::Bytes,
};
use askama::Template;
use std::any::Any;

use super::PageError;

/// What the handler of a page returns: a response, or an error that has a page of its own.
pub type PageResult = Result<HttpResponse, PageError>;

/// The initial size in bytes of the buffer for a page; most pages fit.
const INITIAL_BUFFER_BYTES: usize = 16 * 1024;

/// The name of the template value that tells `base.html` that the page shows a form which was not accepted.
const REFUSED: &str = "refused";

/// The value of `Retry-After`, in seconds, when the shop is overloaded.
pub(super) const OVERLOAD_RETRY_AFTER: &str = "2";

/// Returns a response of status 200 with this page.
pub fn html(page: &impl Template) -> PageResult {
    render(StatusCode::OK, page)
}

/// Responds with status 410 and this page.
pub fn gone(page: &impl Template) -> PageResult {
    render(StatusCode::GONE, page)
}

/// Responds with status 404 and this page.
pub fn missing(page: &impl Template) -> PageResult {
    render(StatusCode::NOT_FOUND, page)
}

/// Returns a response with the body of a stored picture: WebP or JPEG.
pub fn picture(body: Vec<u8>) -> HttpResponse {
    let kind = if body.starts_with(b"RIFF") { "image/webp" } else { "image/jpeg" };
    HttpResponse::Ok().content_type(kind).body(body)
}

/// Responds with a file for the browser to download as `name`, never to show as a page. `name` must have only ASCII
/// letters, digits, hyphens and dots.
pub fn download(media_type: &'static str, name: &str, body: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(body)
}

/// Returns a response of status 422 with a page that shows the form again, with its values and error messages.
pub fn unprocessable(page: &impl Template) -> PageResult {
    refused(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// Returns a response of status 403 with a page that says what the user has to do first, for example enter the password
/// again; nothing was changed.
pub fn forbidden(page: &impl Template) -> PageResult {
    render(StatusCode::FORBIDDEN, page)
}

/// Returns a response of status 429 with a page that shows the form again, and with the seconds to wait in
/// `Retry-After`.
pub fn too_many(page: &impl Template, seconds: u64) -> PageResult {
    let mut response = refused(StatusCode::TOO_MANY_REQUESTS, page)?;
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    Ok(response)
}

/// Returns a response of status 503 with a page that shows the form again; the form may be sent again soon.
pub fn unavailable(page: &impl Template) -> PageResult {
    let mut response = refused(StatusCode::SERVICE_UNAVAILABLE, page)?;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(OVERLOAD_RETRY_AFTER));
    Ok(response)
}

pub(super) fn render(status: StatusCode, page: &impl Template) -> PageResult {
    Ok(with_body(status, rendered(page)?))
}

/// Returns a response with a page that shows a form that was not accepted. Its title begins with the error, because
/// screen readers read the title first.
fn refused(status: StatusCode, page: &impl Template) -> PageResult {
    let mut body = String::with_capacity(INITIAL_BUFFER_BYTES);
    let yes: &dyn Any = &true;
    page.render_into_with_values(&mut body, &(REFUSED, yes)).map_err(PageError::internal)?;
    Ok(with_body(status, body))
}

/// Renders a page to HTML without sending it, so that it can be cached; [`html_of`] makes a response from it.
pub fn rendered(page: &impl Template) -> Result<String, PageError> {
    let mut body = String::with_capacity(INITIAL_BUFFER_BYTES);
    page.render_into(&mut body).map_err(PageError::internal)?;
    Ok(body)
}

/// Returns a response of status 200 with the HTML of a page that [`rendered`] has returned.
pub fn html_of(body: impl Into<Bytes>) -> HttpResponse {
    with_body(StatusCode::OK, body)
}

fn with_body(status: StatusCode, body: impl Into<Bytes>) -> HttpResponse {
    // Pages show the user and the cart, so caches must not store them.
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body.into())
}

/// Redirects (303) to `path`, which shows the result of a successful form.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// Redirects (307) to `path`, where the browser posts the same form again.
pub fn send_again(path: &str) -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, path)).finish()
}
