//! The times the books were asked. What they said is kept, so that it can be read later by those who were not there.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Bool, Integer},
};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

use super::checks::{self, Disagreement, Finding};
use crate::{
    kernel::UserId,
    platform::{
        clock,
        db::{self, Db, DbError},
    },
    schema::{reconciliations, users},
};

/// How many of the rows that disagree with a book are kept.
pub const MOST_KEPT_ROWS: u32 = 20;
/// How many reconciliations are kept.
const MOST_KEPT: i64 = 1000;
/// After so long without one somebody should have a look.
const LONG_AGO: chrono::Duration = chrono::Duration::hours(24);
/// The name of the lock that is held while the books are asked, by whichever process.
const LOCK: (i32, i32) = (0x7469_6c6c, 1);

/// What the books said when they were asked.
#[derive(Debug)]
pub struct Asked {
    started_at: DateTime<Utc>,
    took: Duration,
    /// Every book, or why they could not be read.
    pub findings: Result<Vec<Finding>, Error>,
}

/// Asks every book in one snapshot, and gives of each at most `most` of the rows that disagree. Others may write meanwhile.
pub fn ask_books(conn: &mut PgConnection, most: u32) -> Asked {
    let (started_at, clock) = (clock::now(), Instant::now());
    let findings = db::snapshot(conn, |conn| checks::check_books(conn, most));
    Asked { started_at, took: clock.elapsed(), findings }
}

/// What is kept of a book.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// [`Book::name`](super::Book::name), as it was then.
    pub name: String,
    /// How many rows disagreed.
    pub count: i64,
    /// The first of them, at most [`MOST_KEPT_ROWS`].
    pub rows: Vec<Disagreement>,
}

impl Entry {
    fn of(finding: &Finding) -> Self {
        let rows = finding.rows.iter().take(usize::try_from(MOST_KEPT_ROWS).unwrap_or_default());
        Self { name: finding.book.name.to_owned(), count: finding.count, rows: rows.cloned().collect() }
    }
}

/// Keeps what the books said, for somebody who asked without being behind the counter. The oldest goes.
pub fn keep_reconciliation(conn: &mut PgConnection, asked: &Asked) -> QueryResult<()> {
    keep(conn, asked, None, |_, _| Ok(()))
}

/// The same for whom of the staff asked; `also` is written with it, and is told how many books did not agree.
fn keep(
    conn: &mut PgConnection,
    asked: &Asked,
    staff: Option<UserId>,
    also: impl Fn(&mut PgConnection, Option<i32>) -> QueryResult<()>,
) -> QueryResult<()> {
    let findings = asked.findings.as_deref().unwrap_or_default();
    let entries: Vec<Entry> = findings.iter().map(Entry::of).collect();
    let entries = serde_json::to_value(entries).map_err(|error| Error::SerializationError(error.into()))?;
    let disagreeing = findings.iter().filter(|finding| finding.count > 0).count();
    let failure = asked.findings.as_ref().err().map(ToString::to_string);
    let disagreeing = i32::try_from(disagreeing).ok().filter(|_| failure.is_none());
    let row = (
        reconciliations::started_at.eq(asked.started_at),
        reconciliations::milliseconds.eq(i64::try_from(asked.took.as_millis()).unwrap_or(i64::MAX)),
        reconciliations::staff_id.eq(staff),
        reconciliations::disagreeing.eq(disagreeing),
        reconciliations::findings.eq(entries),
        reconciliations::failure.eq(failure),
    );
    db::transaction(conn, |conn| {
        let kept: i64 =
            diesel::insert_into(reconciliations::table).values(&row).returning(reconciliations::id).get_result(conn)?;
        diesel::delete(reconciliations::table.filter(reconciliations::id.le(kept - MOST_KEPT))).execute(conn)?;
        also(conn, disagreeing)
    })
}

/// Takes the one turn at asking the books that all processes share; it lasts as long as the connection does. `false` where
/// somebody else has it.
pub fn take_turn_at_books(conn: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Turn {
        #[diesel(sql_type = Bool)]
        mine: bool,
    }
    let turn: Turn = diesel::sql_query("select pg_try_advisory_lock($1, $2) as mine")
        .bind::<Integer, _>(LOCK.0)
        .bind::<Integer, _>(LOCK.1)
        .get_result(conn)?;
    Ok(turn.mine)
}

/// Asks the books in the background and keeps what they say, if nobody is asking already; says whether it has begun. What
/// goes wrong after that is kept as well. `also` is written in the same transaction, and is told how many books did not agree.
pub async fn begin_reconciliation<A>(db: &Db, staff: UserId, also: A) -> Result<bool, DbError>
where
    A: Fn(&mut PgConnection, Option<i32>) -> QueryResult<()> + Send + 'static,
{
    let (tell, told) = oneshot::channel();
    db.apart(move |conn| {
        let turn = conn.and_then(|conn| Ok((take_turn_at_books(conn)?, conn)));
        let (mine, conn) = match turn {
            Ok(turn) => turn,
            Err(error) => return drop(tell.send(Err(error))),
        };
        // Whoever pressed the button may have left meanwhile.
        let _ = tell.send(Ok(mine));
        if mine {
            reconcile(conn, staff, also);
        }
    });
    told.await.unwrap_or(Err(DbError::Panicked))
}

fn reconcile(conn: &mut PgConnection, staff: UserId, also: impl Fn(&mut PgConnection, Option<i32>) -> QueryResult<()>) {
    let asked = ask_books(conn, MOST_KEPT_ROWS);
    if let Err(error) = &asked.findings {
        tracing::error!(%error, "the books could not be read");
    }
    if let Err(error) = keep(conn, &asked, Some(staff), also) {
        tracing::error!(%error, "what the books said could not be kept");
    }
}

/// One time the books were asked.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// When.
    pub started_at: DateTime<Utc>,
    /// How long it took.
    pub took: Duration,
    /// Who of the staff asked; nobody where it was `till reconcile`.
    pub by: Option<String>,
    /// How many books did not agree; unknown where they could not be read.
    pub disagreeing: Option<i32>,
    /// What each book said.
    pub entries: Vec<Entry>,
    /// Why they could not be read.
    pub failure: Option<String>,
}

/// Whether somebody should look at the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All agreed, and not long ago.
    Agree,
    /// So many do not.
    Disagree(i32),
    /// They could not be read the last time.
    Failed,
    /// They were asked more than a day ago.
    Old,
    /// They were never asked.
    Never,
}

impl Standing {
    fn of(last: Option<(DateTime<Utc>, Option<i32>)>, now: DateTime<Utc>) -> Self {
        match last {
            None => Self::Never,
            Some((_, None)) => Self::Failed,
            Some((_, Some(n))) if n > 0 => Self::Disagree(n),
            Some((at, _)) if now - at > LONG_AGO => Self::Old,
            Some(_) => Self::Agree,
        }
    }
}

impl Reconciliation {
    /// What it says of the books now.
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        Standing::of(Some((self.started_at, self.disagreeing)), now)
    }
}

/// Whether somebody should look at the books, by the last time they were asked.
pub fn standing_of_books(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Standing> {
    let last = reconciliations::table
        .order(reconciliations::id.desc())
        .select((reconciliations::started_at, reconciliations::disagreeing))
        .first(conn)
        .optional()?;
    Ok(Standing::of(last, now))
}

/// The last `most` times the books were asked, the newest first.
pub fn last_reconciliations(conn: &mut PgConnection, most: i64) -> QueryResult<Vec<Reconciliation>> {
    type Row = (DateTime<Utc>, i64, Option<String>, Option<i32>, serde_json::Value, Option<String>);
    let rows: Vec<Row> = reconciliations::table
        .left_join(users::table)
        .order(reconciliations::id.desc())
        .limit(most)
        .select((
            reconciliations::started_at,
            reconciliations::milliseconds,
            users::username.nullable(),
            reconciliations::disagreeing,
            reconciliations::findings,
            reconciliations::failure,
        ))
        .load(conn)?;
    let read = |(started_at, milliseconds, by, disagreeing, findings, failure): Row| Reconciliation {
        started_at,
        took: Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()),
        by,
        disagreeing,
        // Another version may have kept it otherwise; how many disagreed still stands.
        entries: serde_json::from_value(findings).unwrap_or_default(),
        failure,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Whether the books are being asked right now, by whichever process.
pub fn books_are_being_asked(conn: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Held {
        #[diesel(sql_type = Bool)]
        held: bool,
    }
    let lock: Held = diesel::sql_query(
        "select exists (
            select from pg_locks
            where locktype = 'advisory' and granted and objsubid = 2
                and classid = $1::bigint::oid and objid = $2::bigint::oid
                and database = (select oid from pg_database where datname = current_database())
         ) as held",
    )
    .bind::<Integer, _>(LOCK.0)
    .bind::<Integer, _>(LOCK.1)
    .get_result(conn)?;
    Ok(lock.held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_are_looked_at_when_they_disagree_or_nobody_asked_for_a_day() {
        let now = clock::now();
        let hours_ago = |hours| now - chrono::Duration::hours(hours);
        assert_eq!(Standing::of(None, now), Standing::Never);
        assert_eq!(Standing::of(Some((hours_ago(23), Some(0))), now), Standing::Agree);
        assert_eq!(Standing::of(Some((hours_ago(25), Some(0))), now), Standing::Old);
        assert_eq!(Standing::of(Some((hours_ago(25), Some(2))), now), Standing::Disagree(2));
        assert_eq!(Standing::of(Some((hours_ago(1), None)), now), Standing::Failed);
    }
}
