//! From where a request comes.

use actix_web::{HttpRequest, web::Data};
use std::net::IpAddr;

use crate::config::Config;

/// The address that asks, as far as limits tell addresses apart: of IPv6 the network (64 bits), which is one household's.
///
/// Behind a proxy of ours (`BEHIND_PROXY`) it is the last entry of `X-Forwarded-For`, the one that proxy has added; those
/// before it anybody can make up.
pub fn client_address(req: &HttpRequest) -> String {
    let behind_proxy = req.app_data::<Data<Config>>().is_some_and(|config| config.behind_proxy);
    let forwarded = behind_proxy.then(|| forwarded_for(req)).flatten();
    match forwarded.or_else(|| req.peer_addr().map(|peer| peer.ip())).map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::")
        }
        None => "unknown".to_owned(),
    }
}

fn forwarded_for(req: &HttpRequest) -> Option<IpAddr> {
    let said = req.headers().get_all("x-forwarded-for").last()?.to_str().ok()?;
    said.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn an_address_is_what_the_connection_says_unless_a_proxy_of_ours_speaks() {
        let from = |peer: &str| TestRequest::default().peer_addr(peer.parse().unwrap());
        let asked = from("192.0.2.7:4000").insert_header(("x-forwarded-for", "198.51.100.1")).to_http_request();
        assert_eq!(client_address(&asked), "192.0.2.7");
        assert_eq!(client_address(&from("[2001:db8:1:2:3:4:5:6]:4000").to_http_request()), "2001:db8:1:2::");
        assert_eq!(client_address(&from("[::ffff:192.0.2.7]:4000").to_http_request()), "192.0.2.7");
    }

    #[test]
    fn of_what_was_forwarded_only_the_last_counts() {
        let said = |header: &str| {
            forwarded_for(&TestRequest::get().insert_header(("x-forwarded-for", header)).to_http_request())
        };
        assert_eq!(said("203.0.113.9, 198.51.100.1"), Some("198.51.100.1".parse().unwrap()));
        assert_eq!(said("198.51.100.1, nonsense"), None);
    }
}
