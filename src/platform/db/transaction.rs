//! Transactions and nested blocks; `docs/transactions.md` compares them with Django's. A block commits if it returns
//! `Ok`. It is rolled back if it returns `Err`, panics, or calls [`set_rollback`].

use diesel::{
    Connection, PgConnection, QueryResult,
    connection::SimpleConnection,
    result::{DatabaseErrorKind, Error},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    thread,
    time::Duration,
};

use super::{DbError, transaction_state};

/// The error type of a block of statements; it can hold an error of Diesel.
pub trait TransactionError: From<Error> {
    /// Returns the Diesel error that this error holds, if any.
    fn database(&self) -> Option<&Error>;
}

impl TransactionError for Error {
    fn database(&self) -> Option<&Error> {
        Some(self)
    }
}

impl TransactionError for DbError {
    fn database(&self) -> Option<&Error> {
        match self {
            Self::Query(error) => Some(error),
            Self::Busy(_) | Self::Late(_) | Self::Lost(_) | Self::Refused(_) | Self::Missing | Self::Panicked => None,
        }
    }
}

const MAX_ATTEMPTS: u32 = 5;
/// The pause before a retry after a deadlock or serialization failure, multiplied by the number of failed attempts.
/// Without it, the retry could lock its rows again before the transaction that won has woken up, and lose again.
const RETRY_BACKOFF: Duration = Duration::from_millis(25);

/// Runs `work` in a READ COMMITTED transaction, whatever the server's default is. Cannot be nested, so after `Ok` the
/// data is committed. Only a deadlock (40P01) or a serialization failure (40001) is retried, with [`MAX_ATTEMPTS`]
/// attempts in all. So `work` may run more than once and must have no effect outside the database; use [`on_commit`]
/// for that.
///
/// # Errors
/// Those of `work` or of the commit; the transaction was rolled back, unless the connection was lost during the commit.
/// [`Error::AlreadyInTransaction`] inside another transaction.
pub fn transaction<T, E, W>(conn: &mut PgConnection, mut work: W) -> Result<T, E>
where
    E: TransactionError,
    W: FnMut(&mut PgConnection) -> Result<T, E>,
{
    let mut tries = 1;
    loop {
        match block(conn, Kind::Outermost, &mut work) {
            Err(error) if tries < MAX_ATTEMPTS && error.database().is_some_and(lost_against_another) => {
                tracing::warn!(tries, "a transaction lost against another and is tried again");
                thread::sleep(RETRY_BACKOFF * tries);
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Returns whether the error is a deadlock or a serialization failure. Diesel has a kind only for the latter; a
/// deadlock is recognized by PostgreSQL's message.
pub fn lost_against_another(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Error::DatabaseError(DatabaseErrorKind::Unknown, info) => info.message() == "deadlock detected",
        _ => false,
    }
}

/// How long jobs that change the status of due orders (cancel unpaid ones, for example) wait for a row lock; also the
/// minimum lock timeout of a checkout. It is longer than the transaction of a batch of checkouts holds a lock.
pub const LOCK_TIMEOUT: Duration = Duration::from_millis(50);

/// The lock timeout of background work that has itself locked many SKUs that shoppers want: it fails early and releases
/// them, and is retried later.
pub const BACKGROUND_LOCK_TIMEOUT: Duration = Duration::from_millis(200);

/// Sets the lock timeout of this transaction. A statement that waits longer fails with
/// [`DbError::Late`].
pub fn set_lock_timeout(conn: &mut PgConnection, longest: Duration) -> Result<(), Error> {
    conn.batch_execute(&format!("set local lock_timeout = {}", longest.as_millis()))
}

/// Runs several reads on one snapshot, in a REPEATABLE READ, READ ONLY transaction. It neither blocks writers nor fails
/// with a serialization error. Cannot be nested.
pub fn snapshot<T, E, W>(conn: &mut PgConnection, work: W) -> Result<T, E>
where
    E: From<Error>,
    W: FnOnce(&mut PgConnection) -> Result<T, E>,
{
    block(conn, Kind::Snapshot, work)
}

/// Runs a block within a savepoint of the open transaction: an error undoes what the block did, and nothing else.
///
/// # Errors
/// Those of `work`; the transaction may continue. [`Error::NotInTransaction`] outside of a transaction.
pub fn savepoint<T, E, W>(conn: &mut PgConnection, work: W) -> Result<T, E>
where
    E: From<Error>,
    W: FnOnce(&mut PgConnection) -> Result<T, E>,
{
    transaction_state::innermost(conn)?;
    block(conn, Kind::Savepoint, work)
}

/// Runs a block of the open transaction without a savepoint. That saves two round trips, but an error in the block also
/// undoes the enclosing block, even if code in between handles the error; until the enclosing block is rolled back,
/// PostgreSQL refuses every statement.
///
/// # Errors
/// Those of `work`. [`Error::NotInTransaction`] outside of a transaction.
pub fn block_without_savepoint<T, E, W>(conn: &mut PgConnection, work: W) -> Result<T, E>
where
    E: From<Error>,
    W: FnOnce(&mut PgConnection) -> Result<T, E>,
{
    transaction_state::innermost(conn)?;
    let outcome = catch_unwind(AssertUnwindSafe(|| work(conn)));
    if !matches!(outcome, Ok(Ok(_))) {
        abort(conn);
    }
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Raises an error in PostgreSQL, after which the transaction accepts nothing but a rollback.
fn abort(conn: &mut PgConnection) {
    let error = "do $$ begin raise exception 'a part of this transaction has failed' using errcode = '40000'; end $$";
    let _ = conn.batch_execute(error);
}

/// Makes the innermost block with a savepoint, or the whole transaction if there is no such block, roll back when it
/// ends. A block that ends with `Ok` still returns that `Ok`.
///
/// # Errors
/// [`Error::NotInTransaction`] outside of a transaction.
pub fn set_rollback(conn: &mut PgConnection) -> QueryResult<()> {
    transaction_state::innermost(conn)?.forced = true;
    Ok(())
}

/// Runs `hook` right after the commit of the transaction, in the order of registration; never if the block that
/// registered it, or an enclosing one, is rolled back. Outside of a transaction it runs at once. It should be quick, as
/// the caller waits for it. Its error or panic is only logged. A process can die between commit and hook, so work that
/// must happen is a job of the outbox.
pub fn on_commit<H>(conn: &mut PgConnection, hook: H)
where
    H: FnOnce(&mut PgConnection) -> Result<(), DbError> + Send + 'static,
{
    after_commit(conn, Box::new(hook));
}

fn after_commit(conn: &mut PgConnection, hook: transaction_state::AfterCommitHook) {
    if let Ok(block) = transaction_state::innermost(conn) {
        block.hooks.push(hook);
        return;
    }
    match catch_unwind(AssertUnwindSafe(|| hook(conn))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "what should follow a commit failed"),
        Err(_) => tracing::error!("what should follow a commit panicked"),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Outermost,
    Snapshot,
    Savepoint,
}

fn block<T, E, W>(conn: &mut PgConnection, kind: Kind, work: W) -> Result<T, E>
where
    E: From<Error>,
    W: FnOnce(&mut PgConnection) -> Result<T, E>,
{
    let (mut undone, mut hooks) = (None, Vec::new());
    let inside = |conn: &mut PgConnection| {
        transaction_state::enter(conn);
        // Unwind safe, because the panic is resumed below.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(conn)));
        let block = transaction_state::leave(conn);
        match outcome {
            Ok(Ok(done)) if !block.forced => {
                hooks = block.hooks;
                Ok(done)
            }
            outcome => {
                undone = Some(outcome);
                Err(Error::RollbackTransaction)
            }
        }
    };
    let kept = match kind {
        Kind::Outermost => conn.build_transaction().read_committed().run(|conn| {
            let done = inside(conn)?;
            refuse_poisoned(conn)?;
            Ok(done)
        }),
        Kind::Snapshot => conn.build_transaction().repeatable_read().read_only().run(inside),
        Kind::Savepoint => conn.transaction(inside),
    };
    match (undone, kept) {
        // The result of `work`, even if the rollback failed; then the connection or the enclosing block fails later.
        (Some(Ok(outcome)), _) => outcome,
        (Some(Err(panic)), _) => resume_unwind(panic),
        (None, kept) => {
            let done = kept?;
            // Registers them with the enclosing block, or runs them if there is none.
            hooks.into_iter().for_each(|hook| after_commit(conn, hook));
            Ok(done)
        }
    }
}

/// Fails if a statement in `work` has failed and `work` ignored that: PostgreSQL then answers COMMIT with a rollback,
/// which Diesel does not report. To find out, it sends an empty statement, which fails in such a transaction.
fn refuse_poisoned(conn: &mut PgConnection) -> Result<(), Error> {
    if transaction_state::has_failed(conn) { conn.batch_execute("select") } else { Ok(()) }
}
