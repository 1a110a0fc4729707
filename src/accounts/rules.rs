//! Rules for usernames, passwords and staff sessions.

use icu_normalizer::ComposingNormalizerBorrowed;
use std::{borrow::Cow, fmt, str::FromStr};

use crate::kernel::{Email, text};

/// The maximum number of addresses in one address book.
pub const MAX_ADDRESSES: usize = 20;

pub(super) const MIN_PASSWORD_LEN: usize = 8;
/// The maximum length in characters of a new or entered password, because hashing a long text takes time.
pub(super) const MAX_PASSWORD_LEN: usize = 128;

/// Common passwords of at least [`MIN_PASSWORD_LEN`] characters in lower case, one on each line. The README beside the
/// file names the source.
const COMMON_PASSWORDS: &str = include_str!("common_passwords/passwords.txt");

/// Converts a password to the Unicode form NFC, in which it is hashed, because keyboards encode the same letter in
/// several ways.
pub(super) fn normalized(password: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(password)
}

/// Returns the length of a password in characters, after normalization.
pub(super) fn password_len(password: &str) -> usize {
    normalized(password).chars().count()
}

fn is_common(password: &str) -> bool {
    let password = password.trim().to_lowercase();
    COMMON_PASSWORDS.contains(&format!("\n{password}\n"))
}

/// The maximum length of a username in characters. The database has the same limit.
pub(super) const MAX_USERNAME_LEN: usize = 32;

/// A username: letters, digits, `_`, `-`, `.` or Chinese characters; at least 3 characters, or 2 with a Chinese
/// one, and at most 32. It has no `@`, so it cannot be mistaken for an email address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Returns the username without spaces around it and in the form of [`text::fold`], in upper and lower case as
    /// typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseUsernameError {
    /// The username contains a character that is not allowed.
    OddCharacters,
    /// The username has fewer than 3 characters, or fewer than 2 with a Chinese one.
    TooShort,
    /// The username has more than 32 characters.
    TooLong,
}

impl FromStr for Username {
    type Err = ParseUsernameError;

    fn from_str(s: &str) -> Result<Self, ParseUsernameError> {
        let folded = folded(s);
        let name = folded.as_str();
        let fewest = if name.contains(is_chinese) { 2 } else { 3 };
        let characters = name.chars().count();
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') || is_chinese(c)) {
            Err(ParseUsernameError::OddCharacters)
        } else if characters < fewest {
            Err(ParseUsernameError::TooShort)
        } else if characters > MAX_USERNAME_LEN {
            Err(ParseUsernameError::TooLong)
        } else {
            Ok(Self(name.to_owned()))
        }
    }
}

/// Returns a username in the form in which it is stored and looked up: as [`text::fold`] returns it, but without
/// surrounding spaces and without variation selectors.
fn folded(typed: &str) -> String {
    let name: String = text::fold(typed).chars().filter(|c| !is_variation_selector(*c)).collect();
    name.trim().to_owned()
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Converts the name typed at sign-in to the form in which it is looked up: that of an email address, or of a username.
pub(super) fn sign_in_name(typed: &str) -> String {
    typed.parse().map_or_else(|_| folded(typed), |email: Email| email.to_string())
}

/// Returns whether `c` is a Chinese character, including rare ones of family names (Unicode 17, sections 4.8 and 18.1).
fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{20000}'..='\u{2FA1F}' | '\u{30000}'..='\u{3347F}')
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakPassword {
    TooShort,
    TooLong,
    /// The password has a control character, such as a line break.
    OddCharacters,
    /// The password is the username or the email address of the user.
    SameAsName,
    /// The password is one of the common ones, which attackers try first.
    Common,
}

/// Checks that the user with this username and email address may have this new password; says why not.
pub fn check_password(password: &str, username: &str, email: &str) -> Result<(), WeakPassword> {
    let password = &*normalized(password);
    let characters = password.chars().count();
    let same_as = |name: &str| !name.is_empty() && password.trim().to_lowercase() == normalized(name).to_lowercase();
    if characters < MIN_PASSWORD_LEN {
        Err(WeakPassword::TooShort)
    } else if characters > MAX_PASSWORD_LEN {
        Err(WeakPassword::TooLong)
    } else if password.contains(char::is_control) {
        Err(WeakPassword::OddCharacters)
    } else if same_as(username) || same_as(email) {
        Err(WeakPassword::SameAsName)
    } else if is_common(password) {
        Err(WeakPassword::Common)
    } else {
        Ok(())
    }
}

/// A staff session ends after this many seconds without a request.
pub(super) const STAFF_SESSION_IDLE_SECONDS: u64 = 30 * 60;
/// A password that was typed again counts as recent for this many seconds, in which it is not asked for.
pub(super) const RECENT_PASSWORD_SECONDS: u64 = 5 * 60;
/// The longest duration of a staff session, in seconds.
const MAX_STAFF_SESSION_SECONDS: i64 = 12 * 60 * 60;

/// Returns whether a staff session that began at `begun` is still valid at `now`; both are seconds since 1970 (UTC).
pub(super) fn staff_session_lasts(begun: i64, now: i64) -> bool {
    now.saturating_sub(begun) < MAX_STAFF_SESSION_SECONDS
}

/// Returns whether a text, in the form of [`text::fold`], could be a postcode of some country; true for an empty text.
pub(super) fn is_postcode(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_made_of_letters_digits_and_chinese_characters() {
        for name in ["mei", "Lin_Mei-88", "a.b", "林梅", "林m", " lin.mei ", "𠮷野家", "ｍｅｉ", &"x".repeat(32)]
        {
            assert!(name.parse::<Username>().is_ok(), "{name}");
        }
        let why = |name: &str| name.parse::<Username>().unwrap_err();
        for name in ["lin mei", "mei@example.com", "méi", "mei\n.", "<b>", "мей", "mеi"] {
            assert_eq!(why(name), ParseUsernameError::OddCharacters, "{name}");
        }
        for name in ["", "me", "林"] {
            assert_eq!(why(name), ParseUsernameError::TooShort, "{name}");
        }
        assert_eq!(why(&"林".repeat(33)), ParseUsernameError::TooLong);
    }

    #[test]
    fn names_are_looked_up_as_they_are_kept() {
        let folded = |typed: &str| typed.parse::<Username>().unwrap().to_string();
        for typed in ["ｌｉｎ．ｍｅｉ", "lin\u{200b}.mei", "\u{202e}lin.mei", "\u{a0}lin.mei"] {
            assert_eq!((folded(typed), sign_in_name(typed)), ("lin.mei".into(), "lin.mei".into()), "{typed:?}");
        }
        assert_eq!(sign_in_name(" mei@例子.cn"), "mei@xn--fsqu00a.cn");
        assert_eq!(sign_in_name("whoever you are"), "whoever you are");
    }

    #[test]
    fn a_shift_lasts_twelve_hours_at_most() {
        let begun = 1_800_000_000;
        assert!(staff_session_lasts(begun, begun) && staff_session_lasts(begun, begun + 12 * 3600 - 1));
        assert!(!staff_session_lasts(begun, begun + 12 * 3600) && !staff_session_lasts(i64::MIN, begun));
    }

    #[test]
    fn the_list_of_common_passwords_has_the_form_that_is_searched() {
        let passwords: Vec<&str> = COMMON_PASSWORDS.trim_matches('\n').lines().collect();
        assert!(passwords.len() > 3_000 && COMMON_PASSWORDS.starts_with('\n') && COMMON_PASSWORDS.ends_with('\n'));
        for password in passwords {
            assert!(password.chars().count() >= MIN_PASSWORD_LEN && password == password.trim(), "{password}");
            assert_eq!(password, normalized(password).to_lowercase());
        }
    }

    #[test]
    fn a_password_is_long_enough_and_not_the_name() {
        let check = |password: &str| check_password(password, "lin.mei-88", "mei@example.com");
        for password in ["paper lantern", "密码密码密码密码", &"e\u{301}".repeat(128), &"x".repeat(128)] {
            assert_eq!(check(password), Ok(()), "{password}");
        }
        for common in ["12345678", "password", "PassWord", "qwertyuiop", "password1", "iloveyou1", " 12345678"] {
            assert_eq!(check(common), Err(WeakPassword::Common), "{common}");
        }
        assert_eq!(check("1234567"), Err(WeakPassword::TooShort));
        assert_eq!(check(&"e\u{301}".repeat(7)), Err(WeakPassword::TooShort));
        assert_eq!(check("密码密码"), Err(WeakPassword::TooShort));
        assert_eq!(check(&"x".repeat(129)), Err(WeakPassword::TooLong));
        assert_eq!(check("paper\nlantern"), Err(WeakPassword::OddCharacters));
        assert_eq!(check("Lin.Mei-88"), Err(WeakPassword::SameAsName));
        assert_eq!(check(" MEI@example.com"), Err(WeakPassword::SameAsName));
    }
}
