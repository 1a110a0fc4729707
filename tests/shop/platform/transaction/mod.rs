//! The rules of transactions, tested on PostgreSQL. Each test is a row of `docs/transactions.md`, which begins with its
//! name; `tests/architecture.rs` checks that neither exists without the other.

mod after_commit;
mod blocks;
mod errors;
mod isolation;
mod retries;

use diesel::{PgConnection, QueryableByName, RunQueryDsl, result::Error, sql_query, sql_types::Text};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};
use till::platform::db::DbError;

use crate::support::Database;

/// A database with one table, `things`, whose numbers are unique.
fn database() -> Database {
    let database = Database::empty();
    database.execute("create table things (id integer primary key, n integer not null default 0 check (n >= 0))");
    database
}

fn write(conn: &mut PgConnection, id: i32) -> Result<(), Error> {
    sql_query(format!("insert into things (id) values ({id})")).execute(conn).map(|_| ())
}

/// What other connections can see.
fn written(database: &Database) -> Vec<String> {
    database.texts("select id from things order by id")
}

/// The one text that a query returns on this connection.
fn said(conn: &mut PgConnection, sql: &str) -> Result<String, Error> {
    #[derive(QueryableByName)]
    struct Said {
        #[diesel(sql_type = Text)]
        said: String,
    }
    sql_query(format!("select ({sql})::text as said")).get_result::<Said>(conn).map(|row| row.said)
}

/// Ends this connection from outside, as a restart of PostgreSQL does.
fn cut(database: &Database, conn: &mut PgConnection) {
    let backend = said(conn, "pg_backend_pid()").unwrap();
    // The response comes only when the other process has ended.
    assert_eq!(database.text(&format!("select pg_terminate_backend({backend}, 5000)")), "true");
}

/// The error that a statement gets after another one has failed.
fn is_aborted<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::DatabaseError(_, info)) if info.message().starts_with("current transaction is aborted"))
}

/// The message of the panic that comes out of `work`.
fn panic_of<T>(work: impl FnOnce() -> T) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(work)).err()?;
    panic.downcast_ref::<&str>().map(|words| (*words).to_owned())
}

/// The notes of hooks.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, words: &str) {
        self.0.lock().unwrap().push(words.to_owned());
    }

    /// A hook that notes these words.
    fn hook(&self, words: &'static str) -> impl FnOnce(&mut PgConnection) -> Result<(), DbError> + Send + 'static {
        let diary = self.clone();
        move |_| {
            diary.note(words);
            Ok(())
        }
    }

    fn read(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}
