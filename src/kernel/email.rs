//! Email addresses.

use idna::AsciiDenyList;
use std::{fmt, str::FromStr};

use super::text;

/// An email address: one `@`, a plausible local part, a host with a dot, at most 254 characters (RFC 5321, 4.5.3.1.3).
/// An international host is stored in ASCII (`例子.cn` is `xn--fsqu00a.cn`), so both spellings are one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Returns the address as stored: the host in ASCII, upper and lower case as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Formats an address for display, with an international host in Unicode.
    pub fn shown(address: &str) -> String {
        match address.rsplit_once('@') {
            Some((name, host)) if host.to_ascii_lowercase().contains("xn--") => {
                let (unicode, read) = idna::domain_to_unicode(host);
                let host = if read.is_ok() { unicode } else { host.to_owned() };
                format!("{name}@{host}")
            }
            _ => address.to_owned(),
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a valid email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseEmailError;

impl FromStr for Email {
    type Err = ParseEmailError;

    fn from_str(s: &str) -> Result<Self, ParseEmailError> {
        let folded = text::fold(s);
        let (name, host) = folded.trim().split_once('@').ok_or(ParseEmailError)?;
        let host = if host.is_ascii() { host.to_owned() } else { ascii_host(host).ok_or(ParseEmailError)? };
        let address = format!("{name}@{host}");
        let plausible = is_name(name) && is_host(&host) && address.len() <= 254;
        plausible.then_some(Self(address)).ok_or(ParseEmailError)
    }
}

/// Returns the ASCII form of an international host (UTS 46); `None` if it is invalid.
fn ascii_host(host: &str) -> Option<String> {
    Some(idna::domain_to_ascii_cow(host.as_bytes(), AsciiDenyList::STD3).ok()?.into_owned())
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b))
        && name.split('.').all(|part| !part.is_empty())
}

fn is_host(host: &str) -> bool {
    host.contains('.') && host.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plausible_addresses_are_taken_and_others_refused() {
        for typed in ["mei@example.com", " a.b+c@sub.example.cn "] {
            assert!(typed.parse::<Email>().is_ok(), "{typed}");
        }
        for typed in [
            "",
            "mei",
            "@example.com",
            "mei@",
            "mei@localhost",
            "a@@b.cn",
            "a b@c.cn",
            "a..b@c.cn",
            "梅@例子.cn",
            "mei@例 子.cn",
        ] {
            assert!(typed.parse::<Email>().is_err(), "{typed}");
        }
    }

    #[test]
    fn a_host_in_another_script_is_the_one_of_the_network() {
        for typed in ["mei@例子.cn", "mei@例子。cn", "mei@xn--fsqu00a.cn", "ｍｅｉ＠例子.ＣＮ", "mei\u{200b}@例子.cn"]
        {
            assert_eq!(typed.parse::<Email>().unwrap().as_str(), "mei@xn--fsqu00a.cn", "{typed}");
        }
        assert_eq!("mei@Bücher.example".parse::<Email>().unwrap().as_str(), "mei@xn--bcher-kva.example");
        assert_eq!(Email::shown("mei@xn--fsqu00a.cn"), "mei@例子.cn");
        for same in ["mei@example.com", "nobody", "mei@xn--\u{7f}.cn"] {
            assert_eq!(Email::shown(same), same);
        }
    }
}
