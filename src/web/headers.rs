//! What every answer tells the browser to be careful about.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderValue},
    middleware::Next,
    web::Data,
};

use crate::config::Config;

/// Nothing from anywhere else, nothing inline, in nobody's frame. No page of ours needs more.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Middleware: adds the headers to every answer.
///
/// # Errors
/// None of its own.
pub async fn security_headers(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let secure = req.app_data::<Data<Config>>().is_some_and(|config| config.secure());
    let mut response = next.call(req).await?;
    add(response.headers_mut(), secure);
    Ok(response)
}

/// What answers a form is sent as it is. There is little of it, except when thousands hear at once that something is sold
/// out: then compressing would take most of the cores and a quarter of a megabyte for each of them.
///
/// # Errors
/// None of its own.
pub async fn answers_to_forms_uncompressed(
    mut req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !req.method().is_safe() {
        req.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    next.call(req).await
}

/// The headers themselves; `secure` where the shop is only reached by `https`.
pub(super) fn add(headers: &mut HeaderMap, secure: bool) {
    let mut say = |name, value| headers.insert(name, HeaderValue::from_static(value));
    say(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    say(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    say(header::REFERRER_POLICY, "same-origin");
    say(header::X_FRAME_OPTIONS, "DENY");
    if secure {
        say(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}
