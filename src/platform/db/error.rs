//! The error of everything that uses PostgreSQL.

use diesel::result::{DatabaseErrorKind, Error};

#[derive(Debug)]
pub enum DbError {
    /// No connection was free in time, or PostgreSQL is down; no statement was sent. The operation may be retried soon.
    Busy(String),
    /// A statement waited too long for a lock, or ran too long; it had no effect. The operation may be retried soon.
    Late(String),
    /// The connection broke, or the work did not end in time; its changes may have been committed.
    Lost(String),
    /// The server is read-only, or out of disk space or memory; the statement had no effect.
    Refused(String),
    Missing,
    Query(diesel::result::Error),
    /// The code that used the connection panicked; the transaction was rolled back.
    Panicked,
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Busy(why) => write!(f, "no database connection: {why}"),
            Self::Late(why) => write!(f, "the database takes too long: {why}"),
            Self::Lost(why) => write!(f, "the database connection broke: {}", why.trim()),
            Self::Refused(why) => write!(f, "the database cannot write just now: {why}"),
            Self::Missing => f.write_str("no such row"),
            Self::Query(error @ Error::DeserializationError(_)) => with_causes(error, f),
            Self::Query(error) => error.fmt(f),
            Self::Panicked => f.write_str("a panic while the database was in use"),
        }
    }
}

/// Writes an error followed by its causes: Diesel's own message only names the column, the causes say what is wrong.
fn with_causes(error: &Error, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    let said = error.to_string();
    f.write_str(&said)?;
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        let words = deeper.to_string();
        if words != said {
            write!(f, ": {words}")?;
        }
        cause = deeper.source();
    }
    Ok(())
}

impl std::error::Error for DbError {}

impl DbError {
    /// Returns whether the operation that failed with this error may succeed if it is retried soon.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Late(_) | Self::Lost(_) | Self::Refused(_))
    }
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::Missing,
            error if is_lost(&error) => Self::Lost(error.to_string()),
            error if is_late(&error) => Self::Late(error.to_string()),
            error if is_refused(&error) => Self::Refused(error.to_string()),
            error => Self::Query(error),
        }
    }
}

fn is_lost(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _)
        | Error::BrokenTransactionManager => true,
        // libpq's message for a connection that broke earlier.
        Error::DatabaseError(_, info) => info.message().starts_with("no connection to the server"),
        Error::RollbackErrorOnCommit { rollback_error, commit_error } => {
            is_lost(rollback_error) || is_lost(commit_error)
        }
        _ => false,
    }
}

/// Returns whether an error is a lock or statement timeout (55P03, 57014). Diesel has no kinds for them, so they are
/// recognized by PostgreSQL's message.
fn is_late(error: &Error) -> bool {
    let Error::DatabaseError(DatabaseErrorKind::Unknown, info) = error else { return false };
    matches!(info.message(), "canceling statement due to lock timeout" | "canceling statement due to statement timeout")
}

/// Returns whether an error means a full disk or memory (53100, 53200), recognized by PostgreSQL's message, or a
/// read-only server, recognized by Diesel's kind.
fn is_refused(error: &Error) -> bool {
    let Error::DatabaseError(kind, info) = error else { return false };
    let message = info.message();
    matches!(kind, DatabaseErrorKind::ReadOnlyTransaction)
        || message.contains("No space left on device")
        || message.contains("disk full")
        || message.starts_with("out of memory")
        || message.starts_with("out of shared memory")
}
