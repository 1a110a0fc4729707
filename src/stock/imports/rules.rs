//! What an import decides.

use crate::stock::{Delta, MOST_STOCK};

/// The most lines a file may have, its heading aside.
pub const MOST_LINES: usize = 200_000;
/// The most bytes a file may have.
pub const MOST_BYTES: u64 = 20 * 1024 * 1024;

/// What the numbers of a file mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By how much the stock changes.
    Difference,
    /// How many there are.
    Count,
}

impl Mode {
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
pub enum Problem {
    /// No SKU is named.
    NoCode,
    /// No SKU has this code.
    UnknownCode,
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
    /// More than [`MOST_STOCK`] would be there; how many there were.
    TooMany(i64),
    /// The stock is not what was shown when it was counted; how many there were.
    Changed(i64),
    /// The database would not have it.
    Refused,
}

impl Problem {
    /// As the database keeps it: its name, and its number.
    pub fn parts(self) -> (&'static str, Option<i64>) {
        match self {
            Self::NoCode => ("no-code", None),
            Self::UnknownCode => ("unknown-code", None),
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
///
/// # Errors
/// What is wrong with it.
pub fn judge(mode: Mode, code: &str, typed: &str, stock: Option<i32>) -> Result<i32, Problem> {
    if code.is_empty() {
        return Err(Problem::NoCode);
    }
    let stock = stock.ok_or(Problem::UnknownCode)?;
    if typed.is_empty() {
        return Ok(stock);
    }
    let number = number(typed).ok_or(Problem::NotANumber)?;
    let after = match mode {
        Mode::Count if number < 0 => return Err(Problem::CountBelowZero),
        Mode::Count => number,
        Mode::Difference => i64::from(stock) + i64::from(difference(number)?),
    };
    let most = i64::from(MOST_STOCK.max(stock));
    match i32::try_from(after) {
        _ if after < 0 => Err(Problem::BelowZero(stock.into())),
        Ok(within) if after <= most => Ok(within),
        _ => Err(Problem::TooMany(stock.into())),
    }
}

fn difference(number: i64) -> Result<i32, Problem> {
    match i32::try_from(number) {
        Ok(0) => Ok(0),
        Ok(number) => Delta::new(number).map(Delta::get).ok_or(Problem::TooFar),
        Err(_) => Err(Problem::TooFar),
    }
}

/// A whole number as sheets write it: `12`, `+12`, `−3`, and `12.0`, which some make of it; not `1.000`, which for half the world
/// is a thousand.
fn number(typed: &str) -> Option<i64> {
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
pub enum Unreadable {
    /// There is nothing in it.
    Empty,
    /// It is no table: a picture, a program.
    NotATable,
    /// It is in no encoding that we know, or broken within one.
    Encoding,
    /// The columns are not named.
    NoHeading,
    /// They are, but its numbers are counts where differences were announced, or differences where counts were.
    OtherNumbers,
    /// There is a heading and nothing else.
    NoLines,
    /// More than [`MOST_LINES`].
    TooManyLines,
    /// A line without an end; also a quote that is not closed.
    LineTooLong,
    /// A workbook of the old kind, or one with a password.
    OldWorkbook,
    /// A workbook that ends in the middle, or is broken otherwise.
    BrokenWorkbook,
    /// A workbook with a stock list on more than one sheet.
    MoreSheets,
    /// A workbook that holds far more than a stock list.
    TooLargeInside,
    /// It was tried several times, and each time the reader went down.
    GivenUp,
}

impl Unreadable {
    const ALL: [(Self, &'static str); 13] = [
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
        (Self::GivenUp, "given-up"),
    ];

    /// As the database calls it.
    pub fn code(self) -> &'static str {
        Self::ALL.into_iter().find(|(known, _)| *known == self).map_or("given-up", |(_, code)| code)
    }

    /// `None` where nobody knows the code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == code).map(|(unreadable, _)| unreadable)
    }
}

/// Which columns hold the codes and the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The column of the SKUs' codes, from 0.
    pub code: usize,
    /// The column of the numbers.
    pub number: usize,
    /// How many columns there are, with a name or without.
    pub named: usize,
}

const CODES: [&str; 8] = ["sku code", "sku", "code", "item code", "sku 编码", "编码", "商品编码", "货号"];
const DIFFERENCES: [&str; 11] =
    ["difference", "delta", "change", "quantity", "qty", "number", "增减数量", "增减", "变动", "数量", "入库数量"];
const COUNTS: [&str; 11] =
    ["count", "counted", "quantity", "qty", "number", "stock", "盘点数量", "盘点", "实盘", "数量", "库存"];

impl Columns {
    /// The columns that a heading names, whatever else stands there.
    pub fn of_heading<'a>(mode: Mode, names: impl Iterator<Item = &'a str>) -> Option<Self> {
        let names: Vec<String> = names.take(MOST_COLUMNS).map(plain).collect();
        let find = |known: &[&str]| known.iter().find_map(|known| names.iter().position(|name| plain(known) == *name));
        let numbers = match mode {
            Mode::Difference => &DIFFERENCES,
            Mode::Count => &COUNTS,
        };
        Some(Self { code: find(&CODES)?, number: find(numbers)?, named: names.len() })
    }
}

/// Columns beyond this are not looked at.
pub(super) const MOST_COLUMNS: usize = 1_000;

/// A name without what people write differently.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_leaves_what_it_says_or_says_why_not() {
        use Mode::{Count, Difference};
        for (mode, typed, after) in [
            (Difference, "12", Ok(52)),
            (Difference, "+12", Ok(52)),
            (Difference, "-40", Ok(0)),
            (Difference, "\u{2212}3", Ok(37)),
            (Difference, "12.0", Ok(52)),
            (Difference, "1.000", Err(Problem::NotANumber)),
            (Difference, "1,000", Err(Problem::NotANumber)),
            (Difference, "true", Err(Problem::NotANumber)),
            (Difference, "0", Ok(40)),
            (Difference, "", Ok(40)),
            (Count, "", Ok(40)),
            (Difference, "-41", Err(Problem::BelowZero(40))),
            (Difference, "1000001", Err(Problem::TooFar)),
            (Difference, "99999999999999999999999", Err(Problem::TooFar)),
            (Count, "50", Ok(50)),
            (Count, "0", Ok(0)),
            (Count, "-1", Err(Problem::CountBelowZero)),
            (Count, "1000000001", Err(Problem::TooMany(40))),
            (Count, "99999999999999999999999", Err(Problem::TooMany(40))),
        ] {
            assert_eq!(judge(mode, "A", typed, Some(40)), after, "{mode:?} {typed}");
        }
        for typed in ["five", "1.5", "1,000", "1e3", "=2+3", "--1", "+-1", "5-", "٣", "1.", ".0", "12.x"] {
            assert_eq!(judge(Difference, "A", typed, Some(40)), Err(Problem::NotANumber), "{typed}");
        }
        assert_eq!(judge(Count, "", "5", None), Err(Problem::NoCode));
        assert_eq!(judge(Count, "A", "5", None), Err(Problem::UnknownCode));
        assert_eq!(judge(Difference, "A", "1", Some(MOST_STOCK)), Err(Problem::TooMany(MOST_STOCK.into())));
    }

    #[test]
    fn a_problem_is_kept_and_found_again() {
        for problem in
            [Problem::NoCode, Problem::Twice(7), Problem::BelowZero(3), Problem::Changed(9), Problem::Refused]
        {
            let (name, detail) = problem.parts();
            assert_eq!(Problem::of_parts(name, detail), Some(problem));
        }
        for (unreadable, _) in Unreadable::ALL {
            assert_eq!(Unreadable::from_code(unreadable.code()), Some(unreadable));
        }
    }

    #[test]
    fn columns_are_found_by_their_names_in_both_languages() {
        let columns = |mode, heading: &str| Columns::of_heading(mode, heading.split(',')).map(|c| (c.code, c.number));
        assert_eq!(columns(Mode::Difference, "Name,SKU code,Qty"), Some((1, 2)));
        assert_eq!(columns(Mode::Count, "SKU_CODE,Stock,Counted"), Some((0, 2)));
        assert_eq!(columns(Mode::Count, "名称,SKU编码,盘点数量"), Some((1, 2)));
        assert_eq!(columns(Mode::Difference, "编码,数量"), Some((0, 1)));
        assert_eq!(columns(Mode::Difference, "SKU,Stock"), None);
        assert_eq!(columns(Mode::Difference, "A-1,5"), None);
    }
}
