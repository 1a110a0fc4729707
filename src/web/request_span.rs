use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

/// The number of slashes before the key in the path of a link by which an order is paid.
const SLASHES_BEFORE_KEY: usize = 3;

/// The minimum length of the part of a path that is taken for the key of a link by which an order is paid: keys are
/// longer, and the paths that gateways use have shorter parts.
const MIN_KEY_LEN: usize = 32;

/// Returns the path as it is written to the log: without the key of a link by which an order is paid, which must stay
/// secret.
pub(super) fn logged_path(path: &str) -> &str {
    if !path.starts_with("/pay/") {
        return path;
    }
    let key_begins = path.match_indices('/').nth(SLASHES_BEFORE_KEY - 1).map(|(at, _)| at + 1);
    let Some((before, key)) = key_begins.and_then(|at| path.split_at_checked(at)) else { return path };
    if key.len() < MIN_KEY_LEN { path } else { before }
}

/// Makes the tracing span of a request with its method, path without query, and id; nothing more, because each value
/// takes time in every request.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        tracing::info_span!("request", method = request.method().as_str(), path = logged_path(request.path()), id)
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, Error>) {}
}

#[cfg(test)]
mod tests {
    use super::logged_path;

    #[test]
    fn the_key_of_a_link_that_pays_is_not_logged() {
        let key = "0f".repeat(32);
        for path in [format!("/pay/2026/{key}"), format!("/pay/2026/{key}/payment")] {
            assert_eq!(logged_path(&path), "/pay/2026/");
        }
        for path in ["/", "/pay", "/pay/", "/pay/alipay/return", "/pay/alipay/notification", "/orders/2026/payment"] {
            assert_eq!(logged_path(path), path);
        }
    }
}
