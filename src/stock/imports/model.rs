//! Rows and view structs of imports.

use chrono::{DateTime, Utc};
use diesel::{QueryResult, prelude::*, result::Error};
use serde::{Deserialize, Serialize};

use super::rules::{ImportMode, LineProblem, UnreadableFile};
use crate::{
    kernel::{ImportId, SkuId, UserId},
    messages::Messages,
    platform::db::sql_enum,
    schema::{import_rows, imports},
    stock::Reason,
};

sql_enum!(ImportMode, ImportMode::from_code);
sql_enum!(UnreadableFile, UnreadableFile::from_code);

/// The form of a new import, except the file.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// The idempotency token of the form.
    pub token: String,
    pub staff_id: UserId,
    pub mode: ImportMode,
    pub reason: Reason,
    /// Free text, at most 500 characters.
    pub note: String,
}

/// The uploaded file.
#[derive(Clone, Debug)]
pub struct ImportFile {
    /// At most 200 characters.
    pub name: String,
    /// Its size.
    pub bytes: i64,
    /// Its SHA-256 in 64 hexadecimal digits.
    pub digest: String,
}

/// The state of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// Waits to be read, or is being read.
    Reading,
    /// Cannot be read, for this reason, at this line.
    Refused(UnreadableFile, Option<i32>),
    /// The columns are ambiguous and have to be mapped.
    Unmapped,
    /// Waits to be confirmed.
    Ready,
    Discarded,
    Applying,
    /// All lines were processed.
    Done,
}

/// The sheet, heading and columns that a person chose. What is `None` is recognized.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMapping {
    /// From 0; hidden sheets are not counted.
    pub sheet: Option<usize>,
    /// The line of the heading, from 1.
    pub heading: Option<i32>,
    /// The column of SKU codes, from 0.
    pub code: Option<usize>,
    /// The column of numbers, from 0.
    pub number: Option<usize>,
    /// The column of notes, from 0.
    pub note: Option<usize>,
}

/// What a person has to answer before an import can be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MappingQuestion {
    /// Several sheets have a stock list.
    Sheet,
    /// Several columns could be the codes.
    Code,
    /// No column is recognized.
    CodeHeading,
    /// Several columns could be the numbers.
    Number,
    /// No column is recognized.
    Heading,
    /// The recognized numbers are of the other mode: counts instead of differences, or the reverse.
    OtherNumbers,
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
    /// Whether something is missing; otherwise several answers are possible.
    pub fn is_error(self) -> bool {
        matches!(self, Self::CodeHeading | Self::Heading | Self::OtherNumbers | Self::NoLines)
    }
}

/// How the columns were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChosenBy {
    /// Recognized by the headings.
    Found,
    /// As the same person chose for an earlier file with the same headings.
    Remembered,
    /// By a person, for this import.
    Chosen,
}

/// A row that may be the heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadingRow {
    /// From 1.
    pub line: i32,
    /// Its text, shortened.
    pub text: String,
}

/// A column that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportColumn {
    /// From 0.
    pub at: usize,
    /// Its heading; may be empty.
    pub name: String,
    /// The first values below the heading.
    pub example: String,
    /// Whether it is hidden in the sheet.
    pub hidden: bool,
}

impl ImportColumn {
    /// Its name in spreadsheets: A, B, ... Z, AA.
    pub fn letters(&self) -> String {
        let (mut letters, mut rest) = (Vec::new(), self.at + 1);
        while rest > 0 {
            letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
            rest = (rest - 1) / 26;
        }
        letters.iter().rev().collect()
    }
}

/// The recognized layout of a file, and the alternatives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLayout {
    /// A CSV file has one sheet without a name.
    pub sheets: Vec<String>,
    /// The sheet that is read.
    pub sheet: usize,
    /// The rows that may be the heading.
    pub rows: Vec<HeadingRow>,
    /// The line of the heading.
    pub heading: i32,
    pub columns: Vec<ImportColumn>,
    /// The number of columns of the heading.
    pub width: usize,
    /// The column of SKU codes, from 0.
    pub code: Option<usize>,
    /// The column of numbers, from 0.
    pub number: Option<usize>,
    /// The column of notes, from 0.
    pub note: Option<usize>,
    /// The candidates for the codes, if none is certain.
    pub code_could_be: Vec<usize>,
    /// The candidates for the numbers, if none is certain.
    pub number_could_be: Vec<usize>,
    pub questions: Vec<MappingQuestion>,
    pub chosen_by: ChosenBy,
    /// The digest of the heading, under which a mapping is remembered.
    pub digest: String,
}

impl FileLayout {
    /// A column that can be chosen.
    pub fn column(&self, at: Option<usize>) -> Option<&ImportColumn> {
        self.columns.iter().find(|column| Some(column.at) == at)
    }
}

#[derive(Clone, Debug)]
pub struct Import {
    pub id: ImportId,
    pub file_name: String,
    /// The SHA-256 of the file.
    pub digest: String,
    pub mode: ImportMode,
    pub reason: Reason,
    /// Free text.
    pub note: String,
    pub state: ImportState,
    /// `None` if the file is not read yet, or was read by an earlier version.
    pub layout: Option<FileLayout>,
    /// Incremented by each mapping; a page is based on one revision.
    pub revision: i32,
    /// Whether the file is still stored, so that it can be mapped again.
    pub has_file: bool,
    /// The number of its lines.
    pub lines: i32,
    /// The lines still to be applied.
    pub due: i32,
    /// The lines that were applied.
    pub applied: i32,
    /// The lines that change nothing.
    pub unchanged: i32,
    /// The lines that failed.
    pub failed: i32,
    /// The import whose failed lines this one retries.
    pub follows: Option<ImportId>,
    /// The username of the person who uploaded it.
    pub by: String,
    pub confirmed_by: Option<UserId>,
    /// When it was uploaded.
    pub at: DateTime<Utc>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A row of `imports`.
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

    /// The number of lines with this outcome.
    pub fn of_outcome(&self, outcome: LineOutcome) -> i32 {
        match outcome {
            LineOutcome::Due => self.due,
            LineOutcome::Applied => self.applied,
            LineOutcome::Unchanged => self.unchanged,
            LineOutcome::Failed => self.failed,
        }
    }
}

/// The outcome of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineOutcome {
    /// To be applied.
    Due,
    Applied,
    Unchanged,
    Failed,
}

impl LineOutcome {
    /// All values, in the order in which pages offer them.
    pub const ALL: [Self; 4] = [Self::Due, Self::Applied, Self::Failed, Self::Unchanged];

    /// Its name in the database and in query strings.
    pub fn code(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// A line of an import.
#[derive(Clone, Debug)]
pub struct ImportLine {
    /// Its line in the file.
    pub line: i32,
    /// As typed.
    pub code: String,
    /// The number, as typed.
    pub typed: String,
    /// `None` if the code is unknown.
    pub sku: Option<SkuId>,
    /// The stock before it.
    pub before: Option<i32>,
    /// The stock after it.
    pub after: Option<i32>,
    pub problem: Option<LineProblem>,
    /// The note in the file.
    pub note: String,
}

/// The sum of all lines of a SKU that occurs in several lines of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkuTotal {
    pub lines: i64,
    /// The sum of their differences.
    pub change: i64,
}

/// A row of `import_rows`.
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

/// The error for an unknown code in the database.
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
