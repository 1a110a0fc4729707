//! Work that waits for the outermost commit.

use diesel::{PgConnection, connection::SimpleConnection, result::Error};
use std::sync::Arc;
use till::platform::db::{DbError, block_without_savepoint, on_commit, savepoint, set_rollback, transaction};

use super::{Diary, database, is_aborted, panic_of, said, write, written};

#[test]
fn work_after_the_commit_waits_for_the_outermost_block() {
    let database = Arc::new(database());
    let diary = Diary::default();
    let outcome = transaction(&mut database.connect(), |conn| {
        savepoint(conn, |conn| {
            write(conn, 1)?;
            let (database, diary) = (Arc::clone(&database), diary.clone());
            on_commit(conn, move |_| {
                diary.note(&format!("others see {:?}", written(&database)));
                Ok(())
            });
            Ok::<_, Error>(())
        })?;
        assert!(diary.read().is_empty(), "a savepoint is no commit");
        write(conn, 2)
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(diary.read(), [r#"others see ["1", "2"]"#]);
}

#[test]
fn work_after_the_commit_runs_in_the_order_of_asking() {
    let (database, diary) = (database(), Diary::default());
    let outcome = transaction(&mut database.connect(), |conn| {
        on_commit(conn, diary.hook("first"));
        savepoint(conn, |conn| {
            on_commit(conn, diary.hook("second"));
            block_without_savepoint(conn, |conn| {
                on_commit(conn, diary.hook("third"));
                Ok::<_, Error>(())
            })?;
            savepoint(conn, |conn| {
                on_commit(conn, diary.hook("fourth"));
                Ok::<_, Error>(())
            })
        })?;
        on_commit(conn, diary.hook("fifth"));
        Ok::<_, Error>(())
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(diary.read(), ["first", "second", "third", "fourth", "fifth"]);
}

#[test]
fn work_after_the_commit_is_dropped_when_the_transaction_is_rolled_back() {
    let (database, diary) = (database(), Diary::default());
    let conn = &mut database.connect();
    let failed = transaction(conn, |conn| {
        on_commit(conn, diary.hook("after an error"));
        savepoint(conn, |conn| {
            on_commit(conn, diary.hook("after an error, further in"));
            Ok::<_, Error>(())
        })?;
        Err::<(), _>(Error::NotFound)
    });
    assert_eq!(failed, Err(Error::NotFound));
    let forced = transaction(conn, |conn| {
        on_commit(conn, diary.hook("after a forced rollback"));
        set_rollback(conn)
    });
    assert_eq!(forced, Ok(()));
    let panicked = panic_of(|| {
        transaction(conn, |conn| -> Result<(), Error> {
            on_commit(conn, diary.hook("after a panic"));
            panic!("on purpose")
        })
    });
    assert!(panicked.is_some());
    let doomed = transaction(conn, |conn| {
        on_commit(conn, diary.hook("after doom"));
        let _ = block_without_savepoint(conn, |_| Err::<(), _>(Error::NotFound));
        Ok::<_, Error>(())
    });
    assert!(is_aborted(&doomed));
    // Nor does the hook run after the next commit of the same connection.
    assert_eq!(transaction(conn, |conn| write(conn, 1)), Ok(()));
    assert!(diary.read().is_empty(), "{:?}", diary.read());
}

#[test]
fn work_after_the_commit_is_dropped_when_its_nested_block_is_rolled_back() {
    let (database, diary) = (database(), Diary::default());
    let outcome = transaction(&mut database.connect(), |conn| {
        on_commit(conn, diary.hook("before"));
        let failed = savepoint(conn, |conn| {
            on_commit(conn, diary.hook("of a block that fails"));
            // The savepoint is released, and then undone with the block around it.
            savepoint(conn, |conn| {
                on_commit(conn, diary.hook("further in"));
                Ok::<_, Error>(())
            })?;
            Err::<(), _>(Error::NotFound)
        });
        assert_eq!(failed, Err(Error::NotFound));
        savepoint(conn, |conn| {
            on_commit(conn, diary.hook("of a block that is forced"));
            set_rollback(conn)
        })?;
        let unreleased = savepoint(conn, |conn| {
            on_commit(conn, diary.hook("of a block that cannot be released"));
            let _ = conn.batch_execute("select 1 / 0");
            Ok::<_, Error>(())
        });
        assert!(is_aborted(&unreleased));
        on_commit(conn, diary.hook("behind"));
        Ok::<_, Error>(())
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(diary.read(), ["before", "behind"]);
}

#[test]
fn work_after_the_commit_runs_once_where_the_transaction_is_tried_again() {
    let (database, diary) = (database(), Diary::default());
    let mut tries = 0;
    let outcome = transaction(&mut database.connect(), |conn| {
        tries += 1;
        on_commit(conn, diary.hook("done"));
        let lost = "do $$ begin raise exception 'lost' using errcode = 'serialization_failure'; end $$";
        conn.batch_execute(if tries < 3 { lost } else { "select" })
    });
    assert_eq!((outcome, tries), (Ok(()), 3));
    assert_eq!(diary.read(), ["done"]);
}

#[test]
fn work_after_the_commit_does_not_run_when_the_commit_fails() {
    let (database, diary) = (database(), Diary::default());
    database.execute("create table parts (thing integer references things deferrable initially deferred)");
    let conn = &mut database.connect();
    let outcome = transaction(conn, |conn| {
        on_commit(conn, diary.hook("done"));
        conn.batch_execute("insert into parts values (99)")
    });
    assert!(outcome.is_err());
    assert_eq!(transaction(conn, |conn| write(conn, 1)), Ok(()));
    assert!(diary.read().is_empty(), "{:?}", diary.read());
}

#[test]
fn work_after_the_commit_does_not_run_when_the_connection_is_lost_while_committing() {
    let (database, diary) = (database(), Diary::default());
    database.execute(
        "create function cut() returns trigger language plpgsql as $$
            begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
         create constraint trigger cut after insert on things deferrable initially deferred
            for each row execute function cut()",
    );
    let outcome = transaction(&mut database.connect(), |conn| {
        on_commit(conn, diary.hook("done"));
        Ok::<_, DbError>(write(conn, 1)?)
    });
    assert!(matches!(outcome, Err(DbError::Lost(_))), "nobody knows whether it has happened: {outcome:?}");
    assert!(diary.read().is_empty());
    assert!(written(&database).is_empty(), "this time it has not");
}

#[test]
fn work_after_the_commit_that_fails_or_panics_changes_nothing_else() {
    let (database, diary) = (database(), Diary::default());
    let conn = &mut database.connect();
    let outcome = transaction(conn, |conn| {
        write(conn, 1)?;
        on_commit(conn, diary.hook("first"));
        on_commit(conn, |conn| Ok(write(conn, 1)?));
        on_commit(conn, |_| panic!("on purpose"));
        on_commit(conn, |conn| transaction(conn, |_| panic!("on purpose")));
        on_commit(conn, diary.hook("last"));
        Ok::<_, Error>("done")
    });
    assert_eq!(outcome, Ok("done"), "a committed transaction returns Ok");
    assert_eq!(diary.read(), ["first", "last"]);
    assert_eq!(written(&database), ["1"]);
    assert_eq!(transaction(conn, |conn| write(conn, 2)), Ok(()), "the connection can be used again");
}

#[test]
fn work_after_the_commit_may_use_the_connection() {
    let (database, diary) = (database(), Diary::default());
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        let (notes, inner) = (diary.clone(), diary.clone());
        on_commit(conn, move |conn| {
            transaction(conn, |conn| {
                write(conn, 2)?;
                on_commit(conn, inner.hook("after its own commit"));
                Ok::<_, DbError>(())
            })?;
            notes.note(&said(conn, "select count(*) from things")?);
            Ok(())
        });
        on_commit(conn, diary.hook("next"));
        Ok::<_, Error>(())
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(written(&database), ["1", "2"]);
    assert_eq!(diary.read(), ["after its own commit", "2", "next"]);
}

#[test]
fn work_after_the_commit_runs_at_once_outside_of_a_transaction() {
    let (database, diary) = (database(), Diary::default());
    let conn: &mut PgConnection = &mut database.connect();
    on_commit(conn, diary.hook("at once"));
    assert_eq!(diary.read(), ["at once"]);
    on_commit(conn, |_| panic!("on purpose"));
    on_commit(conn, |conn| Ok(write(conn, 1)?));
    assert_eq!(written(&database), ["1"]);
}
