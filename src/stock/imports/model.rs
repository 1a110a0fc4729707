//! Rows of imports.

use chrono::{DateTime, Utc};
use diesel::{QueryResult, prelude::*, result::Error};
use serde::{Deserialize, Serialize};

use super::rules::{ImportMode, LineProblem, UnreadableFile};
use crate::{
    kernel::{ImportId, SkuId, UserId},
    messages::Messages,
    platform::db::kept_as_code,
    schema::{import_rows, imports},
    stock::Reason,
};

kept_as_code!(ImportMode, ImportMode::from_code);
kept_as_code!(UnreadableFile, UnreadableFile::from_code);

/// What somebody sends, beside the file itself.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// Of the form: sent twice it is one import.
    pub token: String,
    /// Who sends it.
    pub staff_id: UserId,
    /// What its numbers mean.
    pub mode: ImportMode,
    /// Why the stock changes.
    pub reason: Reason,
    /// Free text, at most 500 characters.
    pub note: String,
}

/// The file that came with it.
#[derive(Clone, Debug)]
pub struct ImportFile {
    /// What it is called; at most 200 characters.
    pub name: String,
    /// How many bytes it has.
    pub bytes: i64,
    /// Its SHA-256 in 64 hexadecimal digits.
    pub digest: String,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// It waits to be read, or is being read.
    Reading,
    /// It cannot be read: why, and at which line.
    Refused(UnreadableFile, Option<i32>),
    /// It was read, and more than one column could be meant: somebody has to choose.
    Unmapped,
    /// It says what it would do, and waits to be confirmed.
    Ready,
    /// Somebody decided against it.
    Discarded,
    /// Its lines are being applied.
    Applying,
    /// All of them were.
    Done,
}

/// Which sheet, heading and columns somebody asks for. What is left out is found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMapping {
    /// The sheet, from 0; those that are hidden are not counted.
    pub sheet: Option<usize>,
    /// The line that names the columns, from 1.
    pub heading: Option<i32>,
    /// The columns of the codes and of the numbers, from 0.
    pub code: Option<usize>,
    /// See `code`.
    pub number: Option<usize>,
    /// The column of what is said of each line.
    pub note: Option<usize>,
}

/// What has to be asked before an import can be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MappingQuestion {
    /// More than one sheet has a list.
    Sheet,
    /// More than one column could hold the codes.
    Code,
    /// No column is known to hold them.
    CodeHeading,
    /// More than one column could hold the numbers.
    Number,
    /// No column is known to hold them.
    Heading,
    /// Those that are there are counts where differences were announced, or differences where counts were.
    OtherNumbers,
    /// There is nothing below the heading.
    NoLines,
}

impl ImportMode {
    /// The name that staff read.
    pub fn label(self, t: Messages) -> &'static str {
        match self {
            Self::Difference => t.import_mode_difference(),
            Self::Count => t.import_mode_count(),
        }
    }
}

impl MappingQuestion {
    /// Whether something is missing; else there is more than one answer.
    pub fn is_error(self) -> bool {
        matches!(self, Self::CodeHeading | Self::Heading | Self::OtherNumbers | Self::NoLines)
    }
}

/// Who has decided what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChosenBy {
    /// The shop, by the headings.
    Found,
    /// The same person, for a file with the same headings.
    Remembered,
    /// Somebody, for this import.
    Chosen,
}

/// A row that may name the columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadingRow {
    /// Where it stands, from 1.
    pub line: i32,
    /// What it says, shortened.
    pub text: String,
}

/// A column that may be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportColumn {
    /// Which, from 0.
    pub at: usize,
    /// Its heading; may be empty.
    pub name: String,
    /// What stands below it first.
    pub example: String,
    /// Whether the sheet does not show it.
    pub hidden: bool,
}

impl ImportColumn {
    /// What sheets call it: A, B, ... Z, AA.
    pub fn letters(&self) -> String {
        let (mut letters, mut rest) = (Vec::new(), self.at + 1);
        while rest > 0 {
            letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
            rest = (rest - 1) / 26;
        }
        letters.iter().rev().collect()
    }
}

/// What was read of a file, and what else could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLayout {
    /// The names of its sheets; a text has one without a name.
    pub sheets: Vec<String>,
    /// The one that is read.
    pub sheet: usize,
    /// The rows that may name the columns.
    pub rows: Vec<HeadingRow>,
    /// The line of the one that does.
    pub heading: i32,
    /// The columns to choose from.
    pub columns: Vec<ImportColumn>,
    /// How many columns the heading has.
    pub width: usize,
    /// The columns that are read, from 0.
    pub code: Option<usize>,
    /// See `code`.
    pub number: Option<usize>,
    /// The column of what is said of each line.
    pub note: Option<usize>,
    /// The columns that could hold the codes, where none is known to.
    pub code_could_be: Vec<usize>,
    /// The columns that could hold the numbers, where none is known to.
    pub number_could_be: Vec<usize>,
    /// What has to be asked.
    pub questions: Vec<MappingQuestion>,
    /// Who has decided.
    pub chosen_by: ChosenBy,
    /// The digest of the heading, by which the mapping is remembered.
    pub digest: String,
}

impl FileLayout {
    /// A column that may be chosen.
    pub fn column(&self, at: Option<usize>) -> Option<&ImportColumn> {
        self.columns.iter().find(|column| Some(column.at) == at)
    }
}

/// An import as pages show it.
#[derive(Clone, Debug)]
pub struct Import {
    pub id: ImportId,
    /// What the file is called.
    pub file_name: String,
    /// The file's SHA-256.
    pub digest: String,
    /// What its numbers mean.
    pub mode: ImportMode,
    /// Why the stock changes.
    pub reason: Reason,
    /// In their own words.
    pub note: String,
    /// How far it is.
    pub state: ImportState,
    /// What was read of the file; none of imports that are not read yet, or were read by an earlier version.
    pub layout: Option<FileLayout>,
    /// How often somebody chose what is read of it, and once: what a page shows is of one of these.
    pub revision: i32,
    /// Whether the file is still there to be read otherwise.
    pub has_file: bool,
    /// How many lines it has.
    pub lines: i32,
    /// How many of them are to be applied.
    pub due: i32,
    /// How many were applied.
    pub applied: i32,
    /// How many change nothing.
    pub unchanged: i32,
    /// How many failed.
    pub failed: i32,
    /// The import whose lines are decided again here.
    pub follows: Option<ImportId>,
    /// Who sent it.
    pub by: String,
    /// Who confirmed it.
    pub confirmed_by: Option<UserId>,
    /// When it came.
    pub at: DateTime<Utc>,
    /// When it was confirmed.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When its last line was applied.
    pub finished_at: Option<DateTime<Utc>>,
}

/// An import as the database keeps it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = imports)]
pub(super) struct ImportRow {
    id: ImportId,
    file_name: String,
    digest: String,
    mode: ImportMode,
    reason: Reason,
    note: String,
    state: String,
    problem: Option<UnreadableFile>,
    problem_line: Option<i32>,
    layout: Option<serde_json::Value>,
    revision: i32,
    line_count: i32,
    due_count: i32,
    applied_count: i32,
    unchanged_count: i32,
    failed_count: i32,
    follows_id: Option<ImportId>,
    confirmed_by: Option<UserId>,
    at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl Import {
    /// # Errors
    /// What the database holds is no state of an import, or no layout.
    pub(super) fn of((row, by, has_file): (ImportRow, String, bool)) -> QueryResult<Self> {
        let state = match (row.state.as_str(), row.problem) {
            ("reading", _) => ImportState::Reading,
            ("refused", Some(why)) => ImportState::Refused(why, row.problem_line),
            ("unmapped", _) => ImportState::Unmapped,
            ("ready", _) => ImportState::Ready,
            ("discarded", _) => ImportState::Discarded,
            ("applying", _) => ImportState::Applying,
            ("done", _) => ImportState::Done,
            (state, _) => return Err(unknown(format!("import {} is \"{state}\"", row.id))),
        };
        let layout = row.layout.map(serde_json::from_value).transpose();
        Ok(Self {
            id: row.id,
            file_name: row.file_name,
            digest: row.digest,
            mode: row.mode,
            reason: row.reason,
            note: row.note,
            state,
            layout: layout.map_err(|error| Error::DeserializationError(error.into()))?,
            revision: row.revision,
            has_file,
            lines: row.line_count,
            due: row.due_count,
            applied: row.applied_count,
            unchanged: row.unchanged_count,
            failed: row.failed_count,
            follows: row.follows_id,
            by,
            confirmed_by: row.confirmed_by,
            at: row.at,
            confirmed_at: row.confirmed_at,
            finished_at: row.finished_at,
        })
    }

    /// How many lines of an outcome it has.
    pub fn of_outcome(&self, outcome: LineOutcome) -> i32 {
        match outcome {
            LineOutcome::Due => self.due,
            LineOutcome::Applied => self.applied,
            LineOutcome::Unchanged => self.unchanged,
            LineOutcome::Failed => self.failed,
        }
    }
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineOutcome {
    /// It changes stock, and waits for that.
    Due,
    /// It has changed stock.
    Applied,
    /// It changes nothing.
    Unchanged,
    /// It cannot be applied.
    Failed,
}

impl LineOutcome {
    /// All values, in the order in which pages offer them.
    pub const ALL: [Self; 4] = [Self::Due, Self::Applied, Self::Failed, Self::Unchanged];

    /// As the database and the query string call it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }

    /// The outcome of that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// A line of an import.
#[derive(Clone, Debug)]
pub struct ImportLine {
    /// Where it stands in the file.
    pub line: i32,
    /// The code as typed.
    pub code: String,
    /// The number as typed.
    pub typed: String,
    /// The SKU; none where nobody knows the code.
    pub sku: Option<SkuId>,
    /// The stock before it, as shown or as it was.
    pub before: Option<i32>,
    /// The stock after it.
    pub after: Option<i32>,
    /// Why it failed.
    pub problem: Option<LineProblem>,
    /// What the file says of it.
    pub note: String,
}

/// All lines of a SKU that stands in several of a list of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkuTotal {
    /// How many lines.
    pub lines: i64,
    /// What they come to.
    pub change: i64,
}

/// A line as the database keeps it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = import_rows)]
pub(super) struct LineRow {
    line: i32,
    code: String,
    typed: String,
    sku_id: Option<SkuId>,
    stock_before: Option<i32>,
    stock_after: Option<i32>,
    problem: Option<String>,
    detail: Option<i64>,
    note: String,
}

impl ImportLine {
    /// # Errors
    /// What the database holds is no problem of a line.
    pub(super) fn of(row: LineRow) -> QueryResult<Self> {
        let known = |name: String| {
            let wrong = || unknown(format!("line {} has the problem \"{name}\"", row.line));
            LineProblem::of_parts(&name, row.detail).ok_or_else(wrong)
        };
        Ok(Self {
            line: row.line,
            code: row.code,
            typed: row.typed,
            sku: row.sku_id,
            before: row.stock_before,
            after: row.stock_after,
            problem: row.problem.map(known).transpose()?,
            note: row.note,
        })
    }
}

/// The fault of a code in the database that nobody knows.
fn unknown(what: String) -> Error {
    Error::DeserializationError(what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_called_as_sheets_call_them() {
        let letters = |at| ImportColumn { at, name: String::new(), example: String::new(), hidden: false }.letters();
        assert_eq!([0, 25, 26, 51, 52, 701, 702, 999].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "ALL"]);
    }
}
