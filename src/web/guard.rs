//! Forms of other sites are refused: a browser says where a request comes from, and an unsafe one must come from us.

use actix_web::{
    Error, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web::Data,
};

use super::PageError;
use crate::config::Config;

/// Middleware: an unsafe method needs `Sec-Fetch-Site: same-origin` or `none` (W3C Fetch Metadata); where the browser does
/// not send it, an `Origin` of our own; with neither it is refused (403).
///
/// # Errors
/// None of its own; a refusal is an answer.
pub async fn refuse_cross_site(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !req.method().is_safe() && !is_ours(&req) {
        return Ok(req.error_response(PageError::Forbidden).map_into_right_body());
    }
    Ok(next.call(req).await?.map_into_left_body())
}

fn is_ours(req: &ServiceRequest) -> bool {
    let said = |name: &str| req.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    match said("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => said(header::ORIGIN.as_str()).is_some_and(|origin| is_our_origin(req.request(), origin)),
    }
}

/// The origin shoppers know us by, or the host this very request was sent to.
pub(super) fn is_our_origin(req: &HttpRequest, origin: &str) -> bool {
    let public = req.app_data::<Data<Config>>().map(|config| config.public_url.origin().ascii_serialization());
    let host = req.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let to_this_host = host
        .filter(|host| !host.is_empty())
        .is_some_and(|host| origin.split_once("://").is_some_and(|(_, of)| of == host));
    public.is_some_and(|ours| ours == origin) || to_this_host
}
