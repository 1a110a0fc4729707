//! The way to PostgreSQL: a pool, one door from async code ([`Db::run`]), and the only functions that open blocks
//! ([`transaction`], [`savepoint`], [`part`], [`snapshot`]).

mod blocks;
mod kinds;
mod letters;
mod like;
mod migrations;
mod pool;
mod statement;
mod transaction;

use diesel::{
    Connection as _, PgConnection, RunQueryDsl, r2d2,
    result::{DatabaseErrorKind, Error},
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};

use pool::Manager;

/// A connection in use, for those who speak no Diesel and hand it on to queries and actions.
pub type Connection = PgConnection;

pub(crate) use kinds::kept_as_code;
pub use letters::trouble_with_letters;
pub use like::literally;
pub use migrations::{migrate, pending_migrations};
pub use pool::no_more_connections;
pub(crate) use statement::statement;
pub use transaction::{
    A_WHILE, BRIEFLY, TransactionError, force_rollback, lost_against_another, on_commit, part, savepoint, snapshot,
    transaction, wait_for_rows,
};

/// Why the database could not do what was asked.
#[derive(Debug)]
pub enum DbError {
    /// Every connection is taken or PostgreSQL is away: worth trying again soon.
    Busy(String),
    /// A row that somebody else holds, or an answer, was waited for too long; nothing has happened, and it is worth trying
    /// again soon.
    Late(String),
    /// The connection broke. If that was at the end of a transaction, nobody knows whether it has happened.
    Lost(String),
    /// A row that was asked for is not there.
    Missing,
    /// PostgreSQL, or Diesel on its behalf, said no.
    Query(diesel::result::Error),
    /// The code that held the connection panicked; its transaction is rolled back.
    Panicked,
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Busy(why) => write!(f, "no database connection: {why}"),
            Self::Late(why) => write!(f, "the database takes too long: {why}"),
            Self::Lost(why) => write!(f, "the database connection broke: {}", why.trim()),
            Self::Missing => f.write_str("no such row"),
            Self::Query(error @ Error::DeserializationError(_)) => with_causes(error, f),
            Self::Query(error) => error.fmt(f),
            Self::Panicked => f.write_str("a panic while the database was in use"),
        }
    }
}

/// Diesel says of a value that it could not read only in which column it stands; what is wrong with it is the cause of that.
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
    /// Whether the same may well work in a moment.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Late(_) | Self::Lost(_))
    }
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::Missing,
            error if is_lost(&error) => Self::Lost(error.to_string()),
            error if is_late(&error) => Self::Late(error.to_string()),
            error => Self::Query(error),
        }
    }
}

fn is_lost(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _)
        | Error::BrokenTransactionManager => true,
        // As libpq says it of a connection that has broken before.
        Error::DatabaseError(_, info) => info.message().starts_with("no connection to the server"),
        Error::RollbackErrorOnCommit { rollback_error, commit_error } => {
            is_lost(rollback_error) || is_lost(commit_error)
        }
        _ => false,
    }
}

/// PostgreSQL's words for 55P03 and 57014, for which Diesel has no kinds.
fn is_late(error: &Error) -> bool {
    let Error::DatabaseError(DatabaseErrorKind::Unknown, info) = error else { return false };
    matches!(info.message(), "canceling statement due to lock timeout" | "canceling statement due to statement timeout")
}

/// The pool of connections; cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: r2d2::Pool<Manager>,
    url: Arc<str>,
    /// Turns for [`Db::run_in_line`].
    line: Arc<Semaphore>,
}

/// What the connections of the pool do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// So many work for somebody.
    pub in_use: u32,
    /// So many wait for work.
    pub idle: u32,
    /// There may be so many in all.
    pub most: u32,
}

/// How long anybody waits for a connection.
const PATIENCE: Duration = Duration::from_secs(3);

impl Db {
    /// Connects `size` times at most, one of them now, so that a wrong address is known at start.
    ///
    /// # Errors
    /// Nobody answers at `url`, or not to us.
    pub fn connect(url: &str, size: u32) -> Result<Self, String> {
        PgConnection::establish(url).map_err(|error| error.to_string().trim().to_owned())?;
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .test_on_check_out(true)
            .build_unchecked(Manager::new(url));
        let line = usize::try_from(size).unwrap_or_default() * 3 / 4;
        Ok(Self { pool, url: url.into(), line: Arc::new(Semaphore::new(line.max(1))) })
    }

    /// The one door from async code to Diesel. The connection is taken inside the blocking thread, waited for 3 seconds
    /// at most, and given back when `work` ends. A transaction that `work` has opened is not its own to keep: open one
    /// with [`transaction`].
    ///
    /// # Errors
    /// Whatever `work` says, or [`DbError::Busy`] and [`DbError::Panicked`] in its words.
    pub async fn run<T, E, W>(&self, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: FnOnce(&mut PgConnection) -> Result<T, E> + Send + 'static,
    {
        let pool = self.pool.clone();
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || {
            let _here = span.entered();
            let mut pooled = pool.get().map_err(|error| DbError::Busy(error.to_string()))?;
            let done = work(&mut pooled.conn);
            pooled.used(done.is_ok());
            done
        })
        .await
        .unwrap_or_else(|_| Err(DbError::Panicked.into()))
    }

    /// [`Db::run`] for work that may wait for rows that others hold. It takes three quarters of the connections at most, in
    /// the order of coming: however many wait for the same row, whoever only reads still gets a connection.
    ///
    /// # Errors
    /// As [`Db::run`].
    pub async fn run_in_line<T, E, W>(&self, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: FnOnce(&mut PgConnection) -> Result<T, E> + Send + 'static,
    {
        let Ok(Ok(turn)) = timeout(PATIENCE, Arc::clone(&self.line).acquire_owned()).await else {
            return Err(DbError::Busy("too many are in line".to_owned()).into());
        };
        // The turn goes with the work: whoever asked may leave, the connection is still in use.
        self.run(move |conn| {
            let _turn = turn;
            work(conn)
        })
        .await
    }

    /// Work that takes its time, on a thread and a connection of its own: nobody waits for it, no statement of it is cut
    /// off, and a program that is told to stop leaves it where it is.
    pub fn apart<W>(&self, work: W)
    where
        W: FnOnce(Result<&mut PgConnection, DbError>) + Send + 'static,
    {
        let url = Arc::clone(&self.url);
        let span = tracing::Span::current();
        std::thread::spawn(move || {
            let _here = span.entered();
            match pool::connect_apart(&url) {
                Ok(mut conn) => work(Ok(&mut conn)),
                Err(error) => work(Err(DbError::Busy(error.to_string()))),
            }
        });
    }

    /// What the connections do right now.
    pub fn connections(&self) -> Connections {
        let pool = self.pool.state();
        let in_use = pool.connections.saturating_sub(pool.idle_connections);
        Connections { in_use, idle: pool.idle_connections, most: self.pool.max_size() }
    }

    /// Answers when PostgreSQL does.
    ///
    /// # Errors
    /// It is away, or has no connection to spare.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.run(|conn| Ok(diesel::sql_query("select 1").execute(conn).map(drop)?)).await
    }
}
