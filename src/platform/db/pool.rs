//! The pool's connections: what each is told when it is new, and when one is taken for dead.

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

/// A connection that was in use so short a while ago, and did its work, is taken to be alive. Asking each time would cost
/// every page a round trip; asking none would hand a shopper each connection that died with PostgreSQL's last restart.
const FRESH: Duration = Duration::from_secs(1);

/// Since when a connection waits for the answer to a statement.
#[derive(Debug, Default)]
pub(super) struct Progress(AtomicU64);

impl Progress {
    /// Milliseconds on a clock that never goes back; never 0.
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

    /// When the statement was sent that is not answered yet.
    pub(super) fn waits_since(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|since| *since > 0)
    }
}

/// A connection of the pool.
pub(super) struct Pooled {
    pub(super) conn: PgConnection,
    pub(super) progress: Arc<Progress>,
    used: Instant,
    dead: bool,
    /// How many had died when it was last seen alive.
    seen: u64,
    deaths: Arc<AtomicU64>,
    generation: u64,
    breaker: Arc<CircuitBreaker>,
}

/// Fails where the server takes no writes.
const ASK_WRITABLE: &str = "select 1 / (current_setting('transaction_read_only') = 'off')::int";

impl Pooled {
    /// It was just in use; whether for work that ended well. If not, the connection itself may be why.
    pub(super) fn used(&mut self, well: bool) {
        self.used = Instant::now();
        self.breaker.worked();
        // What it says now is of no interest: the pool lets go of what is dead. A server that takes no writes any more is a
        // standby by now, and the connections to it lead to the wrong one.
        if !well && self.ask() && self.conn.batch_execute(ASK_WRITABLE).is_err() {
            self.breaker.discard_connections();
        }
    }

    /// Whether it can be used; asked of the server unless it was in use a moment ago. The pool lets go of one that cannot.
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

/// Opens connections, and tells the living from the dead.
pub(super) struct Manager {
    postgres: ConnectionManager<PgConnection>,
    /// Connections mostly die together, so after each death all others are asked.
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
        instruct(&mut conn, self.limits).map_err(Error::QueryError)?;
        let progress = Arc::new(Progress::default());
        transaction_state::watch(&mut conn, Arc::clone(&progress));
        let (deaths, breaker) = (Arc::clone(&self.deaths), Arc::clone(&self.breaker));
        let used = Instant::now();
        Ok(Pooled { conn, progress, used, dead: false, seen, deaths, generation, breaker })
    }
}

/// Held by whoever is making a connection. libpq does that with OpenSSL, which is taken down when the program ends: a thread
/// that is in the middle of it then takes the program with it.
static MAKING: RwLock<()> = RwLock::new(());

fn making() -> RwLockReadGuard<'static, ()> {
    MAKING.read().unwrap_or_else(PoisonError::into_inner)
}

/// For the end of the program: comes back when nobody is making a connection, and nobody will any more. Where one takes its
/// time that is waited for a few seconds at most.
pub fn no_more_connections() {
    let until = Instant::now() + Duration::from_secs(3);
    while Instant::now() < until {
        match MAKING.try_write() {
            // Whoever wants one now waits for good.
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

    /// Whoever takes a connection asks that, see [`Pooled::is_alive`]: the pool would wait for the answer for ever.
    fn is_valid(&self, _pooled: &mut Pooled) -> Result<(), Error> {
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.dead || pooled.generation != self.breaker.generation() || self.postgres.has_broken(&mut pooled.conn)
    }
}

/// Connects once, and lets go of the connection: whether the database is there.
pub(super) fn probe(url: &str) -> bool {
    let _making = making();
    PgConnection::establish(url).is_ok()
}

/// A connection that no pool holds, whose statements may take as long as they do.
pub(super) fn connect_apart(url: &str) -> diesel::ConnectionResult<PgConnection> {
    let _making = making();
    let mut conn = PgConnection::establish(url)?;
    let told = instruct(&mut conn, UNLIMITED);
    told.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// What each new connection is told.
fn instruct(conn: &mut PgConnection, limits: SessionLimits) -> diesel::QueryResult<()> {
    // Our statements are short and planned on rough guesses; compiling one takes longer than a hundred runs of it. Their rows lie
    // in memory or on a disk without a head to move.
    // And nobody waits for ever: not for a row that somebody holds, not for an answer; a program that is stopped in the
    // middle of a transaction gives up its locks.
    conn.batch_execute(&format!(
        "set application_name = 'till'; set jit = off; set random_page_cost = 1.1;
         set idle_in_transaction_session_timeout = '30s'; {}",
        settings(limits)
    ))?;
    // A server that speaks another language would hide deadlocks from `transaction`, which knows them by their message
    // (Diesel keeps no SQLSTATE for them). Not everybody may set this, and most need not.
    let _ = conn.batch_execute("set lc_messages = 'C'");
    Ok(())
}
