//! What transactions see of each other.

use diesel::{PgConnection, RunQueryDsl, result::Error, sql_query};
use std::{sync::Barrier, thread};
use till::platform::db::{savepoint, snapshot, transaction};

use super::{database, said, write, written};
use crate::support::Database;

#[test]
fn read_committed_as_seen_from_a_second_connection() {
    let database = database();
    let (one, two) = (&mut database.connect(), &mut database.connect());
    let count = "select count(*) from things";
    let outcome = transaction(one, |one| {
        write(one, 1)?;
        assert_eq!(said(two, count)?, "0", "what is not committed is seen by nobody else");
        let before = said(one, count)?;
        transaction(two, |two| write(two, 2))?;
        let after = said(one, count)?;
        assert_eq!([before, after], ["1", "2"], "each statement sees what was committed before it");
        Ok::<_, Error>(())
    });
    assert_eq!(outcome, Ok(()));
    assert_eq!(said(two, count), Ok("2".to_owned()));
}

#[test]
fn the_isolation_level_is_the_programs_own() {
    let database = database();
    database.alter("set default_transaction_isolation = 'serializable'");
    let conn = &mut database.connect();
    let level = "current_setting('transaction_isolation')";
    assert_eq!(said(conn, level), Ok("serializable".to_owned()));
    let levels = transaction(conn, |conn| {
        let outside = said(conn, level)?;
        let inside = savepoint(conn, |conn| said(conn, level))?;
        Ok::<_, Error>([outside, inside])
    });
    assert_eq!(levels, Ok(["read committed".to_owned(), "read committed".to_owned()]));
}

#[test]
fn a_snapshot_sees_one_moment_and_writes_nothing() {
    let database = database();
    let (one, two) = (&mut database.connect(), &mut database.connect());
    let count = "select count(*) from things";
    let counts = snapshot(one, |one| {
        let before = said(one, count)?;
        transaction(two, |two| write(two, 1))?;
        let refused = savepoint(one, |one| write(one, 2));
        assert!(refused.unwrap_err().to_string().contains("read-only transaction"));
        Ok::<_, Error>([before, said(one, count)?])
    });
    assert_eq!(counts, Ok(["0".to_owned(), "0".to_owned()]));
    assert_eq!(written(&database), ["1"]);
}

const THREADS: i64 = 32;
/// How often each thread takes one.
const TURNS: i64 = 10;

/// 32 threads take from the same row at once. `turn` gets whether it is its thread's first turn, and returns how many
/// it took and how many attempts that needed. Returns the sums.
fn race(database: &Database, turn: impl Fn(&mut PgConnection, bool) -> (i64, i64) + Sync) -> (i64, i64) {
    let sum = |(taken, tries), turn: (i64, i64)| (taken + turn.0, tries + turn.1);
    let run = || {
        let conn = &mut database.connect();
        (0..TURNS).map(|n| turn(conn, n == 0)).fold((0, 0), sum)
    };
    thread::scope(|scope| {
        let racers: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).fold((0, 0), sum)
    })
}

#[test]
fn a_guarded_update_against_a_compare_and_retry_loop_under_32_threads() {
    let database = database();
    let stock = THREADS * TURNS * 3 / 4;
    let fill = format!("truncate things; insert into things values (1, {stock})");
    let left = "select n from things";
    let start = Barrier::new(usize::try_from(THREADS).unwrap());

    database.execute(&fill);
    let (taken, tries) = race(&database, |conn, first| {
        if first {
            start.wait();
        }
        let mut tries = 0;
        let taken = transaction(conn, |conn| {
            tries += 1;
            sql_query("update things set n = n - 1 where id = 1 and n >= 1").execute(conn)
        });
        (i64::try_from(taken.unwrap()).unwrap(), tries)
    });
    assert_eq!((taken, database.number(left)), (stock, 0), "no update is lost, and none is one too many");
    assert_eq!(tries, THREADS * TURNS, "an update that waited continues with the new row");

    database.execute(&fill);
    let (taken, tries) = race(&database, |conn, first| {
        let mut tries = 0;
        loop {
            tries += 1;
            let taken = transaction(conn, |conn| {
                let seen: i64 = said(conn, left)?.parse().unwrap();
                if first && tries == 1 {
                    // All threads have read the same number before the first one writes.
                    start.wait();
                }
                let compared = format!("update things set n = {seen} - 1 where id = 1 and n = {seen}");
                Ok::<_, Error>(match seen {
                    0 => Some(0),
                    _ => (sql_query(compared).execute(conn)? == 1).then_some(1),
                })
            });
            if let Some(taken) = taken.unwrap() {
                return (taken, tries);
            }
        }
    });
    assert_eq!((taken, database.number(left)), (stock, 0));
    assert!(tries >= THREADS * TURNS + THREADS - 1, "of those that read the same number only one succeeds: {tries}");
}
