//! Taxpayer numbers of China.

use std::{fmt, str::FromStr};

use super::text;

/// A Chinese taxpayer number in upper case. It is a unified social credit code or an identity number, both of 18
/// characters with a check character at the end, or an older number of 15, 17 or 20 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxpayerNumber(String);

impl TaxpayerNumber {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaxpayerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a valid taxpayer number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTaxpayerNumberError;

impl FromStr for TaxpayerNumber {
    type Err = ParseTaxpayerNumberError;

    /// Parses a typed number. Spaces, hyphens, lower case and full-width characters are allowed.
    fn from_str(s: &str) -> Result<Self, ParseTaxpayerNumberError> {
        let plain = text::fold(s).replace([' ', '-'], "").to_ascii_uppercase();
        let is_valid = match plain.len() {
            18 => is_credit_code(&plain) || is_identity_number(&plain),
            // A region and the code of an organization; or an identity number of 15 or 18 characters and two more.
            15 => begins_with_digits(&plain, 6),
            17 => begins_with_digits(&plain, 15),
            20 => begins_with_digits(&plain, 17),
            _ => false,
        };
        is_valid.then_some(Self(plain)).ok_or(ParseTaxpayerNumberError)
    }
}

/// Returns whether a text has only ASCII letters and digits, and begins with `digits` digits.
fn begins_with_digits(text: &str, digits: usize) -> bool {
    text.bytes().take(digits).all(|byte| byte.is_ascii_digit()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The characters of unified social credit codes. The value of each is its index.
const CREDIT_CODE_CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// The weights of the first 17 characters: powers of 3 modulo 31.
const CREDIT_CODE_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Returns whether a text of 18 characters is a unified social credit code with the right check character (GB
/// 32100-2015).
fn is_credit_code(code: &str) -> bool {
    let worth = |c: char| CREDIT_CODE_CHARACTERS.find(c);
    let Some(values) = code.chars().map(worth).collect::<Option<Vec<usize>>>() else { return false };
    let sum: usize = values.iter().zip(CREDIT_CODE_WEIGHTS).map(|(value, weight)| value * weight).sum();
    values.last() == Some(&((31 - sum % 31) % 31))
}

const IDENTITY_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check characters, indexed by the weighted sum modulo 11.
const IDENTITY_CHECKS: &str = "10X98765432";

/// Returns whether a text is a resident's identity number with the right check character (GB 11643-1999). Sole traders
/// may use it as their taxpayer number.
fn is_identity_number(number: &str) -> bool {
    let digits: Vec<u32> = number.chars().take(17).filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits.iter().zip(IDENTITY_WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = usize::try_from(sum % 11).ok().and_then(|place| IDENTITY_CHECKS.chars().nth(place));
    digits.len() == 17 && check.is_some() && number.chars().last() == check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> Option<String> {
        typed.parse().ok().map(|number: TaxpayerNumber| number.to_string())
    }

    #[test]
    fn a_credit_code_has_a_right_check_character() {
        assert_eq!(parsed("91350100M000100Y43").as_deref(), Some("91350100M000100Y43"));
        assert_eq!(parsed(" ９１35-0100 m000100y43 ").as_deref(), Some("91350100M000100Y43"));
        for wrong in ["91350100M000100Y44", "91350100M000100Y34", "9135O100M000100Y43", "91350100M000100Y4", ""] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn one_wrong_or_two_exchanged_characters_are_noticed() {
        let right = "91350100M000100Y43";
        for place in 0..18 {
            for other in CREDIT_CODE_CHARACTERS.chars() {
                let mut typed: Vec<char> = right.chars().collect();
                if typed[place] != other {
                    typed[place] = other;
                    assert!(!is_credit_code(&typed.iter().collect::<String>()), "{place} {other}");
                }
            }
        }
        assert!(!is_credit_code("19350100M000100Y43"));
    }

    #[test]
    fn an_identity_number_and_older_numbers_are_taken_too() {
        for right in ["11010519491231002X", "440106123456789", "11010519491231001", "11010519491231002X01"] {
            assert_eq!(parsed(right).as_deref(), Some(right));
        }
        for wrong in
            ["110105194912310021", "A40106123456789", "4401061234567 9", "1101051949123100!X01", "一二三四五六"]
        {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
