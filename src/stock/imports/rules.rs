//! What an import decides.

use crate::stock::{Delta, MAX_STOCK};

/// The most lines a file may have, its heading aside.
pub const MAX_FILE_LINES: usize = 200_000;
/// The most bytes a file may have.
pub const MAX_FILE_BYTES: u64 = 20 * 1024 * 1024;
/// Columns beyond this are not looked at.
pub(super) const MAX_COLUMNS: usize = 1_000;
/// The heading is searched for in so many rows.
pub(super) const MAX_HEADING_ROWS: usize = 50;

/// What the numbers of a file mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// By how much the stock changes.
    Difference,
    Count,
}

impl ImportMode {
    /// Both, in the order a form offers them.
    pub const ALL: [Self; 2] = [Self::Difference, Self::Count];

    /// As the database and a form call it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Difference => "difference",
            Self::Count => "count",
        }
    }

    /// The mode of that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.code() == code)
    }
}

/// Why a line is not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineProblem {
    /// No SKU is named.
    NoCode,
    /// No SKU has this code.
    UnknownCode,
    /// A spreadsheet has made a day of the code.
    CodeIsDate,
    /// A formula stands there that was never worked out.
    Formula,
    /// What stands there is no whole number.
    NotANumber,
    /// A difference of more than a million.
    TooFar,
    /// Fewer than none were counted.
    CountBelowZero,
    /// The SKU stands in another line too; which.
    Twice(i64),
    /// Fewer than none would be left; how many there were.
    BelowZero(i64),
    /// More than [`MAX_STOCK`] would be there; how many there were.
    TooMany(i64),
    /// The stock is not what was shown when it was counted; how many there were.
    Changed(i64),
    /// The database would not have it.
    Refused,
}

impl LineProblem {
    /// As the database keeps it: its name, and its number.
    pub fn parts(self) -> (&'static str, Option<i64>) {
        match self {
            Self::NoCode => ("no-code", None),
            Self::UnknownCode => ("unknown-code", None),
            Self::CodeIsDate => ("code-is-date", None),
            Self::Formula => ("formula", None),
            Self::NotANumber => ("not-a-number", None),
            Self::TooFar => ("too-far", None),
            Self::CountBelowZero => ("count-below-zero", None),
            Self::Twice(line) => ("twice", Some(line)),
            Self::BelowZero(stock) => ("below-zero", Some(stock)),
            Self::TooMany(stock) => ("too-many", Some(stock)),
            Self::Changed(stock) => ("changed", Some(stock)),
            Self::Refused => ("refused", None),
        }
    }

    /// What the database has kept; `None` where nobody knows the name, or the number that it needs is missing.
    pub fn of_parts(name: &str, detail: Option<i64>) -> Option<Self> {
        Some(match name {
            "no-code" => Self::NoCode,
            "unknown-code" => Self::UnknownCode,
            "code-is-date" => Self::CodeIsDate,
            "formula" => Self::Formula,
            "not-a-number" => Self::NotANumber,
            "too-far" => Self::TooFar,
            "count-below-zero" => Self::CountBelowZero,
            "twice" => Self::Twice(detail?),
            "below-zero" => Self::BelowZero(detail?),
            "too-many" => Self::TooMany(detail?),
            "changed" => Self::Changed(detail?),
            "refused" => Self::Refused,
            _ => return None,
        })
    }
}

/// What a line would leave on the shelf, where `stock` are there; or why it cannot be done. One without a number leaves it
/// as it is, so that a list of all SKUs can be sent back with a few of them filled in.
pub fn evaluate_line(mode: ImportMode, code: &str, typed: &str, stock: Option<i32>) -> Result<i32, LineProblem> {
    if code.is_empty() {
        return Err(LineProblem::NoCode);
    }
    let stock = stock.ok_or(LineProblem::UnknownCode)?;
    if typed.is_empty() {
        return Ok(stock);
    }
    let number = number(&half_width(typed)).ok_or(LineProblem::NotANumber)?;
    let after = match mode {
        ImportMode::Count if number < 0 => return Err(LineProblem::CountBelowZero),
        ImportMode::Count => number,
        ImportMode::Difference => i64::from(stock) + i64::from(difference(number)?),
    };
    let most = i64::from(MAX_STOCK.max(stock));
    match i32::try_from(after) {
        _ if after < 0 => Err(LineProblem::BelowZero(stock.into())),
        Ok(within) if after <= most => Ok(within),
        _ => Err(LineProblem::TooMany(stock.into())),
    }
}

/// By how much stock is to change, where that can be.
pub(super) fn change(typed: &str) -> Option<i32> {
    difference(number(&half_width(typed))?).ok()
}

fn difference(number: i64) -> Result<i32, LineProblem> {
    match i32::try_from(number) {
        Ok(0) => Ok(0),
        Ok(number) => Delta::new(number).map(Delta::get).ok_or(LineProblem::TooFar),
        Err(_) => Err(LineProblem::TooFar),
    }
}

/// A text with plain letters, digits and signs where it has full width ones (`６１`).
pub(super) fn half_width(text: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    };
    text.chars().map(half).collect()
}

/// A whole number as sheets write it: `12`, `+12`, `−3`, and `12.0`, which some make of it; not `1.000`, which for half the world
/// is a thousand.
pub(super) fn number(typed: &str) -> Option<i64> {
    let typed = typed.replacen('\u{2212}', "-", 1);
    let (whole, zeros) = typed.split_once('.').unwrap_or((&typed, "0"));
    let only_zeros = !zeros.is_empty() && zeros.len() != 3 && zeros.bytes().all(|digit| digit == b'0');
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    // One with more digits than fit is a number all the same, and too large.
    let huge = if whole.starts_with('-') { i64::MIN } else { i64::MAX };
    (only_zeros && is_number).then(|| whole.parse().unwrap_or(huge))
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadableFile {
    /// There is nothing in it.
    Empty,
    /// It is no table: a picture, a program.
    NotATable,
    /// It is in no encoding that we know, or broken within one.
    Encoding,
    /// The columns are not named.
    NoHeading,
    /// They are, but its numbers are counts where differences were announced, or differences where counts were; no longer
    /// said of new imports.
    OtherNumbers,
    /// There is a heading and nothing else.
    NoLines,
    /// More than [`MAX_FILE_LINES`].
    TooManyLines,
    /// A line without an end; also a quote that is not closed.
    LineTooLong,
    /// A workbook of the old kind, or one with a password.
    OldWorkbook,
    /// A workbook that ends in the middle, or is broken otherwise.
    BrokenWorkbook,
    /// A workbook with a stock list on more than one sheet; no longer said of new imports.
    MoreSheets,
    /// A workbook that holds far more than a stock list.
    TooLargeInside,
    /// A workbook of OpenDocument (ODS).
    OpenDocument,
    /// A workbook of Numbers.
    Numbers,
    /// A binary workbook (XLSB).
    BinaryWorkbook,
    /// An archive with other files in it.
    Archive,
    /// HTML or XML, whatever it is called.
    WebPage,
    /// A PDF.
    Pdf,
    /// It was tried several times, and each time the reader went down.
    GivenUp,
}

impl UnreadableFile {
    const ALL: [(Self, &'static str); 19] = [
        (Self::Empty, "empty"),
        (Self::NotATable, "not-a-table"),
        (Self::Encoding, "encoding"),
        (Self::NoHeading, "no-heading"),
        (Self::OtherNumbers, "other-numbers"),
        (Self::NoLines, "no-lines"),
        (Self::TooManyLines, "too-many-lines"),
        (Self::LineTooLong, "line-too-long"),
        (Self::OldWorkbook, "old-workbook"),
        (Self::BrokenWorkbook, "broken-workbook"),
        (Self::MoreSheets, "more-sheets"),
        (Self::TooLargeInside, "too-large-inside"),
        (Self::OpenDocument, "open-document"),
        (Self::Numbers, "numbers"),
        (Self::BinaryWorkbook, "binary-workbook"),
        (Self::Archive, "archive"),
        (Self::WebPage, "web-page"),
        (Self::Pdf, "pdf"),
        (Self::GivenUp, "given-up"),
    ];

    /// As the database calls it.
    pub fn code(self) -> &'static str {
        Self::ALL.into_iter().find(|(known, _)| *known == self).map_or("given-up", |(_, code)| code)
    }

    /// `None` for an unknown code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == code).map(|(unreadable, _)| unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_leaves_what_it_says_or_says_why_not() {
        use ImportMode::{Count, Difference};
        for (mode, typed, after) in [
            (Difference, "12", Ok(52)),
            (Difference, "+12", Ok(52)),
            (Difference, "-40", Ok(0)),
            (Difference, "\u{2212}3", Ok(37)),
            (Difference, "12.0", Ok(52)),
            (Count, "６１", Ok(61)),
            (Difference, "＋１", Ok(41)),
            (Difference, "1，000", Err(LineProblem::NotANumber)),
            (Difference, "1.000", Err(LineProblem::NotANumber)),
            (Difference, "1,000", Err(LineProblem::NotANumber)),
            (Difference, "true", Err(LineProblem::NotANumber)),
            (Difference, "0", Ok(40)),
            (Difference, "", Ok(40)),
            (Count, "", Ok(40)),
            (Difference, "-41", Err(LineProblem::BelowZero(40))),
            (Difference, "1000001", Err(LineProblem::TooFar)),
            (Difference, "99999999999999999999999", Err(LineProblem::TooFar)),
            (Count, "50", Ok(50)),
            (Count, "0", Ok(0)),
            (Count, "-1", Err(LineProblem::CountBelowZero)),
            (Count, "1000000001", Err(LineProblem::TooMany(40))),
            (Count, "99999999999999999999999", Err(LineProblem::TooMany(40))),
        ] {
            assert_eq!(evaluate_line(mode, "A", typed, Some(40)), after, "{mode:?} {typed}");
        }
        for typed in [
            "five", "1.5", "1,000", "1e3", "=2+3", "--1", "+-1", "5-", "٣", "1.", ".0", "12.x", "5²", "(5)", "1 000",
            "12件",
        ] {
            assert_eq!(evaluate_line(Difference, "A", typed, Some(40)), Err(LineProblem::NotANumber), "{typed}");
        }
        assert_eq!(evaluate_line(Count, "", "5", None), Err(LineProblem::NoCode));
        assert_eq!(evaluate_line(Count, "A", "5", None), Err(LineProblem::UnknownCode));
        assert_eq!(evaluate_line(Difference, "A", "1", Some(MAX_STOCK)), Err(LineProblem::TooMany(MAX_STOCK.into())));
    }

    #[test]
    fn a_problem_is_kept_and_found_again() {
        for problem in [
            LineProblem::NoCode,
            LineProblem::Twice(7),
            LineProblem::BelowZero(3),
            LineProblem::Changed(9),
            LineProblem::Refused,
        ] {
            let (name, detail) = problem.parts();
            assert_eq!(LineProblem::of_parts(name, detail), Some(problem));
        }
        for (unreadable, _) in UnreadableFile::ALL {
            assert_eq!(UnreadableFile::from_code(unreadable.code()), Some(unreadable));
        }
    }
}
