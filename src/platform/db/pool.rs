//! The pool's connections: what each is told when it is new, and when one is taken for dead.

use diesel::{
    Connection, PgConnection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, Error, ManageConnection},
};
use std::{
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A connection that was in use so short a while ago, and did its work, is taken to be alive. Asking each time would cost
/// every page a round trip; asking none would hand a shopper each connection that died with PostgreSQL's last restart.
const FRESH: Duration = Duration::from_secs(1);

/// A connection of the pool.
pub(super) struct Pooled {
    pub(super) conn: PgConnection,
    used: Instant,
    dead: bool,
    /// How many had died when it was last seen alive.
    seen: u64,
    deaths: Arc<AtomicU64>,
}

impl Pooled {
    /// It was just in use; whether for work that ended well. If not, the connection itself may be why.
    pub(super) fn used(&mut self, well: bool) {
        self.used = Instant::now();
        if !well {
            // What it says now is of no interest: the pool lets go of what is dead.
            let _ = self.ask();
        }
    }

    fn ask(&mut self) -> Result<(), Error> {
        let seen = self.deaths.load(Ordering::Relaxed);
        match self.conn.batch_execute("select") {
            Ok(()) => self.seen = seen,
            Err(error) => {
                self.dead = true;
                self.deaths.fetch_add(1, Ordering::Relaxed);
                return Err(Error::QueryError(error));
            }
        }
        Ok(())
    }
}

/// Opens connections, and tells the living from the dead.
pub(super) struct Manager {
    postgres: ConnectionManager<PgConnection>,
    /// Connections mostly die together, so after each death all others are asked.
    deaths: Arc<AtomicU64>,
}

impl Manager {
    pub(super) fn new(url: &str) -> Self {
        Self { postgres: ConnectionManager::new(watchful(url)), deaths: Arc::default() }
    }
}

/// The address with what makes libpq notice a server that has gone without a word (its machine, or the network): otherwise
/// whoever waits for an answer waits for hours. What the address already says of it stays.
fn watchful(url: &str) -> String {
    const WATCHING: [(&str, &str); 4] = [
        ("tcp_user_timeout", "20000"),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "5"),
        ("keepalives_count", "2"),
    ];
    let Ok(mut url) = url::Url::parse(url) else { return url.to_owned() };
    let said: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    for (name, value) in WATCHING.iter().filter(|(name, _)| !said.iter().any(|said| said == name)) {
        url.query_pairs_mut().append_pair(name, value);
    }
    url.into()
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
        let _making = making();
        let seen = self.deaths.load(Ordering::Relaxed);
        let mut conn = self.postgres.connect()?;
        instruct(&mut conn).map_err(Error::QueryError)?;
        Ok(Pooled { conn, used: Instant::now(), dead: false, seen, deaths: Arc::clone(&self.deaths) })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Error> {
        let others_live = pooled.seen == self.deaths.load(Ordering::Relaxed);
        if others_live && pooled.used.elapsed() < FRESH { Ok(()) } else { pooled.ask() }
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.dead || self.postgres.has_broken(&mut pooled.conn)
    }
}

/// A connection that no pool holds, whose statements may take as long as they do.
pub(super) fn connect_apart(url: &str) -> diesel::ConnectionResult<PgConnection> {
    let _making = making();
    let mut conn = PgConnection::establish(url)?;
    let told = instruct(&mut conn).and_then(|()| conn.batch_execute("set statement_timeout = 0"));
    told.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// What each new connection is told.
fn instruct(conn: &mut PgConnection) -> diesel::QueryResult<()> {
    // Our statements are short and planned on rough guesses; compiling one takes longer than a hundred runs of it. Their rows lie
    // in memory or on a disk without a head to move.
    // And nobody waits for ever: not for a row that somebody holds, not for an answer; a program that is stopped in the
    // middle of a transaction gives up its locks.
    conn.batch_execute(
        "set application_name = 'till'; set jit = off; set random_page_cost = 1.1;
         set lock_timeout = '3s'; set statement_timeout = '15s'; set idle_in_transaction_session_timeout = '30s'",
    )?;
    // A server that speaks another language would hide deadlocks from `transaction`, which knows them by their message
    // (Diesel keeps no SQLSTATE for them). Not everybody may set this, and most need not.
    let _ = conn.batch_execute("set lc_messages = 'C'");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::watchful;

    #[test]
    fn an_address_is_watched_over_unless_it_says_how_itself() {
        let watched = watchful("postgres://till:secret@db.example:5432/till?keepalives_idle=60");
        assert!(
            watched
                .starts_with("postgres://till:secret@db.example:5432/till?keepalives_idle=60&tcp_user_timeout=20000&")
        );
        assert_eq!(watched.matches("keepalives_idle").count(), 1);
    }
}
