use actix_web::{HttpRequest, web::Data};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::SecurityEvent;
use crate::config::Config;

/// Stands for the address of every client whose address cannot be determined.
const UNKNOWN: &str = "unknown";

/// Returns the client's IP address; for IPv6 its /64 network, which usually belongs to one household.
///
/// Behind `BEHIND_PROXY` trusted proxies, it is the entry of `X-Forwarded-For` that the outermost of them added; the
/// client can forge those before it. If that entry is missing or unreadable, logs it and returns a value that all such
/// clients share ([`is_shared_address`]), not the proxy's address.
pub fn client_address(req: &HttpRequest) -> String {
    let proxies = req.app_data::<Data<Config>>().map_or(0, |config| config.trusted_proxies);
    let peer = req.peer_addr().map(|peer| peer.ip());
    let address = if proxies > 0 { forwarded_for(req, proxies, peer) } else { peer };
    address.map_or_else(|| UNKNOWN.to_owned(), |ip| network_of(ip.to_canonical()))
}

/// Returns whether `address` is the value for clients whose address cannot be determined. They share one counter, so
/// that a forged header evades no limit; its limits have to be wider, so that one client cannot exhaust them for all.
pub fn is_shared_address(address: &str) -> bool {
    address == UNKNOWN
}

/// Returns the text of an IPv4 address, or the /64 network of an IPv6 address (`2001:db8:1:2::`).
pub(super) fn network_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::")
        }
    }
}

fn forwarded_for(req: &HttpRequest, proxies: usize, peer: Option<IpAddr>) -> Option<IpAddr> {
    let lines = req.headers().get_all("x-forwarded-for").map(|line| String::from_utf8_lossy(line.as_bytes()));
    let lines: Vec<_> = lines.collect();
    let entries: Vec<&str> = lines.iter().flat_map(|line| line.split(',')).map(str::trim).collect();
    let entries: Vec<&str> = entries.into_iter().filter(|entry| !entry.is_empty()).collect();
    // With fewer entries than proxies, the client bypassed the outer proxy, and an inner one added the first entry.
    let entry = entries.get(entries.len().saturating_sub(proxies)).copied();
    let address = entry.and_then(read_address);
    if address.is_none() {
        let peer = peer.map_or_else(|| UNKNOWN.to_owned(), |ip| ip.to_string());
        let said: String = entry.unwrap_or("(no X-Forwarded-For)").chars().take(100).collect();
        SecurityEvent::ForwardedUnreadable.record_connection(&peer, &said);
    }
    address
}

/// Parses the IP address in an entry of `X-Forwarded-For`: alone, with a port, in brackets, in quotes, or with a zone.
fn read_address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim().trim_matches('"').trim();
    if let Some(rest) = entry.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_port = port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
        return if port.is_empty() || is_port { read_v6(address) } else { None };
    }
    if let Ok(address) = entry.parse::<Ipv4Addr>() {
        return Some(address.into());
    }
    if let Some(address) = read_v6(entry) {
        return Some(address);
    }
    let (address, port) = entry.rsplit_once(':')?;
    let address = address.parse::<Ipv4Addr>().ok()?;
    port.bytes().all(|b| b.is_ascii_digit()).then_some(address.into())
}

/// Parses an IPv6 address without its zone (`fe80::1%eth0`).
fn read_v6(text: &str) -> Option<IpAddr> {
    let address = text.split_once('%').map_or(text, |(address, _)| address);
    address.parse::<Ipv6Addr>().ok().map(IpAddr::from)
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

    fn said(proxies: usize, lines: &[&str]) -> Option<String> {
        let request =
            lines.iter().fold(TestRequest::get(), |request, line| request.append_header(("x-forwarded-for", *line)));
        forwarded_for(&request.to_http_request(), proxies, None).map(|ip| ip.to_string())
    }

    #[test]
    fn an_address_is_read_however_a_proxy_writes_it() {
        for written in [
            "198.51.100.1",
            " 198.51.100.1 ",
            "198.51.100.1:51234",
            "\"198.51.100.1:51234\"",
            "198.51.100.1,",
            "198.51.100.1 , ,",
            "203.0.113.9,198.51.100.1",
        ] {
            assert_eq!(said(1, &[written]).as_deref(), Some("198.51.100.1"), "{written}");
        }
        for written in [
            "2001:db8::7",
            "[2001:db8::7]",
            "[2001:db8::7]:443",
            "\"[2001:db8::7]:443\"",
            "2001:DB8:0::7",
            "2001:db8::7%eth0",
            "[2001:db8::7%25eth0]:443",
        ] {
            assert_eq!(said(1, &[written]).as_deref(), Some("2001:db8::7"), "{written}");
        }
        for nonsense in
            ["nonsense", "unknown", "_hidden", "", ",", "198.51.100.1, nonsense", "[2001:db8::7", "[::1]x", "1.2.3"]
        {
            assert_eq!(said(1, &[nonsense]), None, "{nonsense}");
        }
        assert_eq!(said(1, &[]), None);
    }

    #[test]
    fn only_what_our_own_proxies_have_added_counts() {
        assert_eq!(said(1, &["203.0.113.9, 198.51.100.1"]).as_deref(), Some("198.51.100.1"));
        assert_eq!(said(2, &["203.0.113.9, 198.51.100.1, 10.0.0.1"]).as_deref(), Some("198.51.100.1"));
        assert_eq!(said(2, &["203.0.113.9, 198.51.100.1:80", "10.0.0.1"]).as_deref(), Some("198.51.100.1"));
        // Bypasses the outer proxy.
        assert_eq!(said(2, &["198.51.100.1"]).as_deref(), Some("198.51.100.1"));
    }

    #[test]
    fn an_address_that_cannot_be_told_is_not_the_proxys() {
        let config = |name: &str| match name {
            "DATABASE_URL" => Some("postgres://till@localhost/till".to_owned()),
            "REDIS_URL" => Some("redis://localhost".to_owned()),
            "BEHIND_PROXY" => Some("true".to_owned()),
            _ => None,
        };
        let config = Data::new(Config::read(&crate::config::Env(&config)).unwrap());
        let asked = |said: &'static str| {
            let request = TestRequest::default().app_data(config.clone()).peer_addr("10.0.0.1:80".parse().unwrap());
            client_address(&request.insert_header(("x-forwarded-for", said)).to_http_request())
        };
        assert_eq!(asked("198.51.100.1:8080"), "198.51.100.1");
        assert_eq!(asked("[2001:db8:1:2:3::7]:8080"), "2001:db8:1:2::");
        assert_eq!(asked("nonsense"), UNKNOWN);
        assert!(is_shared_address(&asked("nonsense")) && !is_shared_address(&asked("198.51.100.1")));
    }
}
