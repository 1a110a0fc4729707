//! The way to PostgreSQL: a pool, one door from async code ([`Db::run`]), and the only three functions that open
//! transactions ([`transaction`], [`savepoint`], [`snapshot`]).

mod kinds;
mod migrations;
mod statement;
mod transaction;

use diesel::{
    Connection as _, PgConnection, RunQueryDsl,
    r2d2::{self, ConnectionManager, CustomizeConnection},
};
use std::time::Duration;

/// A connection in use, for those who speak no Diesel and hand it on to queries and actions.
pub type Connection = PgConnection;

pub use migrations::{migrate, pending_migrations};
pub(crate) use statement::statement;
pub use transaction::{TransactionError, savepoint, snapshot, transaction};

/// Why the database could not do what was asked.
#[derive(Debug)]
pub enum DbError {
    /// Every connection is taken or PostgreSQL is away: worth trying again soon.
    Busy(String),
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
            Self::Missing => f.write_str("no such row"),
            Self::Query(error) => error.fmt(f),
            Self::Panicked => f.write_str("a panic while the database was in use"),
        }
    }
}

impl std::error::Error for DbError {}

impl From<diesel::result::Error> for DbError {
    fn from(error: diesel::result::Error) -> Self {
        match error {
            diesel::result::Error::NotFound => Self::Missing,
            error => Self::Query(error),
        }
    }
}

/// The pool of connections; cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: r2d2::Pool<ConnectionManager<PgConnection>>,
}

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
            .connection_timeout(Duration::from_secs(3))
            // A connection that broke is noticed when it is given back; asking at each loan costs a round trip.
            .test_on_check_out(false)
            .connection_customizer(Box::new(Plainly))
            .build_unchecked(ConnectionManager::new(url));
        Ok(Self { pool })
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
            let mut conn = pool.get().map_err(|error| DbError::Busy(error.to_string()))?;
            work(&mut conn)
        })
        .await
        .unwrap_or_else(|_| Err(DbError::Panicked.into()))
    }

    /// Answers when PostgreSQL does.
    ///
    /// # Errors
    /// It is away, or has no connection to spare.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.run(|conn| Ok(diesel::sql_query("select 1").execute(conn).map(drop)?)).await
    }
}

/// What each new connection is told.
#[derive(Debug)]
struct Plainly;

impl CustomizeConnection<PgConnection, r2d2::Error> for Plainly {
    fn on_acquire(&self, conn: &mut PgConnection) -> Result<(), r2d2::Error> {
        diesel::sql_query("set application_name = 'till'").execute(conn).map_err(r2d2::Error::QueryError)?;
        // Our statements are short and planned on rough guesses; compiling one takes longer than a hundred runs of it.
        diesel::sql_query("set jit = off").execute(conn).map_err(r2d2::Error::QueryError)?;
        // A server that speaks another language would hide deadlocks from `transaction`, which knows them by their
        // message (Diesel keeps no SQLSTATE for them). Not everybody may set this, and most need not.
        let _ = diesel::sql_query("set lc_messages = 'C'").execute(conn);
        Ok(())
    }
}
