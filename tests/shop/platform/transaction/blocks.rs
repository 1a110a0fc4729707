//! Blocks: what is committed, what is rolled back, and how they nest.

use diesel::{
    Connection, PgConnection,
    connection::{SimpleConnection, TransactionManager},
    result::Error,
};
use till::platform::db::{Db, DbError, block_without_savepoint, savepoint, set_rollback, snapshot, transaction};

use super::{database, is_aborted, said, write, written};

#[test]
fn the_outermost_block_is_a_transaction() {
    let database = database();
    let conn = &mut database.connect();
    let outcome = transaction(conn, |conn| {
        write(conn, 1)?;
        write(conn, 2)?;
        assert!(written(&database).is_empty(), "nobody else sees half of it");
        Ok::<_, Error>("done")
    });
    assert_eq!(outcome, Ok("done"));
    assert_eq!(written(&database), ["1", "2"]);
}

#[test]
fn a_nested_block_has_a_savepoint() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        let inner = savepoint(conn, |conn| {
            write(conn, 2)?;
            savepoint(conn, |conn| write(conn, 3))?;
            Err::<(), _>(Error::RollbackTransaction)
        });
        assert_eq!(inner, Err(Error::RollbackTransaction));
        savepoint(conn, |conn| write(conn, 4))
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(written(&database), ["1", "4"]);
}

#[test]
fn a_nested_block_that_ended_well_is_undone_with_the_block_around_it() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        savepoint(conn, |conn| write(conn, 1))?;
        block_without_savepoint(conn, |conn| write(conn, 2))?;
        Err::<(), _>(Error::RollbackTransaction)
    });
    assert_eq!(outcome, Err(Error::RollbackTransaction));
    assert!(written(&database).is_empty());
}

#[test]
fn a_nested_block_may_do_without_a_savepoint() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        block_without_savepoint(conn, |conn| write(conn, 1))?;
        savepoint(conn, |conn| write(conn, 2))?;
        // A savepoint has a transaction id of its own, which its rows carry.
        let own = "select string_agg((xmin::text::bigint = txid_current())::text, ' ' order by id) from things";
        assert_eq!(said(conn, own)?, "true false");
        Ok::<_, Error>(())
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(written(&database), ["1", "2"]);
}

#[test]
fn an_error_out_of_a_block_without_a_savepoint_dooms_the_transaction() {
    let database = database();
    let conn = &mut database.connect();
    let outcome = transaction(conn, |conn| {
        write(conn, 1)?;
        // No statement has failed, and the caller handles the error; but the block has failed.
        let inner = block_without_savepoint(conn, |conn| {
            write(conn, 2)?;
            Err::<(), _>(Error::NotFound)
        });
        assert_eq!(inner, Err(Error::NotFound));
        Ok::<_, Error>(())
    });
    assert!(is_aborted(&outcome), "{outcome:?}");
    assert!(written(&database).is_empty());
    assert_eq!(transaction(conn, |conn| write(conn, 3)), Ok(()), "the connection can be used again");
}

#[test]
fn a_doomed_block_runs_no_statement_any_more() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        let _ = block_without_savepoint(conn, |_| Err::<(), _>(Error::NotFound));
        assert!(is_aborted(&write(conn, 1)));
        assert!(is_aborted(&savepoint(conn, |conn| write(conn, 2))));
        Ok::<_, Error>(())
    });
    assert!(is_aborted(&outcome), "{outcome:?}");
    assert!(written(&database).is_empty());
}

#[test]
fn doom_reaches_as_far_as_the_next_savepoint() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        let doomed = savepoint(conn, |conn| {
            write(conn, 2)?;
            let _ =
                block_without_savepoint(conn, |conn| block_without_savepoint(conn, |_| Err::<(), _>(Error::NotFound)));
            Ok::<_, Error>(())
        });
        assert!(is_aborted(&doomed), "{doomed:?}");
        write(conn, 3)
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(written(&database), ["1", "3"]);
}

#[test]
fn an_error_that_leaves_the_block_rolls_it_back() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        Err::<(), _>(Error::RollbackTransaction)
    });
    assert_eq!(outcome, Err(Error::RollbackTransaction));
    assert!(written(&database).is_empty());
}

#[test]
fn an_error_caught_inside_the_block_commits() {
    fn refuses() -> Result<(), Error> {
        Err(Error::NotFound)
    }
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        if refuses().is_err() {
            write(conn, 2)?;
        }
        Ok::<_, Error>(())
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(written(&database), ["1", "2"]);
}

#[test]
fn an_early_return_commits() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        if said(conn, "select count(*) from things")? == "1" {
            return Ok::<_, Error>("early");
        }
        write(conn, 2)?;
        Ok("late")
    });
    assert_eq!(outcome, Ok("early"));
    assert_eq!(written(&database), ["1"]);
}

#[test]
fn forcing_a_rollback_without_an_error() {
    let database = database();
    let conn = &mut database.connect();
    let outcome = transaction(conn, |conn| {
        write(conn, 1)?;
        set_rollback(conn)?;
        write(conn, 2)?;
        Ok::<_, Error>("tried")
    });
    assert_eq!(outcome, Ok("tried"));
    assert!(written(&database).is_empty());
    assert_eq!(transaction(conn, |conn| write(conn, 3)), Ok(()), "the next one commits");
    assert_eq!(written(&database), ["3"]);
}

#[test]
fn forcing_a_rollback_undoes_the_innermost_block_with_a_savepoint() {
    let database = database();
    let outcome = transaction(&mut database.connect(), |conn| {
        write(conn, 1)?;
        let tried = savepoint(conn, |conn| {
            savepoint(conn, |conn| write(conn, 2))?;
            block_without_savepoint(conn, |conn| {
                write(conn, 3)?;
                set_rollback(conn)
            })?;
            Ok::<_, Error>("tried")
        })?;
        assert_eq!(tried, "tried");
        write(conn, 4)
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(written(&database), ["1", "4"]);
}

#[test]
fn a_transaction_refuses_to_be_nested() {
    let database = database();
    let conn = &mut database.connect();
    let nested = transaction(conn, |conn| {
        write(conn, 1)?;
        transaction(conn, |conn| write(conn, 2))
    });
    assert_eq!(nested, Err(Error::AlreadyInTransaction));
    let deeper = transaction(conn, |conn| savepoint(conn, |conn| transaction(conn, |conn| write(conn, 3))));
    assert_eq!(deeper, Err(Error::AlreadyInTransaction));
    let in_a_part =
        transaction(conn, |conn| block_without_savepoint(conn, |conn| snapshot(conn, |conn| write(conn, 4))));
    assert_eq!(in_a_part, Err(Error::AlreadyInTransaction));
    assert!(written(&database).is_empty());

    let refusal = DbError::from(Error::AlreadyInTransaction).to_string();
    assert_eq!(refusal, "Cannot perform this operation while a transaction is open");
    let handled = transaction(conn, |conn| {
        assert!(transaction(conn, |conn| write(conn, 5)).is_err());
        write(conn, 6)
    });
    assert_eq!(handled, Ok(()), "being refused has done no harm");
    assert_eq!(written(&database), ["6"]);
}

#[test]
fn a_nested_block_outside_of_a_transaction_is_refused() {
    let database = database();
    let conn = &mut database.connect();
    let outcomes = [
        savepoint(conn, |conn| write(conn, 1)),
        block_without_savepoint(conn, |conn| write(conn, 2)),
        set_rollback(conn),
    ];
    for outcome in outcomes {
        let refusal = DbError::from(outcome.unwrap_err()).to_string();
        assert_eq!(refusal, "Cannot perform this operation outside of a transaction");
    }
    assert_eq!(transaction(conn, |conn| savepoint(conn, |conn| write(conn, 3))), Ok(()));
    assert!(savepoint(conn, |conn| write(conn, 4)).is_err(), "after a transaction is outside, too");
    assert_eq!(written(&database), ["3"]);
}

#[test]
fn two_connections_are_strangers() {
    let database = database();
    let (one, two) = (&mut database.connect(), &mut database.connect());
    let outcome = transaction(one, |one| {
        write(one, 1)?;
        assert!(savepoint(two, |two| write(two, 2)).is_err(), "it is not in a transaction");
        transaction(two, |two| write(two, 3))?;
        assert_eq!(written(&database), ["3"]);
        set_rollback(one)
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(written(&database), ["3"]);
}

#[test]
fn a_commit_said_in_sql_is_noticed() {
    let database = database();
    let conn = &mut database.connect();
    for words in ["commit", "rollback"] {
        let outcome = transaction(conn, |conn| conn.batch_execute(words));
        assert!(matches!(outcome, Err(Error::NotInTransaction)), "{words}: {outcome:?}");
    }
    assert_eq!(transaction(conn, |conn| write(conn, 1)), Ok(()));
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
