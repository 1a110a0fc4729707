//! Phone numbers.

use std::{fmt, str::FromStr};

use super::text;

/// A phone number of 5 to 15 digits (ITU-T E.164) with an optional leading `+`, stored without spaces, hyphens, dots
/// and brackets, and an optional extension of 1 to 6 digits.
///
/// Extensions are parsed as people write them: `转801`, `ext. 12`, `x12`, `#801`, `,5678`; and, after a complete number,
/// `-5678`, as marketplaces write the virtual numbers that hide a customer's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    number: String,
    extension: Option<String>,
    stored: String,
}

/// The texts that begin an extension, longer ones first; letters are in lower case. `;ext=` is that of RFC 3966.
const EXTENSION_SIGNS: [&str; 17] = [
    ";ext=",
    "extension",
    "extn",
    "ext",
    "分机号",
    "分机",
    "分機",
    "内线",
    "內線",
    "转",
    "轉",
    "x",
    "#",
    "*",
    ",",
    ";",
    "poste",
];
/// Characters that are ignored between a number, the sign of an extension, and the extension.
const SEPARATORS: [char; 8] = [' ', '.', ':', '-', '(', ')', ',', '#'];

impl Phone {
    /// Returns the number as stored: digits, with a leading `+` if typed, and `;ext=` with the extension (RFC 3966).
    pub fn as_str(&self) -> &str {
        &self.stored
    }

    /// Returns the number without the extension.
    pub fn number(&self) -> &str {
        &self.number
    }

    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    fn new(number: &str, extension: Option<&str>) -> Option<Self> {
        let extension = extension.map(|typed| typed.trim_matches(SEPARATORS));
        if extension.is_some_and(|digits| !(1..=6).contains(&digits.len()) || !are_digits(digits)) {
            return None;
        }
        let number = number.trim_end_matches([' ', ',', ':', ';']);
        let number = number.strip_prefix("tel:").unwrap_or(number);
        let number: String = number.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
        let digits = number.strip_prefix('+').unwrap_or(&number);
        if !(5..=15).contains(&digits.len()) || !are_digits(digits) {
            return None;
        }
        let stored = match extension {
            Some(extension) => format!("{number};ext={extension}"),
            None => number.clone(),
        };
        Some(Self { stored, extension: extension.map(str::to_owned), number })
    }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stored.fmt(f)
    }
}

/// The text is not a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParsePhoneError;

impl FromStr for Phone {
    type Err = ParsePhoneError;

    fn from_str(s: &str) -> Result<Self, ParsePhoneError> {
        let typed = text::fold(s).trim().to_lowercase();
        let phone = match split_extension(&typed).or_else(|| split_hyphenated_extension(&typed)) {
            Some((number, extension)) => Self::new(number, Some(extension)),
            None => Self::new(&typed, None),
        };
        phone.ok_or(ParsePhoneError)
    }
}

/// Splits typed text at the first sign of an extension into (number, extension). `None` if there is no sign.
fn split_extension(typed: &str) -> Option<(&str, &str)> {
    let first =
        EXTENSION_SIGNS.iter().filter_map(|sign| Some((typed.find(sign)?, sign.len()))).min_by_key(|(at, length)| {
            // Of two signs at the same place take the longer one.
            (*at, usize::MAX - *length)
        });
    let (at, length) = first?;
    Some((typed.get(..at)?, typed.get(at + length..)?))
}

/// Splits typed text into (number, extension), where the extension is a last group of up to six digits after a hyphen
/// or a space; `None` if the part before it is not a complete number.
fn split_hyphenated_extension(typed: &str) -> Option<(&str, &str)> {
    let at = typed.rfind(['-', ' '])?;
    let (number, last) = (typed.get(..at)?, typed.get(at + 1..)?);
    (are_digits(last) && last.len() <= 6 && is_whole(number)).then_some((number, last))
}

/// Returns whether a number is complete: a Chinese mobile or service number, a landline number with its area code, a
/// local landline number of eight digits without separators, or a North American number with `+1`.
fn is_whole(number: &str) -> bool {
    let in_one = number.trim();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if number.trim_start().starts_with("+1") || number.trim_start().starts_with("(+1)") {
        return digits.len() == 11;
    }
    let is_chinese = number.trim_start_matches(['(', ' ']).starts_with("+86") || digits.starts_with("86");
    let national = if is_chinese { digits.strip_prefix("86").unwrap_or(&digits) } else { digits.as_str() };
    let is_foreign = number.contains('+') && !is_chinese;
    let length = national.len();
    let second = national.as_bytes().get(1).copied().unwrap_or_default();
    match national.as_bytes().first() {
        _ if is_foreign => false,
        Some(b'1') if (b'3'..=b'9').contains(&second) => length == 11,
        Some(b'1' | b'2') if is_chinese => length == 10,
        Some(b'0') if matches!(second, b'1' | b'2') => length == 11,
        Some(b'0') => matches!(length, 11 | 12),
        Some(b'4' | b'8') if national.get(1..3) == Some("00") => length == 10,
        Some(b'2'..=b'8') => length == 8 && are_digits(in_one),
        _ => false,
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
        for same in [
            "１３８００１３８０００",
            "138\u{a0}0013\u{a0}8000",
            "138\u{2011}0013\u{2011}8000",
            "138\u{2007}0013\u{3000}8000",
            "\u{202d}13800138000\u{202c}",
            "138\u{200b}00138000",
            "138\u{2212}0013\u{2013}8000",
            "138.0013.8000",
        ] {
            assert_eq!(dialled(same), Ok("13800138000".into()), "{same:?}");
        }
        assert_eq!(dialled("＋８６　１３８００１３８０００"), Ok("+8613800138000".into()));
        for typed in [
            "",
            "1234",
            "call me",
            "138001380001234567",
            "13800138000x",
            "13800138000转",
            "转801",
            "13800138000/13900139000",
            "13800138000,13900139000",
            "138001380 00ext",
            "\u{200b}",
        ] {
            assert_eq!(dialled(typed), Err(ParsePhoneError), "{typed}");
        }
    }

    #[test]
    fn an_extension_is_kept_apart_from_the_number() {
        for (typed, number, extension) in [
            ("010-65529988转801", "01065529988", "801"),
            ("010-65529988 转 801", "01065529988", "801"),
            ("010-65529988轉801", "01065529988", "801"),
            ("010-65529988分机801", "01065529988", "801"),
            ("010-65529988（分机：801）", "01065529988", "801"),
            ("010-65529988-801", "01065529988", "801"),
            ("(0571) 8765 4321-12", "057187654321", "12"),
            ("65529988-801", "65529988", "801"),
            ("400-820-8820-1", "4008208820", "1"),
            ("+1 555 123 4567 ext. 12", "+15551234567", "12"),
            ("+1-555-123-4567-89", "+15551234567", "89"),
            ("555 123 4567 x12", "5551234567", "12"),
            ("5551234567X12", "5551234567", "12"),
            ("020 7946 0123 Extension 12", "02079460123", "12"),
            ("+44 20 7946 0123;ext=12", "+442079460123", "12"),
            ("13800138000-5678", "13800138000", "5678"),
            ("138 0013 8000 - 5678", "13800138000", "5678"),
            ("+86 138-0013-8000-5678", "+8613800138000", "5678"),
            ("13800138000,5678", "13800138000", "5678"),
            ("13800138000，5678", "13800138000", "5678"),
            ("13800138000,,5678#", "13800138000", "5678"),
            ("13800138000#801", "13800138000", "801"),
            ("１３８００１３８０００－５６７８", "13800138000", "5678"),
            ("13800138000 5678", "13800138000", "5678"),
        ] {
            let phone: Phone = typed.parse().unwrap_or_else(|_| panic!("{typed}"));
            assert_eq!((phone.number(), phone.extension()), (number, Some(extension)), "{typed}");
            assert_eq!(phone.as_str().parse(), Ok(phone.clone()), "what is kept is read again");
        }
        for typed in
            ["010-6552-9988", "021-6552-9988", "0755-8888-9999", "+49 30 901820-12", "+1-555-123-4567", "138-0013-8000"]
        {
            assert_eq!(typed.parse::<Phone>().unwrap().extension(), None, "{typed}");
        }
    }
}
