//! The products that a visitor has seen. They are stored only in a cookie, not on the server.

use actix_web::{HttpRequest, http::header::HeaderName};

use crate::{
    config::Config,
    kernel::SpuId,
    web::cookies::{self, SEEN, SEEN_AGE},
};

/// The maximum number of products in the cookie.
const MAX_SEEN: usize = 8;
/// The header of Global Privacy Control. If it is "1", the visitor does not want to be tracked, and no product is
/// remembered.
const GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// Returns the products that the visitor has seen, the latest first, without those that the page shows anyway.
pub fn seen_before(req: &HttpRequest, shown: &[SpuId]) -> Vec<SpuId> {
    let mut seen = read(req);
    seen.retain(|spu| !shown.contains(spu));
    seen
}

fn read(req: &HttpRequest) -> Vec<SpuId> {
    let value = cookies::read_signed(req, SEEN).unwrap_or_default();
    value.split('.').filter_map(|id| id.parse().ok()).map(SpuId).take(MAX_SEEN).collect()
}

/// Sets the cookie to the products seen before with `spu` as the latest, unless the browser asks not to be tracked.
pub fn remember_seen(req: &HttpRequest, config: &Config, spu: SpuId) {
    let mut seen = read(req);
    if seen.first() == Some(&spu) || req.headers().get(GPC).is_some_and(|value| value == "1") {
        return;
    }
    seen.retain(|other| *other != spu);
    seen.insert(0, spu);
    seen.truncate(MAX_SEEN);
    let ids: Vec<String> = seen.iter().map(SpuId::to_string).collect();
    cookies::renew(req, cookies::sign(config, SEEN, ids.join("."), SEEN_AGE));
}
