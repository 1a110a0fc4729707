//! Forms of other sites are refused: a browser says where a request comes from, and an unsafe one must come from us.

use actix_web::{
    Error, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web::Data,
};

use url::{Origin, Url};

use super::{PageError, SecurityEvent, Subject};
use crate::config::Config;

/// Middleware: an unsafe method needs `Sec-Fetch-Site: same-origin` or `none` (W3C Fetch Metadata); where the browser does
/// not send it, an `Origin` of our own; with neither it is refused (403).
pub async fn refuse_cross_site(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !req.method().is_safe() && !is_ours(&req) {
        SecurityEvent::CrossSiteRefused.record(req.request(), Subject::Nobody, "");
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

/// The origin shoppers know us by, or the host this very request was sent to, under the scheme they know us by: a page that
/// came unencrypted is not one of a shop that is reached by `https`. What a request says of its own scheme is not asked.
pub(super) fn is_our_origin(req: &HttpRequest, origin: &str) -> bool {
    let (Some(config), Some(origin)) = (req.app_data::<Data<Config>>(), read(origin)) else { return false };
    let host = req.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let to_this_host = host.and_then(|host| read(&format!("{}://{host}", config.public_url.scheme())));
    origin == config.public_url.origin() || Some(origin) == to_this_host
}

/// An origin as browsers write one: a scheme, a host, a port unless it is the usual one, and nothing more.
fn read(origin: &str) -> Option<Origin> {
    let url = Url::parse(origin).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (bare && matches!(url.scheme(), "http" | "https")).then(|| url.origin())
}
