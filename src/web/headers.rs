use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};

use crate::config::Config;

/// The value of the header `Content-Security-Policy`: resources only from this origin, nothing inline, no framing.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()";

static PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
static OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
static RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Middleware: adds the security headers to every response, also to the errors of inner middlewares.
pub async fn security_headers(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let secure = req.app_data::<Data<Config>>().is_some_and(|config| config.secure());
    match next.call(req).await {
        Ok(mut response) => {
            add(response.headers_mut(), secure);
            Ok(response)
        }
        Err(error) => {
            let mut answer = error.error_response();
            add(answer.headers_mut(), secure);
            Err(InternalError::from_response(error, answer).into())
        }
    }
}

/// Middleware: leaves responses to forms uncompressed. They are mostly small, and compressing thousands at once, in a
/// flash sale, would take most of the CPU and 250 KB of memory each.
pub async fn answers_to_forms_uncompressed(
    mut req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !req.method().is_safe() {
        req.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    next.call(req).await
}

fn add(headers: &mut HeaderMap, secure: bool) {
    // The page of an email in the mailbox has one of its own.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    }
    // Other sites may embed pictures, but nothing else.
    let shown_by = if is_picture(headers) { "cross-origin" } else { "same-origin" };
    let mut say = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    say(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    say(header::REFERRER_POLICY, "same-origin");
    say(header::X_FRAME_OPTIONS, "DENY");
    say(PERMISSIONS.clone(), PERMISSIONS_POLICY);
    say(OPENER.clone(), "same-origin");
    say(RESOURCE.clone(), shown_by);
    if secure {
        say(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn is_picture(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"image/"))
}
