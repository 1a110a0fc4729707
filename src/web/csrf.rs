//! CSRF protection by the headers `Sec-Fetch-Site` and `Origin`.

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

/// Paths that accept requests from other sites: notifications from payment gateways, and mail programs that unsubscribe
/// somebody. Signatures in those requests prove where they come from.
const EXEMPT: [&str; 2] = ["/pay/alipay/notification", "/mail/unsubscription"];

/// Middleware: refuses (403) a request with an unsafe method unless it has `Sec-Fetch-Site: same-origin` or `none` (W3C
/// Fetch Metadata) or, without that header, an `Origin` of the shop. Lets [`EXEMPT`] paths through.
pub async fn refuse_cross_site(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !req.method().is_safe() && !is_ours(&req) && !EXEMPT.contains(&req.path()) {
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

/// Returns whether `origin` is an origin of the shop: that of `PUBLIC_URL`, or the request's `Host` with the scheme of
/// `PUBLIC_URL`. A page at `http` does not belong to a shop at `https`.
pub(super) fn is_our_origin(req: &HttpRequest, origin: &str) -> bool {
    let (Some(config), Some(origin)) = (req.app_data::<Data<Config>>(), read(origin)) else { return false };
    let host = req.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let to_this_host = host.and_then(|host| read(&format!("{}://{host}", config.public_url.scheme())));
    origin == config.public_url.origin() || Some(origin) == to_this_host
}

/// Parses an HTTP(S) origin; `None` if it has anything besides a scheme, a host and a port.
fn read(origin: &str) -> Option<Origin> {
    let url = Url::parse(origin).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (bare && matches!(url.scheme(), "http" | "https")).then(|| url.origin())
}
