//! Transactions, as the shop uses them. `docs/transactions.md` shows each rule beside Django's.
//!
//! An error or a panic out of a block rolls that block back, and so does [`set_rollback`]; nothing else does: `Ok` commits,
//! an early `return Ok(..)` commits, an `Err` handled outside its block has undone that block alone.

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

impl TransactionError for DbError {
    fn database(&self) -> Option<&Error> {
        match self {
            Self::Query(error) => Some(error),
            Self::Busy(_) | Self::Late(_) | Self::Lost(_) | Self::Refused(_) | Self::Missing | Self::Panicked => None,
        }
    }
}

/// How often a transaction that lost against another is tried in all.
const MAX_ATTEMPTS: u32 = 5;
/// How long it waits before, each time once more: tried again at once, it could have taken its rows back before whoever won
/// wakes up, and lose again.
const RETRY_BACKOFF: Duration = Duration::from_millis(25);

/// The outermost block, READ COMMITTED by its own word, whatever the server's default is. It refuses to be nested, so what
/// it has answered `Ok` to is in the database.
///
/// A deadlock (40P01) or a serialization failure (40001) rolls back and is tried again from the start, [`MAX_ATTEMPTS`] times in
/// all; nothing else is. So `work` may run more than once and must have no effect outside the database; what should have
/// one belongs into [`on_commit`].
///
/// # Errors
/// What `work` says; then nothing has happened in the database. Or that the commit failed: nothing has happened, unless
/// the connection was lost in that moment. Inside another transaction: [`Error::AlreadyInTransaction`].
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

/// Longer than a batch of orders holds a row, its commit included; short for everybody whose rows nobody holds.
pub const LOCK_TIMEOUT: Duration = Duration::from_millis(50);

/// For work in the background with the rows of many SKUs in hand, which shoppers want: after that it lets go, and is tried
/// again later.
pub const BACKGROUND_LOCK_TIMEOUT: Duration = Duration::from_millis(200);

/// For the rest of the transaction nobody waits longer for a row that somebody else holds; then it is
/// [`DbError::Late`](super::DbError::Late).
pub fn set_lock_timeout(conn: &mut PgConnection, longest: Duration) -> Result<(), Error> {
    conn.batch_execute(&format!("set local lock_timeout = {}", longest.as_millis()))
}

/// Several questions of one moment: a REPEATABLE READ, READ ONLY transaction, so that all of them see the same rows while
/// others go on writing. The one outermost block that is not [`transaction`]; it writes nothing and so loses against nobody.
///
/// # Errors
/// What `work` says.
pub fn snapshot<T, E, W>(conn: &mut PgConnection, work: W) -> Result<T, E>
where
    E: From<Error>,
    W: FnOnce(&mut PgConnection) -> Result<T, E>,
{
    block(conn, Kind::Snapshot, work)
}

/// A block inside a transaction, with a savepoint: its error undoes this block alone.
///
/// # Errors
/// What `work` says; then the block has not happened, and the transaction around it may go on. Outside of a transaction:
/// [`Error::NotInTransaction`].
pub fn savepoint<T, E, W>(conn: &mut PgConnection, work: W) -> Result<T, E>
where
    E: From<Error>,
    W: FnOnce(&mut PgConnection) -> Result<T, E>,
{
    transaction_state::innermost(conn)?;
    block(conn, Kind::Savepoint, work)
}

/// A block inside a transaction, without a savepoint: it saves two round trips, and its error undoes the block around it,
/// even if somebody between handles it. PostgreSQL refuses every statement until that is done.
///
/// # Errors
/// What `work` says. Outside of a transaction: [`Error::NotInTransaction`].
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

/// After an error PostgreSQL itself lets nothing but a rollback pass, to the innermost savepoint or of everything; so whoever
/// must be rolled back is given one.
fn abort(conn: &mut PgConnection) {
    let error = "do $$ begin raise exception 'a part of this transaction has failed' using errcode = '40000'; end $$";
    // This is an error by design; any other serves as well.
    let _ = conn.batch_execute(error);
}

/// The innermost block that could be undone alone (a savepoint's, or else the transaction) will be rolled back when it ends,
/// even if it ends with `Ok`; that `Ok` is still what it answers.
///
/// # Errors
/// Outside of a transaction: [`Error::NotInTransaction`].
pub fn set_rollback(conn: &mut PgConnection) -> QueryResult<()> {
    transaction_state::innermost(conn)?.forced = true;
    Ok(())
}

/// Has `hook` run right after the outermost commit, in the order of asking; never if the block it was asked for in, or one
/// around that, is rolled back. Outside of a transaction there is nothing to wait for: it runs at once. It gets the connection
/// before the transaction's caller does, so it had better be quick.
///
/// What is committed stays, whatever becomes of a hook: its error or panic is logged, the others run, and the transaction
/// still answers `Ok`. Since the process can die between the commit and the hook, what must happen is a promise in the
/// outbox; a hook is for what may be forgotten.
pub fn on_commit<H>(conn: &mut PgConnection, hook: H)
where
    H: FnOnce(&mut PgConnection) -> Result<(), DbError> + Send + 'static,
{
    after_commit(conn, Box::new(hook));
}

fn after_commit(conn: &mut PgConnection, hook: transaction_state::Hook) {
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

/// What Diesel opens for a block.
#[derive(Clone, Copy)]
enum Kind {
    Outermost,
    Snapshot,
    Savepoint,
}

/// One block: kept if `work` ends well and nobody forces it back, undone otherwise.
fn block<T, E, W>(conn: &mut PgConnection, kind: Kind, work: W) -> Result<T, E>
where
    E: From<Error>,
    W: FnOnce(&mut PgConnection) -> Result<T, E>,
{
    let (mut undone, mut hooks) = (None, Vec::new());
    let inside = |conn: &mut PgConnection| {
        transaction_state::enter(conn);
        // Whatever a panic has left half done in memory is seen by nobody who is not unwinding, too.
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
        // What the block said, even where rolling back failed: then the connection, or the block around, is lost with it.
        (Some(Ok(outcome)), _) => outcome,
        (Some(Err(panic)), _) => resume_unwind(panic),
        (None, kept) => {
            let done = kept?;
            // They are asked of the block around this one; where there is none, they run.
            hooks.into_iter().for_each(|hook| after_commit(conn, hook));
            Ok(done)
        }
    }
}

/// `work` may have swallowed the error of a statement outside any savepoint. PostgreSQL then answers COMMIT by rolling
/// back, without an error that Diesel would hand on; any other statement gets one. (RELEASE SAVEPOINT does by itself.) Where
/// no statement has failed there is nothing to ask.
fn refuse_poisoned(conn: &mut PgConnection) -> Result<(), Error> {
    if transaction_state::has_failed(conn) { conn.batch_execute("select") } else { Ok(()) }
}
