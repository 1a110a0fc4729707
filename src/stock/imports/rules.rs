//! Rules of stock imports: limits, how a line changes the stock, and the codes of problems.

use crate::{
    kernel::codes,
    stock::{Delta, MAX_STOCK},
};

/// The maximum number of lines of a file, without the heading row.
pub const MAX_FILE_LINES: usize = 200_000;
pub const MAX_FILE_BYTES: u64 = 20 * 1024 * 1024;
/// The maximum number of columns that are read; further ones are ignored.
pub(super) const MAX_COLUMNS: usize = 1_000;
/// The number of rows at the start of a sheet among which the heading row is looked for.
pub(super) const MAX_HEADING_ROWS: usize = 50;

codes! {
    pub enum ImportMode {
        Difference = "difference",
        Count = "count",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineProblem {
    NoCode,
    /// No SKU of the shop has the code of the line.
    UnknownCode,
    /// The code looks like a date: a spreadsheet has probably turned it into one.
    CodeIsDate,
    /// The code or the number is a formula, and the file does not contain its result.
    Formula,
    /// The number is not a whole number.
    NotANumber,
    /// The difference is more than a million units.
    TooFar,
    CountBelowZero,
    /// The same SKU is counted in another line, too; holds the number of that line.
    Twice(i64),
    /// The stock would be below zero; holds the stock before the line.
    BelowZero(i64),
    /// The stock would be above [`MAX_STOCK`]; holds the stock before the line.
    TooMany(i64),
    /// The stock has changed since the preview; holds the current stock.
    Changed(i64),
    Refused,
}

impl LineProblem {
    /// Returns the name of the problem in the database, and the number that is stored with it, if it has one.
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

    /// Returns the problem for a name and number that [`LineProblem::parts`] has returned; `None` if the name is
    /// unknown or the number is missing.
    pub fn of_parts(name: &str, detail: Option<i64>) -> Option<Self> {
        let number = detail.unwrap_or_default();
        let problems = [
            Self::NoCode,
            Self::UnknownCode,
            Self::CodeIsDate,
            Self::Formula,
            Self::NotANumber,
            Self::TooFar,
            Self::CountBelowZero,
            Self::Twice(number),
            Self::BelowZero(number),
            Self::TooMany(number),
            Self::Changed(number),
            Self::Refused,
        ];
        let found = problems.into_iter().find(|problem| problem.parts().0 == name)?;
        (found.parts().1.is_none() || detail.is_some()).then_some(found)
    }
}

/// Returns the stock after a line with this code and number, or why the line cannot be applied. `stock` is the current
/// stock; `None` if no SKU has the code. A line without a number leaves the stock unchanged, so that an exported list
/// can be imported with only a few numbers filled in.
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

/// Parses a difference of stock; `None` if it is not a whole number, or out of range.
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

/// Converts full-width letters, digits and signs (`６１`) to ASCII.
pub(super) fn half_width(text: &str) -> String {
    text.chars().map(half_width_char).collect()
}

fn half_width_char(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    }
}

/// Parses a whole number as spreadsheets write it: `12`, `+12`, `−3` and `12.0`; but not `1.000`, which means a
/// thousand in many countries. Returns `None` for anything else.
pub(super) fn number(typed: &str) -> Option<i64> {
    let typed = typed.replacen('\u{2212}', "-", 1);
    let (whole, zeros) = typed.split_once('.').unwrap_or((&typed, "0"));
    let only_zeros = !zeros.is_empty() && zeros.len() != 3 && zeros.bytes().all(|digit| digit == b'0');
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    // A number with too many digits is out of range, not invalid.
    let huge = if whole.starts_with('-') { i64::MIN } else { i64::MAX };
    (only_zeros && is_number).then(|| whole.parse().unwrap_or(huge))
}

codes! {
    pub enum UnreadableFile {
        Empty = "empty",
        /// The file is not a table, but for example a picture.
        NotATable = "not-a-table",
        /// The text's encoding is unknown, or it has bytes that are invalid in its encoding.
        Encoding = "encoding",
        NoHeading = "no-heading",
        /// The numbers are differences although the import is for counts, or the reverse. Only imports of older
        /// versions have this problem; now a person is asked.
        OtherNumbers = "other-numbers",
        NoLines = "no-lines",
        /// The file has more lines than [`MAX_FILE_LINES`].
        TooManyLines = "too-many-lines",
        /// A line is too long, perhaps because a quote is not closed.
        LineTooLong = "line-too-long",
        /// The file is a workbook in the old format XLS, or has a password.
        OldWorkbook = "old-workbook",
        BrokenWorkbook = "broken-workbook",
        /// Several sheets have a stock list. Only imports of older versions have this problem; now a person is asked.
        MoreSheets = "more-sheets",
        /// The workbook, once decompressed, is too large for a stock list.
        TooLargeInside = "too-large-inside",
        /// The file is an OpenDocument workbook (ODS).
        OpenDocument = "open-document",
        /// The file is an Apple Numbers workbook.
        Numbers = "numbers",
        /// The file is a binary workbook (XLSB).
        BinaryWorkbook = "binary-workbook",
        Archive = "archive",
        /// The file is HTML or XML, whatever its name is.
        WebPage = "web-page",
        Pdf = "pdf",
        /// The program crashed several times while it read the file, so that it does not try again.
        GivenUp = "given-up",
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
        assert_eq!(LineProblem::of_parts("twice", None), None);
        assert_eq!(LineProblem::of_parts("odd", Some(1)), None);
        for unreadable in UnreadableFile::ALL {
            assert_eq!(UnreadableFile::from_code(unreadable.code()), Some(unreadable));
        }
    }
}
