//! What is said of imports and their lines.

use crate::{
    stock::{ImportLine, ImportState, MOST_LINES, MOST_STOCK, Mode, Problem, Unreadable},
    web::{Text, grouped},
};

pub(in crate::admin) fn mode_name(t: &Text, mode: &Mode) -> &'static str {
    match mode {
        Mode::Difference => t.import_mode_difference(),
        Mode::Count => t.import_mode_count(),
    }
}

/// How far an import is: the badge's class and what it says.
pub(super) fn state_badge(t: &Text, state: &ImportState, failed: &i32) -> (&'static str, String) {
    let (class, words) = match state {
        ImportState::Done if *failed > 0 => return ("badge-low", t.import_state_done_but(grouped(failed))),
        ImportState::Reading => ("", t.import_state_reading()),
        ImportState::Refused(..) => ("badge-danger", t.import_state_refused()),
        ImportState::Ready => ("badge-low", t.import_state_ready()),
        ImportState::Discarded => ("", t.import_state_discarded()),
        ImportState::Applying => ("badge-low", t.import_state_applying()),
        ImportState::Done => ("badge-accent", t.import_state_done()),
    };
    (class, words.to_owned())
}

pub(super) fn problem_words(t: Text, problem: Problem, line: &ImportLine) -> String {
    match problem {
        Problem::NoCode => t.line_no_code().to_owned(),
        Problem::UnknownCode if is_rewritten(&line.code) => t.line_code_rewritten().to_owned(),
        Problem::UnknownCode => t.line_unknown_code().to_owned(),
        Problem::NotANumber => t.line_not_a_number().to_owned(),
        Problem::TooFar => t.line_too_far().to_owned(),
        Problem::CountBelowZero => t.line_count_below_zero().to_owned(),
        Problem::Twice(line) => t.line_twice(line),
        Problem::BelowZero(stock) => t.line_below_zero(grouped(&stock)),
        Problem::TooMany(stock) => t.line_too_many(grouped(&stock), grouped(&MOST_STOCK)),
        Problem::Changed(now) => t.line_changed(grouped(&line.before.unwrap_or_default()), grouped(&now)),
        Problem::Refused => t.line_refused().to_owned(),
    }
}

/// Whether a spreadsheet has taken a code of digits for a number: `4.00638E+12`.
fn is_rewritten(code: &str) -> bool {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    code.split_once("E+").is_some_and(|(digits, exponent)| is_number(digits) && is_number(exponent))
}

pub(super) fn unreadable_words(t: &Text, why: &Unreadable, mode: &Mode) -> String {
    match why {
        Unreadable::Empty => t.file_empty().to_owned(),
        Unreadable::NotATable => t.file_not_a_table().to_owned(),
        Unreadable::Encoding => t.file_encoding().to_owned(),
        Unreadable::NoHeading => t.file_no_heading().to_owned(),
        Unreadable::OtherNumbers => match mode {
            Mode::Difference => t.file_counts().to_owned(),
            Mode::Count => t.file_differences().to_owned(),
        },
        Unreadable::NoLines => t.file_no_lines().to_owned(),
        Unreadable::TooManyLines => t.file_too_many_lines(most_lines()),
        Unreadable::LineTooLong => t.file_line_too_long().to_owned(),
        Unreadable::OldWorkbook => t.file_old_workbook().to_owned(),
        Unreadable::BrokenWorkbook => t.file_broken_workbook().to_owned(),
        Unreadable::MoreSheets => t.file_more_sheets().to_owned(),
        Unreadable::TooLargeInside => t.file_too_large_inside().to_owned(),
        Unreadable::GivenUp => t.file_given_up().to_owned(),
    }
}

pub(super) fn most_lines() -> String {
    grouped(&i64::try_from(MOST_LINES).unwrap_or(i64::MAX))
}
