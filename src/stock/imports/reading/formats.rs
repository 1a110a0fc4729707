//! Number formats of cells (ECMA-376, 18.8.30), as far as they change how a code looks: leading zeros, literal signs
//! and dates.

use chrono::{Days, NaiveDate};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    General,
    Date,
    /// A pattern such as `000000` or `00-000`, into which the digits of the number are put.
    Pattern(Vec<FormatSymbol>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormatSymbol {
    /// A place for a digit, written `0` in a number format. It shows zero if the number has no digit for it.
    Zero,
    /// A place for a digit, written `#` in a number format. It shows nothing if the number has no digit for it.
    Digit,
    Literal(char),
}

impl Format {
    /// Returns the number format with this id. `code` is its text in the workbook, such as `00-000`; `None` for a
    /// format that is built into spreadsheets.
    pub(super) fn of(id: u32, code: Option<&str>) -> Self {
        match (code, id) {
            (Some(code), _) => Self::of_code(code),
            (None, 14..=22 | 27..=36 | 45..=47 | 50..=58) => Self::Date,
            (None, _) => Self::General,
        }
    }

    fn of_code(code: &str) -> Self {
        let (mut signs, mut is_plain) = (Vec::new(), true);
        let mut rest = code.chars();
        while let Some(c) = rest.next() {
            match c {
                ';' => break,
                '"' => signs.extend(rest.by_ref().take_while(|c| *c != '"').map(FormatSymbol::Literal)),
                '\\' => signs.extend(rest.next().map(FormatSymbol::Literal)),
                // `_` is a space as wide as the next sign, `*` repeats the next sign to fill the cell.
                '_' | '*' => drop(rest.next()),
                '[' => {
                    let inside: String = rest.by_ref().take_while(|c| *c != ']').collect();
                    if ["h", "hh", "m", "mm", "s", "ss"].contains(&inside.to_ascii_lowercase().as_str()) {
                        return Self::Date;
                    }
                }
                '0' => signs.push(FormatSymbol::Zero),
                '#' | '?' => signs.push(FormatSymbol::Digit),
                '-' | ' ' | '(' | ')' | ':' | '+' | '$' => signs.push(FormatSymbol::Literal(c)),
                'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => return Self::Date,
                _ => is_plain = false,
            }
        }
        let has_digits = signs.iter().any(|sign| matches!(sign, FormatSymbol::Zero | FormatSymbol::Digit));
        let says_more = signs.len() > 1;
        if is_plain && has_digits && says_more { Self::Pattern(signs) } else { Self::General }
    }

    /// Returns a number as this format shows it. `number` has to be a result of [`plain`].
    pub(super) fn shown(&self, number: &str) -> String {
        match self {
            Self::Pattern(signs) if !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) => {
                in_pattern(signs, number)
            }
            Self::Date => number.parse().ok().and_then(day).unwrap_or_else(|| number.to_owned()),
            _ => number.to_owned(),
        }
    }
}

/// Puts digits into a pattern from the right. The leftmost place gets all digits that remain.
fn in_pattern(signs: &[FormatSymbol], number: &str) -> String {
    let mut digits = number.trim_start_matches('0').chars().rev().peekable();
    let places = signs.iter().filter(|sign| !matches!(sign, FormatSymbol::Literal(_))).count();
    let (mut shown, mut place) = (Vec::new(), 0_usize);
    for sign in signs.iter().rev() {
        match sign {
            FormatSymbol::Literal(c) => {
                shown.push(*c);
                continue;
            }
            FormatSymbol::Zero => shown.push(digits.next().unwrap_or('0')),
            FormatSymbol::Digit => shown.extend(digits.next()),
        }
        place += 1;
        if place == places {
            shown.extend(digits.by_ref());
        }
    }
    shown.iter().rev().collect()
}

/// Formats a spreadsheet's serial number (days since 1899-12-30) as a date and time; `None` if it is out of range.
fn day(serial: f64) -> Option<String> {
    let seconds = (serial.fract() * 86_400.0).round();
    let days: u64 = format!("{:.0}", serial.trunc()).parse().ok()?;
    let seconds: u32 = format!("{seconds:.0}").parse().ok()?;
    let time = format!("{:02}:{:02}", seconds / 3_600, seconds / 60 % 60);
    if days == 0 {
        return Some(time);
    }
    let day = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))?;
    let day = day.format("%Y-%m-%d");
    Some(if seconds == 0 { day.to_string() } else { format!("{day} {time}") })
}

/// Returns a number with 15 significant digits and without an exponent, as spreadsheets show it; returns other text
/// unchanged. `4.006381333931E12` may be a barcode, and `12.000000000000002` is 12.
pub(super) fn plain(text: &str) -> String {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    let rounded = number.and_then(|number| format!("{number:.14e}").parse::<f64>().ok());
    rounded.map_or_else(|| text.to_owned(), |number| number.to_string())
}

/// Replaces the escapes in a text of a workbook, such as `_x000D_` for a line end (ECMA-376, 22.9.2.19).
pub(super) fn unescaped(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let digits = escape.get(2..6).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let code =
            digits.filter(|_| escape.get(6..7) == Some("_")).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(c) = code.and_then(char::from_u32) {
            plain.push(c);
            rest = escape.get(7..).unwrap_or_default();
        } else {
            plain.push('_');
            rest = escape.get(1..).unwrap_or_default();
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_their_format_says() {
        for (code, number, shown) in [
            ("General", "12", "12"),
            ("000000", "12", "000012"),
            ("000000", "1234567", "1234567"),
            ("00-000", "12345", "12-345"),
            ("\"SKU-\"0000", "7", "SKU-0007"),
            ("\\A0000;-0", "7", "A0007"),
            ("[$-409]0000", "7", "0007"),
            ("0", "12", "12"),
            ("#,##0", "1000", "1000"),
            ("0.00", "12", "12"),
            ("000000", "1.5", "1.5"),
            ("000000", "-3", "-3"),
            ("000", "0", "000"),
            ("@", "12", "12"),
            ("mmm\\-d", "46082", "2026-03-01"),
            ("[h]:mm", "0.5", "12:00"),
            ("yyyy/m/d h:mm", "46082.25", "2026-03-01 06:00"),
            ("yyyy", "1e300", "1e300"),
            ("yyyy", "-1", "-1"),
        ] {
            assert_eq!(Format::of(164, Some(code)).shown(number), shown, "{code} {number}");
        }
        assert_eq!(Format::of(16, None), Format::Date);
        assert_eq!(Format::of(4, None), Format::General);
    }

    #[test]
    fn fifteen_digits_of_a_number_mean_something() {
        for (kept, shown) in [
            ("12.000000000000002", "12"),
            ("19.999999999999996", "20"),
            ("4.006381333931E12", "4006381333931"),
            ("0.1", "0.1"),
            ("-3", "-3"),
            ("1.5", "1.5"),
            ("nan", "nan"),
            ("x", "x"),
        ] {
            assert_eq!(plain(kept), shown);
        }
    }

    #[test]
    fn escapes_are_what_they_stand_for() {
        assert_eq!(unescaped("A_x000D_"), "A\r");
        assert_eq!(unescaped("_x005F_x000D_"), "_x000D_");
        assert_eq!(unescaped("a_xb_x00_é_x000G_"), "a_xb_x00_é_x000G_");
        assert_eq!(unescaped("_xD800_"), "_xD800_");
    }
}
