//! Errors inside a block, and what remains afterwards.

use diesel::{
    PgConnection, RunQueryDsl,
    connection::SimpleConnection,
    result::{DatabaseErrorKind, Error},
    sql_query,
};
use std::{mem::discriminant, sync::Arc};
use till::platform::db::{Db, DbError, TransactionError, block_without_savepoint, savepoint, transaction};

use super::{cut, database, is_aborted, panic_of, said, write, written};
use crate::support::Database;

/// A statement that fails undoes its savepoint only, and the whole transaction if there is none.
fn undoes_its_block(database: &Database, failing: &str, expected: impl Fn(&Error) -> bool) {
    let conn = &mut database.connect();
    let fails = |conn: &mut PgConnection| sql_query(failing).execute(conn).map(|_| ());
    let nested = transaction(conn, |conn| {
        write(conn, 1)?;
        let inner = savepoint(conn, |conn| {
            write(conn, 2)?;
            fails(conn)
        });
        assert!(expected(inner.as_ref().unwrap_err()), "{inner:?}");
        write(conn, 3)
    });
    assert_eq!(nested, Ok(()));
    assert_eq!(written(database), ["1", "3"]);

    let outermost = transaction(conn, |conn| {
        write(conn, 4)?;
        fails(conn)
    });
    assert!(expected(outermost.as_ref().unwrap_err()), "{outermost:?}");
    assert_eq!(written(database), ["1", "3"]);
}

fn is(kind: DatabaseErrorKind) -> impl Fn(&Error) -> bool {
    move |error| matches!(error, Error::DatabaseError(found, _) if discriminant(found) == discriminant(&kind))
}

#[test]
fn a_unique_violation() {
    let twice = "insert into things values (99), (99)";
    undoes_its_block(&database(), twice, is(DatabaseErrorKind::UniqueViolation));
}

#[test]
fn a_foreign_key_violation() {
    let database = database();
    database.execute("create table parts (thing integer not null references things)");
    undoes_its_block(&database, "insert into parts values (99)", is(DatabaseErrorKind::ForeignKeyViolation));
}

#[test]
fn a_check_violation() {
    undoes_its_block(&database(), "insert into things values (99, -1)", is(DatabaseErrorKind::CheckViolation));
}

#[test]
fn a_missing_value() {
    undoes_its_block(&database(), "insert into things values (99, null)", is(DatabaseErrorKind::NotNullViolation));
}

#[test]
fn bad_data() {
    for (failing, words) in [
        ("insert into things values ('many'::text::integer)", "invalid input syntax for type integer"),
        ("insert into things values (99999999999)", "integer out of range"),
        ("insert into things values (1 / 0)", "division by zero"),
    ] {
        undoes_its_block(&database(), failing, |error| error.to_string().starts_with(words));
    }
}

#[test]
fn a_swallowed_statement_error_cannot_be_committed() {
    let database = database();
    let conn = &mut database.connect();
    let outcome = transaction(conn, |conn| {
        write(conn, 1)?;
        let _ = write(conn, 1);
        Ok::<_, Error>(())
    });
    assert!(is_aborted(&outcome), "{outcome:?}");
    assert!(written(&database).is_empty());
    assert_eq!(transaction(conn, |conn| write(conn, 2)), Ok(()), "the connection can be used again");
}

#[test]
fn a_savepoint_release_that_fails_undoes_its_block() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        let swallowing = savepoint(conn, |conn| {
            write(conn, 2)?;
            let _ = write(conn, 1);
            Ok::<_, Error>(())
        });
        assert!(is_aborted(&swallowing), "{swallowing:?}");
        write(conn, 3)
    });
    assert_eq!(outcome, Ok(()), "the transaction goes on");
    assert_eq!(written(&database), ["1", "3"]);
}

#[tokio::test]
async fn a_savepoint_that_is_gone_fails_the_transaction() {
    let database = database();
    let db = Db::connect(&database.url, 1).unwrap();
    let outcome: Result<(), DbError> = db
        .run(|conn| {
            transaction(conn, |conn| {
                write(conn, 1)?;
                // It can be neither released nor rolled back to.
                let gone = savepoint(conn, |conn| conn.batch_execute("release savepoint diesel_savepoint_1"));
                assert!(gone.unwrap_err().to_string().contains("savepoint \"diesel_savepoint_1\" does not exist"));
                Ok(())
            })
        })
        .await;
    assert!(outcome.is_err());
    assert!(written(&database).is_empty());
    let next: Result<(), DbError> = db.run(|conn| transaction(conn, |conn| Ok::<_, DbError>(write(conn, 2)?))).await;
    assert!(next.is_ok(), "{next:?}");
    assert_eq!(written(&database), ["2"]);
}

#[test]
fn a_commit_that_fails_answers_why() {
    let database = database();
    database.execute("create table parts (thing integer references things deferrable initially deferred)");
    let conn = &mut database.connect();
    let outcome = transaction(conn, |conn| {
        write(conn, 1)?;
        conn.batch_execute("insert into parts values (99)")
    });
    assert!(is(DatabaseErrorKind::ForeignKeyViolation)(outcome.as_ref().unwrap_err()), "{outcome:?}");
    assert!(written(&database).is_empty());
    assert_eq!(transaction(conn, |conn| write(conn, 2)), Ok(()), "the connection can be used again");
}

#[tokio::test]
async fn a_lost_connection_undoes_everything() {
    let database = Arc::new(database());
    let db = Db::connect(&database.url, 1).unwrap();
    let outcome: Result<(), DbError> = db
        .run({
            let database = Arc::clone(&database);
            move |conn| {
                transaction(conn, |conn| {
                    write(conn, 1)?;
                    let lost = savepoint(conn, |conn| {
                        write(conn, 2)?;
                        cut(&database, conn);
                        Ok(write(conn, 3)?)
                    });
                    assert!(matches!(lost, Err(DbError::Lost(_))), "{lost:?}");
                    // Whether the error is handled or not, nothing can be committed any more.
                    Ok(())
                })
            }
        })
        .await;
    assert!(matches!(outcome, Err(DbError::Lost(_))), "{outcome:?}");
    assert!(written(&database).is_empty());
    let next: Result<(), DbError> = db.run(|conn| transaction(conn, |conn| Ok::<_, DbError>(write(conn, 4)?))).await;
    assert!(next.is_ok(), "the pool has another connection: {next:?}");
    assert_eq!(written(&database), ["4"]);
}

/// An error that does not come from the database.
#[derive(Debug, PartialEq)]
enum Refusal {
    SoldOut,
    Fault,
}

impl From<Error> for Refusal {
    fn from(_: Error) -> Self {
        Self::Fault
    }
}

impl TransactionError for Refusal {
    fn database(&self) -> Option<&Error> {
        None
    }
}

#[test]
fn a_rollback_that_fails_does_not_hide_the_error() {
    let database = database();
    let conn = &mut database.connect();
    let outcome = transaction(conn, |conn| {
        write(conn, 1)?;
        cut(&database, conn);
        Err::<(), _>(Refusal::SoldOut)
    });
    assert_eq!(outcome, Err(Refusal::SoldOut));
    assert!(written(&database).is_empty());
}

#[test]
fn a_panic_inside_the_block_rolls_it_back() {
    let database = database();
    let conn = &mut database.connect();
    let words = panic_of(|| {
        transaction(conn, |conn| {
            write(conn, 1)?;
            panic_on_purpose();
            Ok::<_, Error>(())
        })
    });
    assert_eq!(words.as_deref(), Some("on purpose"));
    assert!(written(&database).is_empty());
    assert_eq!(database.number("select count(*) from pg_locks where relation = 'things'::regclass"), 0);
    assert_eq!(transaction(conn, |conn| write(conn, 2)), Ok(()), "the connection can be used again");
    assert_eq!(written(&database), ["2"]);
}

#[test]
fn a_panic_inside_a_nested_block_undoes_that_block() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        let words = panic_of(|| {
            savepoint(conn, |conn| {
                write(conn, 2)?;
                panic_on_purpose();
                Ok::<_, Error>(())
            })
        });
        assert_eq!(words.as_deref(), Some("on purpose"));
        savepoint(conn, |conn| write(conn, 3))
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(written(&database), ["1", "3"]);
}

#[test]
fn a_panic_inside_a_block_without_a_savepoint_dooms_the_transaction() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        let words = panic_of(|| {
            block_without_savepoint(conn, |_| {
                panic_on_purpose();
                Ok::<_, Error>(())
            })
        });
        assert_eq!(words.as_deref(), Some("on purpose"));
        Ok::<_, Error>(())
    });
    assert!(is_aborted(&outcome), "{outcome:?}");
    assert!(written(&database).is_empty());
}

fn panic_on_purpose() {
    panic!("on purpose");
}

#[tokio::test]
async fn a_panic_costs_nobody_else_a_connection() {
    let database = database();
    let db = Db::connect(&database.url, 1).unwrap();
    let outcome: Result<(), DbError> = db
        .run(|conn| {
            transaction(conn, |conn| {
                write(conn, 1)?;
                savepoint(conn, |conn| {
                    write(conn, 2)?;
                    panic_on_purpose();
                    Ok(())
                })
            })
        })
        .await;
    assert!(matches!(outcome, Err(DbError::Panicked)), "{outcome:?}");
    assert!(written(&database).is_empty());

    // This pool has only one connection, and it is not inside a transaction.
    for id in 1..=3 {
        let outcome: Result<(), DbError> =
            db.run(move |conn| transaction(conn, |conn| Ok::<_, DbError>(write(conn, id)?))).await;
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    assert_eq!(written(&database), ["1", "2", "3"]);
}

#[test]
fn one_connection_serves_after_every_ending() {
    let database = database();
    let conn = &mut database.connect();
    for id in 0..3 {
        let _ = transaction(conn, |_| Err::<(), _>(Error::NotFound));
        let _ = transaction(conn, |conn| write(conn, 0).or(Ok::<_, Error>(())));
        let _ = transaction(conn, |conn| savepoint(conn, |_| Err::<(), _>(Error::NotFound)));
        let _ = transaction(conn, |conn| block_without_savepoint(conn, |_| Err::<(), _>(Error::NotFound)));
        let _ = transaction(conn, |conn| transaction(conn, |_| Ok::<_, Error>(())));
        panic_of(|| transaction(conn, |conn| savepoint(conn, |_| -> Result<(), Error> { panic!("on purpose") })));
        assert_eq!(transaction(conn, |conn| write(conn, 10 + id)), Ok(()));
    }
    assert_eq!(said(conn, "select count(*) from things where id >= 10"), Ok("3".to_owned()));
}
