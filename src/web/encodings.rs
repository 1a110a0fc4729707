//! Chooses the encoding of a response by the header `Accept-Encoding` (RFC 9110, 12.5.3).

use actix_web::http::header::{self, HeaderMap};

/// The encoding of a response's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentCoding {
    Identity,
    Gzip,
    Brotli,
}

impl ContentCoding {
    /// Returns the name of the encoding in HTTP headers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }
}

/// Returns the encoding in `offered` to which the client gives the highest weight, the first of several with the same
/// weight. `None` if the client accepts none of them. A request without the header gets `Identity`.
pub(super) fn chosen_coding(headers: &HeaderMap, offered: &[ContentCoding]) -> Option<ContentCoding> {
    let mut lines = headers.get_all(header::ACCEPT_ENCODING).filter_map(|line| line.to_str().ok()).peekable();
    if lines.peek().is_none() {
        return Some(ContentCoding::Identity).filter(|identity| offered.contains(identity));
    }
    let ranges: Vec<(&str, u16)> = lines.flat_map(|line| line.split(',')).filter_map(range).collect();
    let best = offered.iter().map(|coding| (*coding, weight(&ranges, *coding))).filter(|(_, weight)| *weight > 0);
    best.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(coding, _)| coding)
}

/// Returns the weight that the client gives to an encoding, from 0 (not accepted) to 1000. `identity`, if the header
/// does not name it, has the lowest weight above 0, or 0 if the header refuses `*`.
fn weight(ranges: &[(&str, u16)], coding: ContentCoding) -> u16 {
    let named =
        |name: &str| ranges.iter().find(|(range, _)| range.eq_ignore_ascii_case(name)).map(|(_, weight)| *weight);
    let old_name = if coding == ContentCoding::Gzip { named("x-gzip") } else { None };
    match (named(coding.name()).or(old_name), named("*"), coding) {
        (Some(weight), _, _) => weight,
        (None, Some(0), _) => 0,
        (None, _, ContentCoding::Identity) => LEAST,
        (None, others, _) => others.unwrap_or(0),
    }
}

const LEAST: u16 = 1;

/// Parses one element of the header into the name of an encoding and its weight in thousandths (1000 if it has none).
/// `None` if the weight is invalid.
fn range(text: &str) -> Option<(&str, u16)> {
    let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()))
    });
    Some((name.trim(), weight.unwrap_or(Some(1000))?)).filter(|(name, _)| !name.is_empty())
}

/// Parses a weight from 0 to 1 with at most three decimals into thousandths; `None` if it is invalid.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let weight = match whole {
        "0" => format!("{decimals:0<3}").parse().ok()?,
        "1" => 1000,
        _ => return None,
    };
    Some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ContentCoding::{Brotli, Gzip, Identity};
    use actix_web::http::header::HeaderValue;

    fn chosen(accepted: &str) -> Option<ContentCoding> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(accepted).unwrap());
        chosen_coding(&headers, &[Brotli, Gzip, Identity])
    }

    #[test]
    fn the_most_wanted_form_is_chosen() {
        for (accepted, coding) in [
            ("gzip, deflate, br, zstd", Some(Brotli)),
            ("gzip, deflate", Some(Gzip)),
            ("br;q=0.5, gzip;q=0.8", Some(Gzip)),
            ("br ; Q=0.2 , GZIP;q=0.1", Some(Brotli)),
            ("x-gzip", Some(Gzip)),
            ("*", Some(Brotli)),
            ("*;q=0.1, br;q=0", Some(Gzip)),
            ("", Some(Identity)),
            ("zstd", Some(Identity)),
            ("gzip;q=0", Some(Identity)),
            ("identity, gzip;q=0.5", Some(Identity)),
            ("gzip;q=0.001", Some(Gzip)),
            ("gzip;q=2, br;q=x", Some(Identity)),
            ("identity;q=0", None),
            ("identity;q=0, gzip", Some(Gzip)),
            ("*;q=0", None),
            ("*;q=0, identity", Some(Identity)),
            (";q=1, ,,=;", Some(Identity)),
        ] {
            assert_eq!(chosen(accepted), coding, "{accepted:?}");
        }
        assert_eq!(chosen_coding(&HeaderMap::new(), &[Brotli, Gzip, Identity]), Some(Identity));
    }

    #[test]
    fn a_weight_has_at_most_three_decimals() {
        let read = ["0", "0.", "0.5", "0.123", "1", "1.000"].map(thousandths);
        assert_eq!(read, [Some(0), Some(0), Some(500), Some(123), Some(1000), Some(1000)]);
        assert_eq!(["", "2", "0.1234", "-1", "0.x", ".5"].map(thousandths), [None; 6]);
    }
}
