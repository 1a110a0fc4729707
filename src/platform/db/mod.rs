//! Access to PostgreSQL: the connection pool, [`Db::run`] for async code, and the functions that open transactions and
//! blocks inside them: [`transaction()`], [`savepoint`], [`block_without_savepoint`] and [`snapshot`]. No other code
//! opens any.

mod circuit_breaker;
mod encoding_check;
mod error;
mod like;
mod migrations;
mod one_row;
mod pool;
mod shares;
mod sql_functions;
mod sql_types;
mod statement;
mod supervision;
mod transaction;
mod transaction_state;
mod url;

use chrono::{DateTime, Utc};
use diesel::{Connection as _, PgConnection, QueryResult, RunQueryDsl, r2d2};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, time::timeout_at};

use super::{clock, deadline};
use circuit_breaker::CircuitBreaker;
use pool::Manager;
use shares::Shares;
use supervision::BlockingTask;

/// A connection, for code that only passes it on to functions that use Diesel.
pub type Connection = PgConnection;

pub use encoding_check::check_encoding;
pub use error::DbError;
pub use like::escape_like;
pub use migrations::{migrate, pending_migrations};
pub use one_row::OneRow;
pub use pool::no_more_connections;
pub use shares::{Share, with_share};
pub use sql_functions::lower;
pub(crate) use sql_types::sql_enum;
pub(crate) use statement::{SqlPart, sql_parts, sql_record, statement};
pub use transaction::{
    BACKGROUND_LOCK_TIMEOUT, LOCK_TIMEOUT, TransactionError, block_without_savepoint, lost_against_another, on_commit,
    savepoint, set_lock_timeout, set_rollback, snapshot, transaction,
};
pub use url::with_timeouts;

/// A handle on the connection pool, cheap to clone. Each connection that it takes counts towards its [`Share`].
#[derive(Clone)]
pub struct Db {
    pool: Arc<Pool>,
    share: Share,
}

struct Pool {
    connections: r2d2::Pool<Manager>,
    /// Connections for [`Share::Checkout`] alone. They keep the prepared statements of the checkout: to prepare these
    /// on another connection would, on a slow network, take as long as placing an order.
    checkout: r2d2::Pool<Manager>,
    /// Connections with the longer timeouts of [`shares::LONG`].
    long: r2d2::Pool<Manager>,
    /// The maximum number of connections in use at a time. A connection whose work hangs stays open, but no longer
    /// counts as in use.
    size: u32,
    url: String,
    shares: Shares,
    breaker: Arc<CircuitBreaker>,
    line: Arc<Semaphore>,
}

/// The number of connections in use, of open but idle ones, and the maximum that may be in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    pub in_use: u32,
    pub idle: u32,
    pub most: u32,
}

/// The `connection_timeout` of r2d2. The pause between two attempts to connect doubles with each failed attempt, up to
/// half of this timeout.
const RECONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How long to wait for a connection before checking again whether PostgreSQL is down.
const POOL_POLL_INTERVAL: Duration = Duration::from_millis(50);

impl Db {
    /// Opens a pool of which at most `size` connections are in use at once. Makes a first connection at once, so that a
    /// wrong URL fails at the start, and sets the process's [clock] to PostgreSQL's. Pages use the returned handle as
    /// it is, other kinds of work a handle from [`Db::sharing`].
    pub fn connect(url: &str, size: u32) -> Result<Self, String> {
        let url = with_timeouts(url);
        let mut first = PgConnection::establish(&url).map_err(|error| error.to_string().trim().to_owned())?;
        read_clock(&mut first).map_err(|error| error.to_string())?;
        let breaker = Arc::new(CircuitBreaker::default());
        let open = |limits, min_idle, in_use: u32| {
            r2d2::Pool::builder()
                // Twice as many, because a connection that hangs stays open but no longer counts as in use.
                .max_size(in_use.saturating_mul(2))
                .min_idle(Some(min_idle))
                .connection_timeout(RECONNECT_TIMEOUT)
                .test_on_check_out(false)
                .error_handler(Box::new(r2d2::NopErrorHandler))
                .build_unchecked(Manager::new(&url, limits, Arc::clone(&breaker)))
        };
        let (connections, long) = (open(shares::SHORT, 1, size), open(shares::LONG, 0, size));
        let checkout = open(shares::SHORT, 1, size.min(shares::CHECKOUT_CONNECTIONS));
        let usable = usize::try_from(size).unwrap_or_default();
        let line = Arc::new(Semaphore::new((usable * 3 / 4).max(1)));
        let shares = Shares::new(usable);
        let pool = Pool { connections, checkout, long, size, url, shares, breaker, line };
        Ok(Self { pool: Arc::new(pool), share: Share::Pages })
    }

    /// Returns a handle on the same pool whose connections count towards `share`.
    #[must_use]
    pub fn sharing(&self, share: Share) -> Self {
        Self { pool: Arc::clone(&self.pool), share }
    }

    /// Runs `work` with a connection of the pool on a blocking thread. The time limit for getting the connection and
    /// running `work` is the timeout of the handle's [`Share`], or what is left until the request's deadline if that is
    /// less. If `work` is still running at the time limit, it continues to its end, but its result is dropped. A
    /// transaction that `work` leaves open is rolled back: use [`transaction()`].
    ///
    /// # Errors
    /// Those of `work`; [`DbError::Busy`] if `work` did not start in time, [`DbError::Lost`] if it did not finish in
    /// time, [`DbError::Panicked`] if it panicked.
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
        let task = BlockingTask::new(permit);
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

    /// Runs `work` like [`Db::run`]; for work that may wait for row locks. At most three quarters of the connections do
    /// such work at a time, first come, first served, so that reads still get a connection, however many requests wait
    /// for the same row.
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
        // The permit moves with the work, because the connection stays in use even if the caller is dropped.
        self.run(move |conn| {
            let _turn = turn;
            work(conn)
        })
        .await
    }

    /// Runs long work on a thread and a connection of its own, without a statement timeout; `work` gets the error if no
    /// connection can be made. Returns at once; a shutdown does not wait for the work.
    pub fn run_unpooled<W>(&self, work: W)
    where
        W: FnOnce(Result<&mut PgConnection, DbError>) + Send + 'static,
    {
        let url = self.pool.url.clone();
        let span = tracing::Span::current();
        std::thread::spawn(move || {
            let _here = span.entered();
            match pool::connect_unpooled(&url) {
                Ok(mut conn) => work(Ok(&mut conn)),
                Err(error) => work(Err(DbError::Busy(error.to_string()))),
            }
        });
    }

    /// Asks PostgreSQL for its time, and sets the [clock] to it.
    pub async fn read_clock(&self) -> Result<(), DbError> {
        self.run(|conn| Ok(read_clock(conn)?)).await
    }

    /// Returns how many connections of the pool are in use, open but idle, and allowed.
    pub fn connections(&self) -> Connections {
        let (pool, size) = (&self.pool, self.pool.size);
        let in_use = usize::try_from(size).map(|size| pool.shares.in_use(size)).unwrap_or_default();
        let idle = [&pool.connections, &pool.checkout, &pool.long].map(|pool| pool.state().idle_connections);
        Connections { in_use: u32::try_from(in_use).unwrap_or(size), idle: idle.iter().sum(), most: size }
    }

    /// Fails if PostgreSQL does not answer; with [`DbError::Refused`] if it is read-only.
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

fn read_clock(conn: &mut PgConnection) -> QueryResult<()> {
    let asked = Instant::now();
    let time: DateTime<Utc> =
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Timestamptz>("clock_timestamp()")).get_result(conn)?;
    clock::set(time, asked);
    Ok(())
}

impl Pool {
    fn work<T, E: From<DbError>>(
        &self,
        task: &BlockingTask,
        share: Share,
        deadline: Instant,
        work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut pooled = self.connection(task, share, deadline)?;
        let done = work(&mut pooled.conn);
        pooled.used(done.is_ok());
        done
    }

    /// Waits for a live connection until `deadline`; fails at once if PostgreSQL accepts no connections, or if the
    /// caller of `task` has stopped waiting.
    fn connection(
        &self,
        task: &BlockingTask,
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

    fn is_away(&self, share: Share) -> bool {
        self.breaker.is_refused() && self.connections_of(share).state().connections == 0
    }

    fn connections_of(&self, share: Share) -> &r2d2::Pool<Manager> {
        match share {
            Share::Checkout => &self.checkout,
            Share::Loader | Share::Pages => &self.connections,
            Share::Staff | Share::Background => &self.long,
        }
    }

    /// Reports that a statement, sent at `since` (a time of `Progress::now`), was not answered in time. If that opens
    /// the circuit breaker, a thread tries to connect every [`PROBE_INTERVAL`], and closes the breaker when that
    /// succeeds.
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
