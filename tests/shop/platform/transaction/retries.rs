//! Retries after a deadlock or a serialization failure.

use diesel::{
    PgConnection, RunQueryDsl,
    connection::SimpleConnection,
    result::{DatabaseErrorKind, Error},
    sql_query,
};
use std::{
    sync::{Arc, Barrier},
    thread,
};
use till::platform::db::{savepoint, transaction};

use super::{database, write, written};

#[test]
fn a_deadlock_is_tried_again_from_the_start() {
    let database = database();
    database.execute("insert into things values (1, 0), (2, 0)");
    let meet = Arc::new(Barrier::new(2));
    let tries: usize = thread::scope(|scope| {
        let both = [[1, 2], [2, 1]].map(|[first, second]| {
            let (database, meet) = (&database, meet.clone());
            scope.spawn(move || {
                let mut tries = 0;
                let outcome = transaction(&mut database.connect(), |conn| {
                    // Only a superuser may set it; otherwise the deadlock is detected after a second.
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
fn a_serialization_failure_is_tried_again_five_times_at_most() {
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
