//! Transactions, as the shop uses them.
//!
//! `Err` out of a block rolls that block back, and nothing else does: `Ok` commits, an early `return Ok(..)` commits, an
//! `Err` handled outside its block has undone that block alone, a panic undoes everything.

use diesel::{
    Connection, PgConnection,
    connection::SimpleConnection,
    result::{DatabaseErrorKind, Error},
};
use std::time::Duration;

/// What can come out of a block: anything that can carry Diesel's errors, and says whether it does.
pub trait TransactionError: From<Error> {
    /// The database's own error, if it is one.
    fn database(&self) -> Option<&Error>;
}

impl TransactionError for Error {
    fn database(&self) -> Option<&Error> {
        Some(self)
    }
}

impl TransactionError for super::DbError {
    fn database(&self) -> Option<&Error> {
        match self {
            Self::Query(error) => Some(error),
            Self::Busy(_) | Self::Late(_) | Self::Lost(_) | Self::Missing | Self::Panicked => None,
        }
    }
}

/// How often a transaction that lost against another is tried in all.
const TRIES: u32 = 5;

/// The outermost transaction, READ COMMITTED by its own word, whatever the server's default is. It refuses to be nested.
///
/// A deadlock (40P01) or a serialization failure (40001) rolls back and is tried again from the start, [`TRIES`] times in
/// all; nothing else is. So `work` may run more than once and must have no effect outside the database.
///
/// # Errors
/// What `work` says; then nothing has happened in the database.
pub fn transaction<T, E, W>(conn: &mut PgConnection, mut work: W) -> Result<T, E>
where
    E: TransactionError,
    W: FnMut(&mut PgConnection) -> Result<T, E>,
{
    let mut tries = 1;
    loop {
        let outcome: Result<T, E> = conn.build_transaction().read_committed().run(|conn| {
            let done = work(conn)?;
            refuse_poisoned(conn)?;
            Ok(done)
        });
        match outcome {
            Err(error) if tries < TRIES && error.database().is_some_and(lost_against_another) => {
                tracing::warn!(tries, "a transaction lost against another and is tried again");
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Several questions of one moment: a REPEATABLE READ, READ ONLY transaction, so that all of them see the same rows while
/// others go on writing. The one transaction that is not [`transaction`]; it writes nothing and so loses against nobody.
///
/// # Errors
/// What `work` says.
pub fn snapshot<T, E, W>(conn: &mut PgConnection, work: W) -> Result<T, E>
where
    E: From<Error>,
    W: FnOnce(&mut PgConnection) -> Result<T, E>,
{
    conn.build_transaction().repeatable_read().read_only().run(work)
}

/// `work` may have swallowed the error of a statement outside any savepoint. PostgreSQL then answers COMMIT by rolling
/// back, without an error that Diesel would hand on; any other statement gets one.
fn refuse_poisoned(conn: &mut PgConnection) -> Result<(), Error> {
    conn.batch_execute("select")
}

/// A block inside a transaction: a savepoint, whose `Err` undoes this block alone.
///
/// # Errors
/// What `work` says; then the block has not happened, and the transaction around it goes on.
pub fn savepoint<T, E, W>(conn: &mut PgConnection, work: W) -> Result<T, E>
where
    E: From<Error>,
    W: FnOnce(&mut PgConnection) -> Result<T, E>,
{
    conn.transaction(work)
}

/// Whether the transaction lost against another, and may win if it is tried again.
///
/// Diesel has a kind for serialization failures and none for deadlocks, which it hands on by PostgreSQL's message.
pub fn lost_against_another(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Error::DatabaseError(DatabaseErrorKind::Unknown, info) => info.message() == "deadlock detected",
        _ => false,
    }
}

/// For the rest of the transaction nobody waits longer for a row that somebody else holds; then it is
/// [`DbError::Late`](super::DbError::Late).
///
/// # Errors
/// The database's own.
pub fn wait_for_rows(conn: &mut PgConnection, longest: Duration) -> Result<(), Error> {
    conn.batch_execute(&format!("set local lock_timeout = {}", longest.as_millis()))
}
