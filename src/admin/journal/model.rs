//! Rows of the journal, and what one looks for in it.

use chrono::{DateTime, Utc};
use diesel::Queryable;
use serde_json::Value;

/// Something that was done.
#[derive(Clone, Debug, Queryable)]
pub struct JournalRow {
    /// The newest has the highest.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; nobody where it was done on the command line.
    pub by: Option<String>,
    /// What, as a name in code.
    pub what: String,
    /// Which thing, as staff call it.
    pub subject: String,
    /// What it was, by field.
    pub before: Option<Value>,
    /// What it became, by field.
    pub after: Option<Value>,
    /// The address the request came from.
    pub came_from: Option<String>,
}

/// What somebody looks for in the journal; what is `None` may be anything.
#[derive(Clone, Debug, Default)]
pub struct JournalFilter {
    /// A username, whatever its capitals.
    pub who: Option<String>,
    /// What was done, as a name in code.
    pub what: Option<String>,
    /// Exactly this thing.
    pub subject: Option<String>,
    /// From the first moment on, and before the second.
    pub during: Option<(DateTime<Utc>, DateTime<Utc>)>,
}
