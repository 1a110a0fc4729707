//! Runs of the reconciliation. Their results are stored, so that staff can read them later.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::QueryFragment,
    result::Error,
    sql_types::{Bool, Integer, Nullable, Timestamptz},
};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

use super::checks::{self, CheckResult, Mismatch};
use crate::{
    kernel::UserId,
    platform::{
        clock,
        db::{self, Db, DbError, statement},
    },
    schema::{reconciliations, users},
};

/// The maximum number of mismatches stored for each check; further ones are only counted.
pub const MAX_RECORDED_MISMATCHES: u32 = 20;
const MAX_RECORDED_RUNS: i64 = 1000;
/// How long the result of a run of the checks counts as current.
const MAX_AGE: chrono::Duration = chrono::Duration::hours(24);
/// The key of the advisory lock that allows only one run at a time, in all processes together.
const LOCK_KEY: (i32, i32) = (0x7469_6c6c, 1);

#[derive(Debug)]
pub struct Run {
    started_at: DateTime<Utc>,
    took: Duration,
    /// The results of all checks, or the error because of which they could not be run.
    pub results: Result<Vec<CheckResult>, Error>,
}

/// Runs all checks in one snapshot, without blocking writers; each returns at most `limit` mismatches.
pub fn run_reconciliation(conn: &mut PgConnection, limit: u32) -> Run {
    let (started_at, clock) = (clock::now(), Instant::now());
    let results = db::snapshot(conn, |conn| checks::run_checks(conn, limit));
    Run { started_at, took: clock.elapsed(), results }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordedCheck {
    /// The name of the check, perhaps one that only an earlier version of the program knows.
    pub name: String,
    pub count: i64,
    /// The first mismatches, at most [`MAX_RECORDED_MISMATCHES`].
    #[serde(rename = "rows")]
    pub mismatches: Vec<Mismatch>,
}

impl RecordedCheck {
    fn of(result: &CheckResult) -> Self {
        let first = result.mismatches.iter().take(usize::try_from(MAX_RECORDED_MISMATCHES).unwrap_or_default());
        Self { name: result.check.name.to_owned(), count: result.count, mismatches: first.cloned().collect() }
    }
}

/// Stores a run of the checks that was started on the command line. Deletes the oldest runs beyond 1,000.
pub fn record_run(conn: &mut PgConnection, run: &Run) -> QueryResult<()> {
    record(conn, run, None, |_, _| Ok(()))
}

/// Stores a run of the checks. `also` writes more in the same transaction; it gets the number of checks that found
/// mismatches, `None` if they could not be run.
fn record(
    conn: &mut PgConnection,
    run: &Run,
    staff: Option<UserId>,
    also: impl Fn(&mut PgConnection, Option<i32>) -> QueryResult<()>,
) -> QueryResult<()> {
    let results = run.results.as_deref().unwrap_or_default();
    let entries: Vec<RecordedCheck> = results.iter().map(RecordedCheck::of).collect();
    let entries = serde_json::to_value(entries).map_err(|error| Error::SerializationError(error.into()))?;
    let failed_checks = results.iter().filter(|result| result.count > 0).count();
    let failure = run.results.as_ref().err().map(ToString::to_string);
    let failed_checks = i32::try_from(failed_checks).ok().filter(|_| failure.is_none());
    let row = (
        reconciliations::started_at.eq(run.started_at),
        reconciliations::milliseconds.eq(i64::try_from(run.took.as_millis()).unwrap_or(i64::MAX)),
        reconciliations::staff_id.eq(staff),
        reconciliations::disagreeing.eq(failed_checks),
        reconciliations::findings.eq(entries),
        reconciliations::failure.eq(failure),
    );
    db::transaction(conn, |conn| {
        let id: i64 =
            diesel::insert_into(reconciliations::table).values(&row).returning(reconciliations::id).get_result(conn)?;
        diesel::delete(reconciliations::table.filter(reconciliations::id.le(id - MAX_RECORDED_RUNS))).execute(conn)?;
        also(conn, failed_checks)
    })
}

/// Tries to take the advisory lock that allows only one run at a time; it is held until the connection closes. Returns
/// whether it was free.
pub fn lock_reconciliation(conn: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct AdvisoryLock {
        #[diesel(sql_type = Bool)]
        acquired: bool,
    }
    let lock: AdvisoryLock = diesel::sql_query("select pg_try_advisory_lock($1, $2) as acquired")
        .bind::<Integer, _>(LOCK_KEY.0)
        .bind::<Integer, _>(LOCK_KEY.1)
        .get_result(conn)?;
    Ok(lock.acquired)
}

/// Starts the checks in the background and returns true; false if they are already running. `also` writes more in the
/// transaction that stores the result; it gets the number of checks that found mismatches, `None` if they could not be
/// run.
pub async fn start_reconciliation<A>(db: &Db, staff: UserId, also: A) -> Result<bool, DbError>
where
    A: Fn(&mut PgConnection, Option<i32>) -> QueryResult<()> + Send + 'static,
{
    let (sender, started) = oneshot::channel();
    db.run_unpooled(move |conn| {
        let locked = conn.and_then(|conn| Ok((lock_reconciliation(conn)?, conn)));
        let (acquired, conn) = match locked {
            Ok(locked) => locked,
            Err(error) => return drop(sender.send(Err(error))),
        };
        // The request may have been canceled meanwhile.
        let _ = sender.send(Ok(acquired));
        if acquired {
            run_and_record(conn, staff, also);
        }
    });
    started.await.unwrap_or(Err(DbError::Panicked))
}

fn run_and_record(
    conn: &mut PgConnection,
    staff: UserId,
    also: impl Fn(&mut PgConnection, Option<i32>) -> QueryResult<()>,
) {
    let run = run_reconciliation(conn, MAX_RECORDED_MISMATCHES);
    if let Err(error) = &run.results {
        tracing::error!(%error, "the reconciliation could not be run");
    }
    if let Err(error) = record(conn, &run, Some(staff), also) {
        tracing::error!(%error, "the result of the reconciliation could not be stored");
    }
}

#[derive(Clone, Debug)]
pub struct RecordedRun {
    pub started_at: DateTime<Utc>,
    pub took: Duration,
    /// The username of who started the checks; `None` if the command `till reconcile` did.
    pub by: Option<String>,
    /// The number of checks that found mismatches; `None` if the checks could not be run.
    pub failed_checks: Option<i32>,
    pub checks: Vec<RecordedCheck>,
    pub failure: Option<String>,
}

/// The result of the last reconciliation or bill, as pages show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReconciliationStatus {
    /// No check found a mismatch. A run of the reconciliation is at most a day old; the age of a bill does not matter.
    Passed,
    Mismatched(i32),
    Failed,
    /// No check found a mismatch, but the run is more than a day old.
    Outdated,
    Never,
}

impl ReconciliationStatus {
    fn of(last: Option<(DateTime<Utc>, Option<i32>)>, now: DateTime<Utc>) -> Self {
        match last {
            None => Self::Never,
            Some((_, None)) => Self::Failed,
            Some((_, Some(n))) if n > 0 => Self::Mismatched(n),
            Some((at, _)) if now - at > MAX_AGE => Self::Outdated,
            Some(_) => Self::Passed,
        }
    }
}

impl RecordedRun {
    /// Returns the status of the reconciliation at `now`, assuming that this run is the last one.
    pub fn status(&self, now: DateTime<Utc>) -> ReconciliationStatus {
        ReconciliationStatus::of(Some((self.started_at, self.failed_checks)), now)
    }
}

/// The result of the last run of the reconciliation, if there is one.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct LastReconciliation {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    reconciled_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Integer>)]
    failed_checks: Option<i32>,
}

impl LastReconciliation {
    /// Returns what pages show: passed, failed, or outdated if the last reconciliation was more than a day before `now`.
    pub fn status(self, now: DateTime<Utc>) -> ReconciliationStatus {
        ReconciliationStatus::of(self.reconciled_at.map(|at| (at, self.failed_checks)), now)
    }
}

/// Returns the statement whose row is the [`LastReconciliation`].
pub fn last_reconciliation() -> impl QueryFragment<Pg> {
    LastRun {}
}

statement! {
    LastRun() -> [LastReconciliation] =
    "select last.reconciled_at, last.failed_checks
     from (values (true)) as one
     left join (
        select started_at as reconciled_at, disagreeing as failed_checks from reconciliations order by id desc limit 1
     ) last on true"
}

#[derive(Queryable)]
struct RunRow {
    started_at: DateTime<Utc>,
    milliseconds: i64,
    by: Option<String>,
    failed_checks: Option<i32>,
    checks: serde_json::Value,
    failure: Option<String>,
}

impl From<RunRow> for RecordedRun {
    fn from(row: RunRow) -> Self {
        Self {
            started_at: row.started_at,
            took: Duration::from_millis(u64::try_from(row.milliseconds).unwrap_or_default()),
            by: row.by,
            failed_checks: row.failed_checks,
            // Another version may have stored another form; the number of failed checks is still right.
            checks: serde_json::from_value(row.checks).unwrap_or_default(),
            failure: row.failure,
        }
    }
}

/// Loads the last runs of the checks, at most `limit`, newest first.
pub fn last_runs(conn: &mut PgConnection, limit: i64) -> QueryResult<Vec<RecordedRun>> {
    let rows: Vec<RunRow> = reconciliations::table
        .left_join(users::table)
        .order(reconciliations::id.desc())
        .limit(limit)
        .select((
            reconciliations::started_at,
            reconciliations::milliseconds,
            users::username.nullable(),
            reconciliations::disagreeing,
            reconciliations::findings,
            reconciliations::failure,
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(RecordedRun::from).collect())
}

/// Returns whether any process is running the checks now.
pub fn reconciliation_is_running(conn: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct AdvisoryLock {
        #[diesel(sql_type = Bool)]
        is_held: bool,
    }
    let lock: AdvisoryLock = diesel::sql_query(
        "select exists (
            select from pg_locks
            where locktype = 'advisory' and granted and objsubid = 2
                and classid = $1::bigint::oid and objid = $2::bigint::oid
                and database = (select oid from pg_database where datname = current_database())
         ) as is_held",
    )
    .bind::<Integer, _>(LOCK_KEY.0)
    .bind::<Integer, _>(LOCK_KEY.1)
    .get_result(conn)?;
    Ok(lock.is_held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_are_looked_at_when_they_disagree_or_nobody_asked_for_a_day() {
        let now = clock::now();
        let hours_ago = |hours| now - chrono::Duration::hours(hours);
        assert_eq!(ReconciliationStatus::of(None, now), ReconciliationStatus::Never);
        assert_eq!(ReconciliationStatus::of(Some((hours_ago(23), Some(0))), now), ReconciliationStatus::Passed);
        assert_eq!(ReconciliationStatus::of(Some((hours_ago(25), Some(0))), now), ReconciliationStatus::Outdated);
        assert_eq!(ReconciliationStatus::of(Some((hours_ago(25), Some(2))), now), ReconciliationStatus::Mismatched(2));
        assert_eq!(ReconciliationStatus::of(Some((hours_ago(1), None)), now), ReconciliationStatus::Failed);
    }
}
