//! The way to PostgreSQL: a pool, one door from async code ([`Db::run`]), and the only functions that open blocks
//! ([`transaction`], [`savepoint`], [`block_without_savepoint`], [`snapshot`]).

mod circuit_breaker;
mod encoding_check;
mod like;
mod migrations;
mod pool;
mod shares;
mod sql_types;
mod statement;
mod supervision;
mod transaction;
mod transaction_state;
mod url;

use chrono::{DateTime, Utc};
use diesel::{
    Connection as _, PgConnection, QueryResult, RunQueryDsl, r2d2,
    result::{DatabaseErrorKind, Error},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, time::timeout_at};

use super::{clock, deadline};
use circuit_breaker::CircuitBreaker;
use pool::Manager;
use shares::Shares;
use supervision::Task;

/// A connection in use, for those who speak no Diesel and hand it on to queries and actions.
pub type Connection = PgConnection;

pub use encoding_check::check_encoding;
pub use like::escape_like;
pub use migrations::{migrate, pending_migrations};
pub use pool::no_more_connections;
pub use shares::{Share, with_share};
pub(crate) use sql_types::sql_enum;
pub(crate) use statement::statement;
pub use transaction::{
    BACKGROUND_LOCK_TIMEOUT, LOCK_TIMEOUT, TransactionError, block_without_savepoint, lost_against_another, on_commit,
    savepoint, set_lock_timeout, set_rollback, snapshot, transaction,
};
pub use url::with_timeouts;

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
    /// The server has no room on its disk or in its memory, or takes no writes just now; nothing has happened.
    Refused(String),
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
            Self::Refused(why) => write!(f, "the database cannot write just now: {why}"),
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

/// What PostgreSQL says with 53100, 53200 (Diesel keeps no SQLSTATE), and 25006 and 25P02 of a server that takes no writes.
fn is_refused(error: &Error) -> bool {
    let Error::DatabaseError(kind, info) = error else { return false };
    let message = info.message();
    matches!(kind, DatabaseErrorKind::ReadOnlyTransaction)
        || message.contains("No space left on device")
        || message.contains("disk full")
        || message.starts_with("out of memory")
        || message.starts_with("out of shared memory")
}

/// The pool of connections, on behalf of one [`Share`] of it; cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Arc<Pool>,
    share: Share,
}

struct Pool {
    connections: r2d2::Pool<Manager>,
    /// Those whose statements may take long.
    long: r2d2::Pool<Manager>,
    /// How many may be in use; as many again may hang.
    size: u32,
    url: String,
    shares: Shares,
    breaker: Arc<CircuitBreaker>,
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

/// How long the pool waits between two attempts to connect, at most twice this.
const RECONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a database that does not answer is tried again.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How long a connection is waited for before the pool is asked how it stands.
const POOL_POLL_INTERVAL: Duration = Duration::from_millis(50);

impl Db {
    /// Connects `size` times at most, one of them now, so that a wrong address is known at start. For pages; see [`Db::sharing`].
    ///
    /// # Errors
    /// Nobody answers at `url`, or not to us.
    pub fn connect(url: &str, size: u32) -> Result<Self, String> {
        let url = with_timeouts(url);
        let mut first = PgConnection::establish(&url).map_err(|error| error.to_string().trim().to_owned())?;
        read_clock(&mut first).map_err(|error| error.to_string())?;
        let breaker = Arc::new(CircuitBreaker::default());
        let open = |limits, min_idle| {
            r2d2::Pool::builder()
                // As many again as may work, where those that hang are waited for by nobody.
                .max_size(size.saturating_mul(2))
                .min_idle(Some(min_idle))
                .connection_timeout(RECONNECT_TIMEOUT)
                .test_on_check_out(false)
                .error_handler(Box::new(r2d2::NopErrorHandler))
                .build_unchecked(Manager::new(&url, limits, Arc::clone(&breaker)))
        };
        let (connections, long) = (open(shares::SHORT, 1), open(shares::LONG, 0));
        let usable = usize::try_from(size).unwrap_or_default();
        let line = Arc::new(Semaphore::new((usable * 3 / 4).max(1)));
        let shares = Shares::new(usable);
        let pool = Pool { connections, long, size, url, shares, breaker, line };
        Ok(Self { pool: Arc::new(pool), share: Share::Pages })
    }

    /// The same pool on behalf of another share.
    #[must_use]
    pub fn sharing(&self, share: Share) -> Self {
        Self { pool: Arc::clone(&self.pool), share }
    }

    /// The one door from async code to Diesel: runs `work` with a connection on a blocking thread. A transaction that `work`
    /// has opened is not its own to keep: open one with [`transaction`].
    ///
    /// All of it, the wait for a connection included, ends with the deadline of the share or of the request that asks. Work
    /// that has begun by then goes on unobserved.
    ///
    /// # Errors
    /// Whatever `work` says. In its words: [`DbError::Busy`] where it has not begun, [`DbError::Lost`] where it has and was not
    /// answered, [`DbError::Panicked`].
    pub async fn run<T, E, W>(&self, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        W: FnOnce(&mut PgConnection) -> Result<T, E> + Send + 'static,
    {
        let share = self.share.of_request();
        let deadline = deadline::within(share.timeout());
        if self.pool.breaker.is_open() {
            return Err(DbError::Busy("PostgreSQL does not answer".to_owned()).into());
        }
        let Some(permit) = self.pool.shares.acquire(share, deadline).await else {
            return Err(DbError::Busy("all connections are in use".to_owned()).into());
        };
        let task = Task::new(permit);
        let (theirs, pool, limits) = (Arc::clone(&task), Arc::clone(&self.pool), share.limits());
        let span = tracing::Span::current();
        let working = tokio::task::spawn_blocking(move || {
            let _here = span.entered();
            let outcome = pool.work(&theirs, share, deadline.into_std(), work);
            theirs.end();
            outcome
        });
        match supervision::supervise(&task, &self.pool, limits, deadline, working).await {
            Some(joined) => joined.unwrap_or_else(|_| Err(DbError::Panicked.into())),
            None => Err(task.given_up().into()),
        }
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
        let until = deadline::within(self.share.timeout());
        let Ok(Ok(turn)) = timeout_at(until, Arc::clone(&self.pool.line).acquire_owned()).await else {
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
        let url = self.pool.url.clone();
        let span = tracing::Span::current();
        std::thread::spawn(move || {
            let _here = span.entered();
            match pool::connect_apart(&url) {
                Ok(mut conn) => work(Ok(&mut conn)),
                Err(error) => work(Err(DbError::Busy(error.to_string()))),
            }
        });
    }

    /// Sets the shop's [clock] by the database's.
    ///
    /// # Errors
    /// Returned as the database gives them.
    pub async fn read_clock(&self) -> Result<(), DbError> {
        self.run(|conn| Ok(read_clock(conn)?)).await
    }

    /// What the connections do right now.
    pub fn connections(&self) -> Connections {
        let (pool, size) = (&self.pool, self.pool.size);
        let in_use = usize::try_from(size).map(|size| pool.shares.in_use(size)).unwrap_or_default();
        Connections {
            in_use: u32::try_from(in_use).unwrap_or(size),
            idle: pool.connections.state().idle_connections + pool.long.state().idle_connections,
            most: size,
        }
    }

    /// Answers when PostgreSQL does and takes writes.
    ///
    /// # Errors
    /// It is away, has no connection to spare, or is read-only.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.run(|conn| {
            let writable: bool = diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(
                "current_setting('transaction_read_only') = 'off'",
            ))
            .get_result(conn)?;
            if writable { Ok(()) } else { Err(DbError::Refused("it is read-only".to_owned())) }
        })
        .await
    }
}

/// Sets the shop's clock by the database's.
fn read_clock(conn: &mut PgConnection) -> QueryResult<()> {
    let asked = Instant::now();
    let time: DateTime<Utc> =
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Timestamptz>("clock_timestamp()")).get_result(conn)?;
    clock::set(time, asked);
    Ok(())
}

impl Pool {
    /// Does it on this thread, unless the connection comes too late.
    fn work<T, E: From<DbError>>(
        &self,
        task: &Task,
        share: Share,
        deadline: Instant,
        work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut pooled = self.connection(task, share, deadline)?;
        let done = work(&mut pooled.conn);
        pooled.used(done.is_ok());
        done
    }

    /// A connection that works, waited for until `deadline`. Where there is none and PostgreSQL lets nobody in, that is said at once.
    fn connection(
        &self,
        task: &Task,
        share: Share,
        deadline: Instant,
    ) -> Result<r2d2::PooledConnection<Manager>, DbError> {
        let connections = self.connections_of(share);
        loop {
            if self.breaker.is_open() {
                return Err(DbError::Busy("PostgreSQL does not answer".to_owned()));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match connections.get_timeout(left.min(POOL_POLL_INTERVAL)) {
                Ok(mut pooled) => {
                    if !task.check(&pooled.progress) {
                        return Err(DbError::Busy("the connection came too late".to_owned()));
                    }
                    if pooled.is_alive() && task.begin(&pooled.progress) {
                        return Ok(pooled);
                    }
                }
                Err(error) if left.is_zero() || self.is_away(share) => return Err(DbError::Busy(error.to_string())),
                Err(_) => {}
            }
        }
    }

    /// True if there is no connection, and the last attempt to make one failed.
    fn is_away(&self, share: Share) -> bool {
        self.breaker.is_refused() && self.connections_of(share).state().connections == 0
    }

    fn connections_of(&self, share: Share) -> &r2d2::Pool<Manager> {
        if share.limits() == shares::LONG { &self.long } else { &self.connections }
    }

    /// A statement sent at `since` was not answered. Where PostgreSQL answers nobody, nobody is sent to it until it lets in
    /// whoever tries.
    fn unanswered(self: &Arc<Self>, since: u64) {
        if !self.breaker.unanswered(since) {
            return;
        }
        tracing::error!("PostgreSQL does not answer");
        let pool = Arc::downgrade(self);
        std::thread::spawn(move || {
            while let Some(pool) = pool.upgrade() {
                if !pool.breaker.is_open() {
                    break;
                }
                if pool::probe(&pool.url) {
                    pool.breaker.connected();
                    tracing::warn!("PostgreSQL answers again");
                    break;
                }
                drop(pool);
                std::thread::sleep(PROBE_INTERVAL);
            }
        });
    }
}
