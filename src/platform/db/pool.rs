//! The pool's connections: what each is told when it is new, and when one is taken for dead.

use diesel::{
    PgConnection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, Error, ManageConnection},
};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// A connection that was in use so short a while ago, and did its work, is taken to be alive. Asking each time would cost
/// every page a round trip; asking none would hand a shopper each connection that died with PostgreSQL's last restart.
const FRESH: Duration = Duration::from_secs(1);

/// A connection of the pool.
pub(super) struct Pooled {
    pub(super) conn: PgConnection,
    used: Instant,
    suspect: bool,
    /// How many deaths there had been when it was last seen alive.
    deaths: u64,
}

impl Pooled {
    /// It was just in use; whether for work that ended well. If not, the connection itself may be why.
    pub(super) fn used(&mut self, well: bool) {
        self.used = Instant::now();
        self.suspect = !well;
    }
}

/// Opens connections, and tells the living from the dead.
pub(super) struct Manager {
    postgres: ConnectionManager<PgConnection>,
    /// Connections mostly die together, so after each death all others are asked.
    deaths: AtomicU64,
}

impl Manager {
    pub(super) fn new(url: &str) -> Self {
        Self { postgres: ConnectionManager::new(url), deaths: AtomicU64::new(0) }
    }
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = Error;

    fn connect(&self) -> Result<Pooled, Error> {
        let deaths = self.deaths.load(Ordering::Relaxed);
        let mut conn = self.postgres.connect()?;
        instruct(&mut conn).map_err(Error::QueryError)?;
        Ok(Pooled { conn, used: Instant::now(), suspect: false, deaths })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Error> {
        let deaths = self.deaths.load(Ordering::Relaxed);
        if !pooled.suspect && pooled.deaths == deaths && pooled.used.elapsed() < FRESH {
            return Ok(());
        }
        pooled.conn.batch_execute("select").map_err(|error| {
            self.deaths.fetch_add(1, Ordering::Relaxed);
            Error::QueryError(error)
        })?;
        pooled.deaths = deaths;
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        self.postgres.has_broken(&mut pooled.conn)
    }
}

/// What each new connection is told.
fn instruct(conn: &mut PgConnection) -> diesel::QueryResult<()> {
    // Our statements are short and planned on rough guesses; compiling one takes longer than a hundred runs of it.
    // And nobody waits for ever: not for a row that somebody holds, not for an answer; a program that is stopped in the
    // middle of a transaction gives up its locks.
    conn.batch_execute(
        "set application_name = 'till'; set jit = off;
         set lock_timeout = '3s'; set statement_timeout = '15s'; set idle_in_transaction_session_timeout = '30s'",
    )?;
    // A server that speaks another language would hide deadlocks from `transaction`, which knows them by their message
    // (Diesel keeps no SQLSTATE for them). Not everybody may set this, and most need not.
    let _ = conn.batch_execute("set lc_messages = 'C'");
    Ok(())
}
