use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The text in the link of a carrier that is replaced by the tracking number.
pub(super) const PLACEHOLDER: &str = "{number}";

/// The characters that are percent-encoded: all but those that every part of a URL may have (RFC 3986, 2.3). The full
/// stop is encoded too, because a path segment of full stops would lead to another folder.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// Returns the URL of the carrier's page that shows where a parcel is; `None` if the carrier's `link` is empty.
pub fn tracking_link(link: &str, number: &str) -> Option<String> {
    let encoded = utf8_percent_encode(number, RESERVED).to_string();
    (!link.is_empty()).then(|| link.replace(PLACEHOLDER, &encoded))
}

/// Returns whether a text can be the link of a carrier: an `https` URL that contains `{number}`.
pub(super) fn is_link(link: &str) -> bool {
    let rest = link.strip_prefix("https://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = link.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\'));
    let is_host = host.contains('.') && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
    is_plain && is_host && rest.contains(PLACEHOLDER)
}

/// Returns whether a text can be the code of a carrier: 2 to 20 lower-case letters, digits and `_`. The table has the
/// same rule.
pub(super) fn is_code(code: &str) -> bool {
    (2..=20).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_the_number_encoded_wherever_it_stands() {
        let of = |number| tracking_link("https://x.cn/t/{number}?n={number}", number).unwrap();
        assert_eq!(of("SF1234567890123"), "https://x.cn/t/SF1234567890123?n=SF1234567890123");
        assert_eq!(of("A/B?C&D#E%1"), "https://x.cn/t/A%2FB%3FC%26D%23E%251?n=A%2FB%3FC%26D%23E%251");
        assert_eq!(of("..").split('?').next(), Some("https://x.cn/t/%2E%2E"));
        assert_eq!(of("单").split('=').next_back(), Some("%E5%8D%95"));
        assert_eq!(tracking_link("", "SF1"), None);
    }

    #[test]
    fn a_link_leads_to_a_secure_site_and_has_a_place_for_the_number() {
        for link in ["https://x.cn/{number}", "https://x.cn?n={number}", "https://a-b.x.cn:8443/t#{number}"] {
            assert!(is_link(link), "{link}");
        }
        for link in [
            "http://x.cn/{number}",
            "javascript:alert({number})",
            "https://x.cn/",
            "https://{number}",
            "https://{number}.cn",
            "https://u@x.cn/{number}",
            "https:///{number}",
            "https://x.cn/ {number}",
            "https://x.cn/\"{number}",
            "https://例子.cn/{number}",
        ] {
            assert!(!is_link(link), "{link}");
        }
    }
}
