//! Gives each page one URL: other spellings are redirected to it permanently.

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderValue},
    middleware::Next,
};

use super::local_path;

/// Query parameters by which advertisements and emails count visitors. Pages ignore them.
const TRACKERS: [&str; 8] = ["gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "bd_vid", "yclid"];
const TRACKER_PREFIX: &str = "utm_";

/// Middleware: redirects (301) GET and HEAD requests for a path with empty segments (`//`) or a slash at its end to the
/// path without these. Requests with other methods are not redirected, because browsers would not send the form again;
/// an inner middleware normalizes their paths.
pub async fn canonical_addresses(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    if req.method().is_safe()
        && let Some(path) = without_empty_parts(req.path())
        && local_path(&path).is_some()
    {
        let moved = moved_permanently(req.request(), &path);
        return Ok(req.into_response(moved).map_into_right_body());
    }
    Ok(next.call(req).await?.map_into_left_body())
}

/// Returns the path without empty segments and final slash; `None` if it has neither.
fn without_empty_parts(path: &str) -> Option<String> {
    if path.len() <= 1 || !(path.contains("//") || path.ends_with('/')) {
        return None;
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    Some(format!("/{}", parts.join("/")))
}

/// Returns a redirect (301) to `path`, the canonical path of the page found; `None` if the request has this path
/// already. The query is kept, except for tracking parameters.
pub fn canonical_redirect(req: &HttpRequest, path: &str) -> Option<HttpResponse> {
    // Hexadecimal digits may be of either case: a proxy that writes them the other way would cause redirects without end.
    (!req.uri().path().eq_ignore_ascii_case(path) || differs_in_letters(req.uri().path(), path))
        .then(|| moved_permanently(req, path))
}

/// Returns whether two paths, which are equal except for upper and lower case, differ in more than the hexadecimal
/// digits of percent-encoding.
fn differs_in_letters(asked: &str, path: &str) -> bool {
    let mut encoded = 0;
    asked.bytes().zip(path.bytes()).any(|(a, b)| {
        let is_digit = encoded > 0;
        encoded = if a == b'%' { 2_u8 } else { encoded.saturating_sub(1) };
        a != b && !is_digit
    })
}

/// Returns a redirect (301) to `path` with the request's query, without tracking parameters. Browsers may cache it but
/// must revalidate it each time, because a slug can be changed back.
pub fn moved_permanently(req: &HttpRequest, path: &str) -> HttpResponse {
    let query = kept_query(req.query_string(), is_tracker);
    let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let Ok(location) = HeaderValue::from_bytes(target.as_bytes()) else {
        return HttpResponse::BadRequest().finish();
    };
    HttpResponse::MovedPermanently()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .finish()
}

/// Returns whether a query parameter serves only to count visitors.
pub(super) fn is_tracker(name: &str) -> bool {
    name.starts_with(TRACKER_PREFIX) || TRACKERS.contains(&name)
}

/// Returns the query without empty parameters and those for whose name `is_dropped` is true. The others are unchanged.
pub(super) fn kept_query(query: &str, is_dropped: fn(&str) -> bool) -> String {
    let kept = query.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !is_dropped(name)
    });
    kept.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn location(asked: &str, path: &str) -> Option<String> {
        let req = TestRequest::with_uri(asked).to_http_request();
        let moved = canonical_redirect(&req, path)?;
        Some(moved.headers().get(header::LOCATION).unwrap().to_str().unwrap().to_owned())
    }

    #[test]
    fn other_paths_lead_to_the_canonical_one_with_their_query() {
        let path = "/products/1-tea";
        assert_eq!(location("/products/1-tea?sku=3", path), None);
        assert_eq!(location("/products/1", path).as_deref(), Some(path));
        assert_eq!(location("/products/1-Tea", path).as_deref(), Some(path));
        assert_eq!(location("/%70roducts/1-tea", path).as_deref(), Some(path));
        let asked = "/products/1?utm_source=a&sku=3&gclid=b&&x=%0d%0a&fbclid";
        assert_eq!(location(asked, path).as_deref(), Some("/products/1-tea?sku=3&x=%0d%0a"));
        assert_eq!(location("/a/%e8%8c%b6", "/a/%E8%8C%B6"), None, "the same to a proxy");
        assert_eq!(location("/a/%e8B", "/a/%E8b").as_deref(), Some("/a/%E8b"));
    }

    #[test]
    fn empty_parts_of_a_path_are_left_out() {
        for (asked, path) in [
            ("//evil.example", Some("/evil.example")),
            ("///", Some("/")),
            ("/cart/", Some("/cart")),
            ("/a//b///c", Some("/a/b/c")),
            ("/", None),
            ("/a/b", None),
            ("/%2F%2Fevil.example", None),
        ] {
            assert_eq!(without_empty_parts(asked).as_deref(), path, "{asked}");
        }
    }
}
