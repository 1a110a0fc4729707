//! The rules of the transaction, one test each, on PostgreSQL itself.

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl,
    connection::{SimpleConnection, TransactionManager},
    result::{DatabaseErrorKind, Error},
    sql_query,
    sql_types::Text,
};
use std::{
    sync::{Arc, Barrier},
    thread,
};
use till::platform::db::{Db, DbError, savepoint, transaction};

use crate::support::Database;

/// A database with one table, `things`, that takes each number once.
fn database() -> Database {
    let database = Database::empty();
    database.execute("create table things (id integer primary key, n integer not null default 0)");
    database
}

fn write(conn: &mut PgConnection, id: i32) -> Result<(), Error> {
    sql_query(format!("insert into things (id) values ({id})")).execute(conn).map(|_| ())
}

fn written(database: &Database) -> Vec<String> {
    database.texts("select id from things order by id")
}

#[test]
fn an_error_rolls_the_whole_transaction_back() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        Err::<(), _>(Error::RollbackTransaction)
    });
    assert_eq!(outcome, Err(Error::RollbackTransaction));
    assert!(written(&database).is_empty());
}

#[test]
fn ok_commits() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        Ok::<_, Error>("done")
    });
    assert_eq!(outcome, Ok("done"));
    assert_eq!(written(&database), ["1"]);
}

#[test]
fn an_early_return_of_ok_commits_what_was_done_so_far() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        if written_here(conn) {
            return Ok::<_, Error>("early");
        }
        write(conn, 2)?;
        Ok("late")
    });
    assert_eq!(outcome, Ok("early"));
    assert_eq!(written(&database), ["1"]);
}

fn written_here(conn: &mut PgConnection) -> bool {
    sql_query("select from things").execute(conn).unwrap() > 0
}

#[test]
fn an_error_handled_outside_its_block_undoes_that_block_alone() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        let inner = savepoint(conn, |conn| {
            write(conn, 2)?;
            savepoint(conn, |conn| write(conn, 3))?;
            Err::<(), _>(Error::RollbackTransaction)
        });
        assert_eq!(inner, Err(Error::RollbackTransaction));
        savepoint(conn, |conn| write(conn, 4))?;
        Ok::<_, Error>(())
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(written(&database), ["1", "4"]);
}

#[test]
fn an_error_that_is_handed_on_undoes_the_blocks_that_were_ok_too() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        savepoint(conn, |conn| write(conn, 1))?;
        savepoint(conn, |_| Err::<(), _>(Error::RollbackTransaction))?;
        Ok::<_, Error>(())
    });
    assert_eq!(outcome, Err(Error::RollbackTransaction));
    assert!(written(&database).is_empty());
}

#[tokio::test]
async fn a_panic_undoes_everything_and_the_connection_is_whole_again() {
    let database = database();
    let db = Db::connect(&database.url, 1).unwrap();
    let outcome: Result<(), DbError> = db
        .run(|conn| {
            transaction(conn, |conn| {
                write(conn, 1)?;
                savepoint(conn, |conn| {
                    write(conn, 2)?;
                    if written_here(conn) {
                        panic!("on purpose");
                    }
                    Ok::<_, Error>(())
                })?;
                Ok::<_, DbError>(())
            })
        })
        .await;
    assert!(matches!(outcome, Err(DbError::Panicked)), "{outcome:?}");
    assert!(written(&database).is_empty());

    // There is but one connection in this pool, and it is not in the middle of anything.
    for id in 1..=3 {
        let outcome: Result<(), DbError> =
            db.run(move |conn| transaction(conn, |conn| Ok::<_, DbError>(write(conn, id)?))).await;
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    assert_eq!(written(&database), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_transaction_left_open_is_not_handed_to_the_next_one() {
    let database = database();
    let db = Db::connect(&database.url, 1).unwrap();
    let left_open: Result<(), DbError> = db
        .run(|conn| {
            <PgConnection as Connection>::TransactionManager::begin_transaction(conn)?;
            Ok(write(conn, 1)?)
        })
        .await;
    assert!(left_open.is_ok());
    let next: Result<(), DbError> = db.run(|conn| transaction(conn, |conn| Ok::<_, DbError>(write(conn, 2)?))).await;
    assert!(next.is_ok(), "{next:?}");
    assert_eq!(written(&database), ["2"]);
}

#[test]
fn a_failed_statement_poisons_only_its_own_savepoint() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        let again = savepoint(conn, |conn| write(conn, 1));
        assert!(matches!(again, Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))), "{again:?}");
        write(conn, 2)?;
        Ok::<_, Error>(())
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(written(&database), ["1", "2"]);
}

#[test]
fn a_failed_statement_outside_a_savepoint_poisons_the_transaction_even_if_it_is_ignored() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        let _ = write(conn, 1);
        Ok::<_, Error>(())
    });
    assert!(outcome.is_err(), "a transaction that could not be committed says so");
    assert!(written(&database).is_empty());
}

#[test]
fn the_outermost_is_read_committed_whatever_the_database_prefers() {
    let database = database();
    database.alter("set default_transaction_isolation = 'serializable'");
    let conn = &mut database.connect();
    assert_eq!(isolation(conn), "serializable");
    let inside = transaction(conn, |conn| {
        let outside = isolation(conn);
        let inside = savepoint(conn, |conn| Ok::<_, Error>(isolation(conn)))?;
        Ok::<_, Error>([outside, inside])
    });
    assert_eq!(inside, Ok(["read committed".to_owned(), "read committed".to_owned()]));
}

fn isolation(conn: &mut PgConnection) -> String {
    #[derive(QueryableByName)]
    struct Shown {
        #[diesel(sql_type = Text)]
        transaction_isolation: String,
    }
    sql_query("show transaction_isolation").get_result::<Shown>(conn).unwrap().transaction_isolation
}

#[test]
fn a_transaction_inside_a_transaction_is_refused() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        transaction(conn, |conn| write(conn, 2))
    });
    assert_eq!(outcome, Err(Error::AlreadyInTransaction));
    assert!(written(&database).is_empty());

    let inside_a_savepoint =
        transaction(&mut database.connect(), |conn| savepoint(conn, |conn| transaction(conn, |conn| write(conn, 2))));
    assert_eq!(inside_a_savepoint, Err(Error::AlreadyInTransaction));
    assert!(written(&database).is_empty());
}

#[test]
fn two_that_lock_in_opposite_orders_are_tried_again_and_both_succeed() {
    let database = database();
    database.execute("insert into things values (1, 0), (2, 0)");
    let meet = Arc::new(Barrier::new(2));
    let tries: usize = thread::scope(|scope| {
        let both = [[1, 2], [2, 1]].map(|[first, second]| {
            let (database, meet) = (&database, meet.clone());
            scope.spawn(move || {
                let mut tries = 0;
                let outcome = transaction(&mut database.connect(), |conn| {
                    // Not everybody may; then it takes a second instead.
                    let _ = savepoint(conn, |conn| conn.batch_execute("set local deadlock_timeout = '20ms'"));
                    tries += 1;
                    raise(conn, first)?;
                    if tries == 1 {
                        meet.wait();
                    }
                    savepoint(conn, |conn| raise(conn, second))
                });
                assert_eq!(outcome, Ok(()));
                tries
            })
        });
        both.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert!(tries >= 3, "one of them lost at least once: {tries}");
    assert_eq!(database.texts("select n from things order by id"), ["2", "2"]);
}

fn raise(conn: &mut PgConnection, id: i32) -> Result<(), Error> {
    sql_query(format!("update things set n = n + 1 where id = {id}")).execute(conn).map(|_| ())
}

#[test]
fn a_serialization_failure_is_tried_again_a_bounded_number_of_times() {
    let database = database();
    let mut tries = 0;
    let lost = "do $$ begin raise exception 'lost' using errcode = 'serialization_failure'; end $$";
    let outcome = transaction(&mut database.connect(), |conn| {
        tries += 1;
        write(conn, tries)?;
        conn.batch_execute(if tries < 3 { lost } else { "select" })
    });
    assert_eq!((outcome, tries), (Ok(()), 3));
    assert_eq!(written(&database), ["3"], "the tries that lost left nothing behind");

    let mut tries = 0;
    let outcome = transaction(&mut database.connect(), |conn| {
        tries += 1;
        conn.batch_execute(lost)
    });
    assert!(matches!(outcome, Err(Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _))), "{outcome:?}");
    assert_eq!(tries, 5);
}

#[test]
fn nothing_else_is_tried_again() {
    let database = database();
    let failing = [
        "insert into things values (1), (1)",
        "select 1 / 0",
        "select from nowhere",
        "do $$ begin raise exception 'deadlock, almost'; end $$",
        "set local lock_timeout = '1ms'; do $$ begin raise exception 'late' using errcode = 'lock_not_available'; end $$",
    ];
    for statement in failing {
        let mut tries = 0;
        let outcome = transaction(&mut database.connect(), |conn| {
            tries += 1;
            conn.batch_execute(statement)
        });
        assert!(outcome.is_err(), "{statement}");
        assert_eq!(tries, 1, "{statement}");
    }
}

#[tokio::test]
async fn whoever_waits_too_long_for_a_connection_is_told_so() {
    let database = database();
    let db = Db::connect(&database.url, 1).unwrap();
    let (taken, is_taken) = tokio::sync::oneshot::channel();
    let (done, wait_until_done) = std::sync::mpsc::channel::<()>();
    let holder = tokio::spawn({
        let db = db.clone();
        async move {
            db.run(move |_| {
                taken.send(()).unwrap();
                wait_until_done.recv().unwrap();
                Ok::<_, DbError>(())
            })
            .await
        }
    });
    is_taken.await.unwrap();
    let late: Result<(), DbError> = db.run(|_| Ok(())).await;
    assert!(matches!(late, Err(DbError::Busy(_))), "{late:?}");
    done.send(()).unwrap();
    assert!(holder.await.unwrap().is_ok());
}
