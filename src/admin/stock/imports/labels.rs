//! Labels and messages of stock imports and their lines.

use crate::{
    kernel::thousands,
    messages::Messages,
    stock::{ImportLine, ImportMode, ImportState, LineProblem, MAX_FILE_LINES, MAX_STOCK, UnreadableFile},
};

/// Returns (CSS class, text) of the badge that shows an import's state. `failed` is the number of failed lines.
pub(super) fn state_badge(t: &Messages, state: &ImportState, failed: &i32) -> (&'static str, String) {
    let (class, words) = match state {
        ImportState::Done if *failed > 0 => return ("badge-low", t.import_state_done_but(thousands(failed))),
        ImportState::Reading => ("", t.import_state_reading()),
        ImportState::Refused(..) => ("badge-danger", t.import_state_refused()),
        ImportState::Unmapped => ("badge-low", t.import_state_unmapped()),
        ImportState::Ready => ("badge-low", t.import_state_ready()),
        ImportState::Discarded => ("", t.import_state_discarded()),
        ImportState::Applying => ("badge-low", t.import_state_applying()),
        ImportState::Done => ("badge-accent", t.import_state_done()),
    };
    (class, words.to_owned())
}

pub(super) fn problem_words(t: Messages, problem: LineProblem, line: &ImportLine) -> String {
    match problem {
        LineProblem::NoCode => t.import_line_no_code().to_owned(),
        LineProblem::UnknownCode if is_rewritten(&line.code) => t.import_line_code_rewritten().to_owned(),
        LineProblem::UnknownCode if is_day(&line.code) => t.import_line_code_is_date().to_owned(),
        LineProblem::UnknownCode => t.import_line_unknown_code().to_owned(),
        LineProblem::CodeIsDate => t.import_line_code_is_date().to_owned(),
        LineProblem::Formula => t.import_line_formula().to_owned(),
        LineProblem::NotANumber => t.import_line_not_a_number().to_owned(),
        LineProblem::TooFar => t.import_line_too_far().to_owned(),
        LineProblem::CountBelowZero => t.import_line_count_below_zero().to_owned(),
        LineProblem::Twice(line) => t.import_line_twice(line),
        LineProblem::BelowZero(stock) => t.import_line_below_zero(thousands(&stock)),
        LineProblem::TooMany(stock) => t.import_line_too_many(thousands(&stock), thousands(&MAX_STOCK)),
        LineProblem::Changed(now) => {
            t.import_line_changed(thousands(&line.before.unwrap_or_default()), thousands(&now))
        }
        LineProblem::Refused => t.import_line_refused().to_owned(),
    }
}

/// Returns whether a spreadsheet has turned a code into a number and lost digits: `4.00638E+12`, also with a comma, or
/// a number of more than 15 digits that ends in zeros.
fn is_rewritten(code: &str) -> bool {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if let Some((digits, exponent)) = code.split_once("E+").or_else(|| code.split_once("e+")) {
        let (whole, rest) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
        return [whole, rest, exponent].into_iter().all(is_number);
    }
    is_number(code) && code.get(15..).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|digit| digit == b'0'))
}

/// Returns whether a spreadsheet has turned a code into a date: `2026-03-01`, `1-Mar`, `Mar-26`, `01/03/2026`, `3月1日`.
fn is_day(code: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let code = code.to_lowercase();
    let parts: Vec<&str> = code.split(['-', '/', '.', '年', '月', '日', ' ']).filter(|part| !part.is_empty()).collect();
    let is_number = |part: &&str| matches!(part.len(), 1 | 2 | 4) && part.bytes().all(|b| b.is_ascii_digit());
    let numbers = parts.iter().filter(|part| is_number(part)).count();
    let months = parts.iter().filter(|part| MONTHS.contains(part)).count();
    let has_year = parts.iter().any(|part| part.len() == 4);
    match (numbers, months, parts.len()) {
        (1, 1, 2) | (2, 1, 3) => true,
        (3, 0, 3) => has_year,
        (2, 0, 2) => code.ends_with('日'),
        _ => false,
    }
}

/// Returns the text that says why a file could not be read.
pub(in crate::admin) fn unreadable_words(t: &Messages, why: &UnreadableFile, mode: &ImportMode) -> String {
    match why {
        UnreadableFile::Empty => t.import_file_empty().to_owned(),
        UnreadableFile::NotATable => t.import_file_not_a_table().to_owned(),
        UnreadableFile::Encoding => t.import_file_encoding().to_owned(),
        UnreadableFile::NoHeading => t.import_file_no_heading().to_owned(),
        UnreadableFile::OtherNumbers => match mode {
            ImportMode::Difference => t.import_file_counts().to_owned(),
            ImportMode::Count => t.import_file_differences().to_owned(),
        },
        UnreadableFile::NoLines => t.import_file_no_lines().to_owned(),
        UnreadableFile::TooManyLines => t.import_file_too_many_lines(most_lines()),
        UnreadableFile::LineTooLong => t.import_file_line_too_long().to_owned(),
        UnreadableFile::OldWorkbook => t.import_file_old_workbook().to_owned(),
        UnreadableFile::BrokenWorkbook => t.import_file_broken_workbook().to_owned(),
        UnreadableFile::MoreSheets => t.import_file_more_sheets().to_owned(),
        UnreadableFile::TooLargeInside => t.import_file_too_large_inside().to_owned(),
        UnreadableFile::OpenDocument => t.import_file_open_document().to_owned(),
        UnreadableFile::Numbers => t.import_file_numbers().to_owned(),
        UnreadableFile::BinaryWorkbook => t.import_file_binary_workbook().to_owned(),
        UnreadableFile::Archive => t.import_file_archive().to_owned(),
        UnreadableFile::WebPage => t.import_file_web_page().to_owned(),
        UnreadableFile::Pdf => t.import_file_pdf().to_owned(),
        UnreadableFile::GivenUp => t.import_file_failed().to_owned(),
    }
}

pub(super) fn most_lines() -> String {
    thousands(&i64::try_from(MAX_FILE_LINES).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_a_spreadsheet_has_rewritten_is_told_from_others() {
        for code in ["4.00638E+12", "4,00638E+12", "4.00638e+12", "4E+12", "1234567890123450", "6901234567892340000"] {
            assert!(is_rewritten(code), "{code}");
        }
        for code in ["E+5", "A4E+12", "4006381333931", "123456789012345", "1234567890123456", "4.0.0E+1", ""] {
            assert!(!is_rewritten(code), "{code}");
        }
    }

    #[test]
    fn a_day_is_told_from_codes_that_look_alike() {
        for day in
            ["2026-03-01", "1-Mar", "Mar-26", "mar-1", "01-Mar-26", "01/03/2026", "1.3.2026", "3月1日", "2026年3月1日"]
        {
            assert!(is_day(day), "{day}");
        }
        for code in ["MAR-BLUE", "12-345", "1-2-3", "LUM-1", "2026", "A-1", "10/20", "", "12345-1-2"] {
            assert!(!is_day(code), "{code}");
        }
    }
}
