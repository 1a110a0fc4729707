//! Rows and view structs of stock imports.

use chrono::{DateTime, Utc};
use diesel::{QueryResult, prelude::*, result::Error};

use super::{
    layout::FileLayout,
    rules::{ImportMode, LineProblem, UnreadableFile},
};
use crate::{
    kernel::{ImportId, SkuId, UserId, codes},
    messages::Messages,
    platform::db::sql_enum,
    schema::{import_rows, imports},
    stock::Reason,
};

codes! {
    /// The state of an import as the database stores it; [`ImportState`] adds values from other columns.
    pub(super) enum StoredState {
        Reading = "reading",
        Refused = "refused",
        Unmapped = "unmapped",
        Ready = "ready",
        Discarded = "discarded",
        Applying = "applying",
        Done = "done",
    }
}

sql_enum!(StoredState);
sql_enum!(ImportMode);
sql_enum!(UnreadableFile);

/// The fields of the form for a new import, without the file.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// The idempotency token of the form.
    pub token: String,
    pub staff_id: UserId,
    pub mode: ImportMode,
    pub reason: Reason,
    /// A note by staff, at most 500 characters.
    pub note: String,
}

#[derive(Clone, Debug)]
pub struct ImportFile {
    /// The name of the uploaded file, at most 200 characters.
    pub name: String,
    pub bytes: i64,
    /// The SHA-256 digest of the file as 64 hexadecimal digits.
    pub digest: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// The file is stored and waits to be read, or is being read.
    Reading,
    /// The file cannot be read; holds the reason, and the line number if it is known.
    Refused(UnreadableFile, Option<i32>),
    /// It is uncertain which columns hold what, so staff have to choose them.
    Unmapped,
    /// The file is read, and the import waits to be confirmed.
    Ready,
    Discarded,
    Applying,
    /// All lines were applied or have failed.
    Done,
}

impl ImportMode {
    /// Returns the name of the mode for staff.
    pub fn label(self, t: Messages) -> &'static str {
        match self {
            Self::Difference => t.import_mode_difference(),
            Self::Count => t.import_mode_count(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Import {
    pub id: ImportId,
    pub file_name: String,
    pub digest: String,
    pub mode: ImportMode,
    pub reason: Reason,
    pub note: String,
    pub state: ImportState,
    /// The layout of the file; `None` if it is not read yet, or was read by an earlier version of the program.
    pub layout: Option<FileLayout>,
    /// A number that each change of the chosen columns increases; a form with a smaller number comes from an outdated
    /// page.
    pub revision: i32,
    /// True if the file is still stored; otherwise the columns cannot be chosen again.
    pub has_file: bool,
    pub lines: i32,
    /// The number of lines still to be applied.
    pub due: i32,
    pub applied: i32,
    pub unchanged: i32,
    pub failed: i32,
    /// The import whose failed lines this import applies again; `None` for an import of a new file.
    pub follows: Option<ImportId>,
    /// The username of who uploaded the file.
    pub by: String,
    pub confirmed_by: Option<UserId>,
    pub at: DateTime<Utc>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = imports)]
pub(super) struct ImportRow {
    id: ImportId,
    file_name: String,
    digest: String,
    mode: ImportMode,
    reason: Reason,
    note: String,
    state: StoredState,
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
    /// Converts (row, username of the uploader, whether the file is stored). Fails if the state or the layout is
    /// unknown to this version of the program.
    pub(super) fn of((row, by, has_file): (ImportRow, String, bool)) -> QueryResult<Self> {
        let state = match (row.state, row.problem) {
            (StoredState::Reading, _) => ImportState::Reading,
            (StoredState::Refused, Some(why)) => ImportState::Refused(why, row.problem_line),
            (StoredState::Refused, None) => {
                return Err(unknown(format!("import {} is refused without a reason", row.id)));
            }
            (StoredState::Unmapped, _) => ImportState::Unmapped,
            (StoredState::Ready, _) => ImportState::Ready,
            (StoredState::Discarded, _) => ImportState::Discarded,
            (StoredState::Applying, _) => ImportState::Applying,
            (StoredState::Done, _) => ImportState::Done,
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

    /// Returns how many lines of the import have this outcome.
    pub fn of_outcome(&self, outcome: LineOutcome) -> i32 {
        match outcome {
            LineOutcome::Due => self.due,
            LineOutcome::Applied => self.applied,
            LineOutcome::Unchanged => self.unchanged,
            LineOutcome::Failed => self.failed,
        }
    }
}

codes! {
    pub enum LineOutcome {
        /// The line has to be applied and is not yet.
        Due = "due",
        Applied = "applied",
        Failed = "failed",
        Unchanged = "unchanged",
    }
}

#[derive(Clone, Debug)]
pub struct ImportLine {
    pub line: i32,
    pub code: String,
    /// The number in the file, as typed.
    pub typed: String,
    /// The SKU that has the code of the line; `None` if no SKU has it.
    pub sku: Option<SkuId>,
    pub before: Option<i32>,
    pub after: Option<i32>,
    pub problem: Option<LineProblem>,
    pub note: String,
}

/// For a SKU that occurs in several lines of differences: the number of these lines, and their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkuTotal {
    pub lines: i64,
    pub change: i64,
}

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
    /// Converts a row; fails with a deserialization error if this version of the program does not know the stored
    /// problem.
    pub(super) fn of(row: LineRow) -> QueryResult<Self> {
        let problem = match &row.problem {
            Some(name) => Some(
                LineProblem::of_parts(name, row.detail)
                    .ok_or_else(|| unknown(format!("line {} has the problem \"{name}\"", row.line)))?,
            ),
            None => None,
        };
        Ok(Self {
            line: row.line,
            code: row.code,
            typed: row.typed,
            sku: row.sku_id,
            before: row.stock_before,
            after: row.stock_after,
            problem,
            note: row.note,
        })
    }
}

fn unknown(what: String) -> Error {
    Error::DeserializationError(what.into())
}
