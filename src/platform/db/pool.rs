//! Connections of the pool: their session settings, and how broken connections are detected.

use diesel::{
    Connection, PgConnection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, Error, ManageConnection},
};
use std::{
    sync::{
        Arc, LazyLock, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    circuit_breaker::CircuitBreaker,
    shares::{SessionLimits, UNLIMITED},
    transaction_state,
};

/// A connection that was used within this time is assumed to work. A check on every use would cost each page a round
/// trip; without any check, each connection that a restart of PostgreSQL has closed would fail one page.
const FRESH: Duration = Duration::from_secs(1);

/// When a connection sent the statement whose answer it waits for, as a time of [`Progress::now`]; 0 if it waits for
/// none.
#[derive(Debug, Default)]
pub(super) struct Progress(AtomicU64);

impl Progress {
    /// Returns the milliseconds of a monotonic clock that begins at 1 with the first call.
    pub(super) fn now() -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    pub(super) fn sent(&self) {
        self.0.store(Self::now(), Ordering::Relaxed);
    }

    pub(super) fn answered(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub(super) fn waits_since(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|since| *since > 0)
    }
}

pub(super) struct Pooled {
    pub(super) conn: PgConnection,
    pub(super) progress: Arc<Progress>,
    used: Instant,
    dead: bool,
    /// The value of `deaths` (the number of connections found broken) when this connection was last known to work. Once
    /// `deaths` differs, the connection is checked before it is used.
    seen: u64,
    deaths: Arc<AtomicU64>,
    generation: u64,
    breaker: Arc<CircuitBreaker>,
}

const ASK_WRITABLE: &str = "select 1 / (current_setting('transaction_read_only') = 'off')::int";

impl Pooled {
    /// Records that work on the connection has ended, `well` or with an error. After an error, checks whether the
    /// connection works and its server accepts writes.
    pub(super) fn used(&mut self, well: bool) {
        self.used = Instant::now();
        self.breaker.worked();
        // The result of `ask` is stored in `dead`, which makes the pool drop the connection. A server that has become
        // read-only is now a standby after a failover, so all connections lead to the wrong server.
        if !well && self.ask() && self.conn.batch_execute(ASK_WRITABLE).is_err() {
            self.breaker.discard_connections();
        }
    }

    /// Returns whether the connection works; asks the server unless it was used within [`FRESH`].
    pub(super) fn is_alive(&mut self) -> bool {
        if self.generation != self.breaker.generation() {
            return false;
        }
        let others_live = self.seen == self.deaths.load(Ordering::Relaxed);
        (others_live && self.used.elapsed() < FRESH) || self.ask()
    }

    fn ask(&mut self) -> bool {
        let seen = self.deaths.load(Ordering::Relaxed);
        self.dead = self.conn.batch_execute("select").is_err();
        if self.dead {
            self.deaths.fetch_add(1, Ordering::Relaxed);
        } else {
            self.seen = seen;
        }
        !self.dead
    }
}

fn settings(limits: SessionLimits) -> String {
    let (lock, statement) = (limits.lock_timeout.as_millis(), limits.statement_timeout.as_millis());
    format!("set lock_timeout = {lock}; set statement_timeout = {statement}")
}

pub(super) struct Manager {
    postgres: ConnectionManager<PgConnection>,
    /// How many connections were found broken. Most break together, so after each one all others are checked.
    deaths: Arc<AtomicU64>,
    limits: SessionLimits,
    breaker: Arc<CircuitBreaker>,
}

impl Manager {
    pub(super) fn new(url: &str, limits: SessionLimits, breaker: Arc<CircuitBreaker>) -> Self {
        Self { postgres: ConnectionManager::new(url), deaths: Arc::default(), limits, breaker }
    }

    fn open(&self) -> Result<Pooled, Error> {
        let _making = making();
        let (seen, generation) = (self.deaths.load(Ordering::Relaxed), self.breaker.generation());
        let mut conn = self.postgres.connect()?;
        configure_session(&mut conn, self.limits).map_err(Error::QueryError)?;
        let progress = Arc::new(Progress::default());
        transaction_state::watch(&mut conn, Arc::clone(&progress));
        let (deaths, breaker) = (Arc::clone(&self.deaths), Arc::clone(&self.breaker));
        let used = Instant::now();
        Ok(Pooled { conn, progress, used, dead: false, seen, deaths, generation, breaker })
    }
}

/// Read-locked while a connection is being opened. At exit, OpenSSL frees its state; a thread that opens a connection
/// at that time (libpq uses OpenSSL) would crash the process.
static MAKING: RwLock<()> = RwLock::new(());

fn making() -> RwLockReadGuard<'static, ()> {
    MAKING.read().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until no connection is being opened, at most 3 seconds, and from then on blocks all attempts to open one. For
/// the shutdown.
pub fn no_more_connections() {
    let until = Instant::now() + Duration::from_secs(3);
    while Instant::now() < until {
        match MAKING.try_write() {
            Ok(guard) => return std::mem::forget(guard),
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = Error;

    fn connect(&self) -> Result<Pooled, Error> {
        let opened = self.open();
        match &opened {
            Ok(_) => self.breaker.connected(),
            Err(_) => self.breaker.connect_failed(),
        }
        opened
    }

    /// Returns `Ok` without a check, because r2d2 calls this without a timeout. [`Pooled::is_alive`] checks connections
    /// instead.
    fn is_valid(&self, _pooled: &mut Pooled) -> Result<(), Error> {
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.dead || pooled.generation != self.breaker.generation() || self.postgres.has_broken(&mut pooled.conn)
    }
}

pub(super) fn probe(url: &str) -> bool {
    let _making = making();
    PgConnection::establish(url).is_ok()
}

/// Opens a connection that belongs to no pool, with the timeouts [`UNLIMITED`].
pub(super) fn connect_unpooled(url: &str) -> diesel::ConnectionResult<PgConnection> {
    let _making = making();
    let mut conn = PgConnection::establish(url)?;
    let configured = configure_session(&mut conn, UNLIMITED);
    configured.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

fn configure_session(conn: &mut PgConnection, limits: SessionLimits) -> diesel::QueryResult<()> {
    // JIT compilation costs more than it saves on short statements. Random reads cost about as much as sequential ones,
    // because rows are in memory or on SSDs. A transaction of a suspended process releases its locks after 30 seconds.
    conn.batch_execute(&format!(
        "set application_name = 'till'; set jit = off; set random_page_cost = 1.1;
         set idle_in_transaction_session_timeout = '30s'; {}",
        settings(limits)
    ))?;
    // Deadlocks and timeouts are recognized by their English messages, because Diesel drops the SQLSTATE. The role may
    // not be allowed to set this, and most servers use English anyway.
    let _ = conn.batch_execute("set lc_messages = 'C'");
    Ok(())
}
