//! Email addresses.

use std::{fmt, str::FromStr};

/// An address that could receive mail: one `@`, a plausible name before it, a dotted host after it; ASCII, at most
/// 254 characters (RFC 5321, 4.5.3.1.3). Whether anybody reads it, only a mail can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// As it was typed, without the space around it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What was typed could not receive mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnEmail;

impl FromStr for Email {
    type Err = NotAnEmail;

    fn from_str(s: &str) -> Result<Self, NotAnEmail> {
        let s = s.trim();
        let plausible = s.split_once('@').is_some_and(|(name, host)| is_name(name) && is_host(host));
        (plausible && s.len() <= 254).then(|| Self(s.to_owned())).ok_or(NotAnEmail)
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    (1..=64).contains(&name.len()) && name.bytes().all(allowed) && name.split('.').all(|part| !part.is_empty())
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.contains('.') && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plausible_addresses_are_taken_and_others_refused() {
        for typed in ["mei@example.com", " a.b+c@sub.example.cn "] {
            assert!(typed.parse::<Email>().is_ok(), "{typed}");
        }
        for typed in
            ["", "mei", "@example.com", "mei@", "mei@localhost", "a@@b.cn", "a b@c.cn", "a..b@c.cn", "梅@例子.cn"]
        {
            assert!(typed.parse::<Email>().is_err(), "{typed}");
        }
    }
}
