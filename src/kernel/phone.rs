//! Phone numbers.

use std::{fmt, str::FromStr};

/// A number a courier could dial: 5 to 15 digits (ITU-T E.164), an optional leading `+`, kept without the spaces,
/// hyphens and brackets people put in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// Digits, with the `+` if there was one.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What was typed could not be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPhone;

impl FromStr for Phone {
    type Err = NotAPhone;

    fn from_str(s: &str) -> Result<Self, NotAPhone> {
        let dialled: String = s.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect();
        let digits = dialled.strip_prefix('+').unwrap_or(&dialled);
        let can_be_dialled = (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        can_be_dialled.then_some(Self(dialled)).ok_or(NotAPhone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_kept_as_it_is_dialled() {
        let dialled = |s: &str| s.parse::<Phone>().map(|p| p.to_string());
        assert_eq!(dialled("138 0013-8000"), Ok("13800138000".into()));
        assert_eq!(dialled("+86 (10) 6552 9988"), Ok("+861065529988".into()));
        for typed in ["", "1234", "call me", "138001380001234567", "13800138000x"] {
            assert_eq!(dialled(typed), Err(NotAPhone), "{typed}");
        }
    }
}
