//! Rows of imports.

use chrono::{DateTime, Utc};
use diesel::{QueryResult, prelude::*, result::Error};

use super::rules::{Mode, Problem, Unreadable};
use crate::{
    kernel::{ImportId, SkuId, UserId},
    platform::db::kept_as_code,
    schema::imports,
    stock::Reason,
};

kept_as_code!(Mode, Mode::from_code);
kept_as_code!(Unreadable, Unreadable::from_code);

/// What somebody sends, beside the file itself.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// Of the form: sent twice it is one import.
    pub token: String,
    /// Who sends it.
    pub staff_id: UserId,
    /// What its numbers mean.
    pub mode: Mode,
    /// Why the stock changes.
    pub reason: Reason,
    /// In their own words, at most 500 characters.
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
    Refused(Unreadable, Option<i32>),
    /// It says what it would do, and waits to be confirmed.
    Ready,
    /// Somebody decided against it.
    Discarded,
    /// Its lines are being applied.
    Applying,
    /// All of them were.
    Done,
}

/// An import as pages show it.
#[derive(Clone, Debug)]
pub struct Import {
    /// Which.
    pub id: ImportId,
    /// What the file is called.
    pub file_name: String,
    /// The file's SHA-256.
    pub digest: String,
    /// What its numbers mean.
    pub mode: Mode,
    /// Why the stock changes.
    pub reason: Reason,
    /// In their own words.
    pub note: String,
    /// How far it is.
    pub state: ImportState,
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
    mode: Mode,
    reason: Reason,
    note: String,
    state: String,
    problem: Option<Unreadable>,
    problem_line: Option<i32>,
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
    /// What the database holds is no state of an import.
    pub(super) fn of((row, by): (ImportRow, String)) -> QueryResult<Self> {
        let state = match (row.state.as_str(), row.problem) {
            ("reading", _) => ImportState::Reading,
            ("refused", Some(why)) => ImportState::Refused(why, row.problem_line),
            ("ready", _) => ImportState::Ready,
            ("discarded", _) => ImportState::Discarded,
            ("applying", _) => ImportState::Applying,
            ("done", _) => ImportState::Done,
            (state, _) => return Err(unknown(format!("import {} is \"{state}\"", row.id))),
        };
        Ok(Self {
            id: row.id,
            file_name: row.file_name,
            digest: row.digest,
            mode: row.mode,
            reason: row.reason,
            note: row.note,
            state,
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
    pub fn of_outcome(&self, outcome: Outcome) -> i32 {
        match outcome {
            Outcome::Due => self.due,
            Outcome::Applied => self.applied,
            Outcome::Unchanged => self.unchanged,
            Outcome::Failed => self.failed,
        }
    }
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It changes stock, and waits for that.
    Due,
    /// It has changed stock.
    Applied,
    /// It changes nothing.
    Unchanged,
    /// It cannot be applied.
    Failed,
}

impl Outcome {
    /// All of them, in the order a page offers them.
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
    pub problem: Option<Problem>,
}

/// A line as the database keeps it.
pub(super) type LineRow = (i32, String, String, Option<SkuId>, Option<i32>, Option<i32>, Option<String>, Option<i64>);

impl ImportLine {
    /// # Errors
    /// What the database holds is no problem of a line.
    pub(super) fn of((line, code, typed, sku, before, after, problem, detail): LineRow) -> QueryResult<Self> {
        let known = |name: String| {
            Problem::of_parts(&name, detail).ok_or_else(|| unknown(format!("line {line} has the problem \"{name}\"")))
        };
        let problem = problem.map(known).transpose()?;
        Ok(Self { line, code, typed, sku, before, after, problem })
    }
}

/// The fault of a code in the database that nobody knows.
fn unknown(what: String) -> Error {
    Error::DeserializationError(what.into())
}
