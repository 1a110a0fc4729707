//! The transactional outbox: each job is a row, written in the same transaction as the change that requires the job.
//! The process that enqueued it may perform it after the commit; otherwise a worker does. Handlers must be idempotent.

// Long: all statements on the table, which no other file of the platform may import.

mod lane;

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{count, min},
    pg::Pg,
    prelude::*,
    query_builder::QueryFragment,
    sql_types::{self, Array, BigInt, Integer, Jsonb, Text, Timestamptz},
};
use futures_util::future::join_all;
use serde_json::Value;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};
use tokio::sync::mpsc;

use super::db::{self, Db, DbError, statement};
use crate::schema::outbox;

pub use lane::Lane;

/// How long workers leave a new job to the process that has enqueued it.
const HEAD_START: Duration = Duration::from_secs(10);
/// The number of failed attempts after which a job is not retried automatically.
pub const MAX_ATTEMPTS: i32 = 16;

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct Job {
    pub id: i64,
    pub kind: String,
    pub payload: Value,
}

/// Inserts jobs of one kind in the caller's transaction, one for each of `payloads`. Returns their ids in that order.
/// They become due for workers after [`HEAD_START`].
pub fn enqueue(conn: &mut PgConnection, kind: &str, payloads: Vec<Value>, now: DateTime<Utc>) -> QueryResult<Vec<i64>> {
    insert_jobs(conn, (Lane::Main, kind), payloads, now + HEAD_START)
}

/// Inserts jobs of one kind for the mail server in the caller's transaction, due at once. Returns their ids in the
/// order of `payloads`.
pub fn enqueue_mail(
    conn: &mut PgConnection,
    kind: &str,
    payloads: Vec<Value>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<i64>> {
    insert_jobs(conn, (Lane::Mail, kind), payloads, now)
}

fn insert_jobs(
    conn: &mut PgConnection,
    (lane, kind): (Lane, &str),
    payloads: Vec<Value>,
    due: DateTime<Utc>,
) -> QueryResult<Vec<i64>> {
    let mut ids: Vec<(i64,)> = NewJobs { lane: lane.code(), kind: kind.to_owned(), payloads, due }.load(conn)?;
    // Ids are assigned in the order of the rows.
    ids.sort_unstable();
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

statement! {
    NewJobs(
        lane: &'static str as Text, kind: String as Text, payloads: Vec<Value> as Array<Jsonb>,
        due: DateTime<Utc> as Timestamptz
    ) -> (BigInt,) =
    "insert into outbox (lane, kind, payload, due_at)
     select " lane ", " kind ", payload, " due " from unnest((select " payloads ")) as payload returning id"
}

/// Claims at most `most` due jobs that send no email, without a lock. A job that is not marked as done is due again
/// after 5 seconds, doubled with each attempt up to an hour, so that jobs of a crashed process are retried.
pub fn claim(conn: &mut PgConnection, now: DateTime<Utc>, most: i64) -> QueryResult<Vec<Job>> {
    claim_in(conn, Lane::Main, now, most)
}

/// Claims due jobs of one lane like [`claim`]. Each lane (jobs that send email, or all others) has its own first delay.
pub fn claim_in(conn: &mut PgConnection, lane: Lane, now: DateTime<Utc>, most: i64) -> QueryResult<Vec<Job>> {
    db::transaction(conn, |conn| {
        let due: Vec<i64> = outbox::table
            .filter(outbox::done_at.is_null().and(outbox::lane.eq(lane.code())))
            .filter(outbox::due_at.le(now).and(outbox::attempts.lt(MAX_ATTEMPTS)))
            .order(outbox::due_at)
            .limit(most)
            .select(outbox::id)
            .for_update()
            .skip_locked()
            .load(conn)?;
        diesel::sql_query(
            "update outbox set attempts = attempts + 1,
                due_at = $2 + make_interval(secs => least($3 * 2 ^ attempts, 3600))
             where id = any($1)",
        )
        .bind::<sql_types::Array<sql_types::BigInt>, _>(&due)
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::Double, _>(lane.retry_seconds())
        .execute(conn)?;
        outbox::table.filter(outbox::id.eq_any(&due)).order(outbox::id).select(Job::as_select()).load(conn)
    })
}

/// Loads the unfinished jobs of a kind whose JSON payload has one of the strings `values` in `field`, in id order.
pub fn unfinished(conn: &mut PgConnection, kind: &str, field: &str, values: &[String]) -> QueryResult<Vec<Job>> {
    outbox::table
        .filter(outbox::done_at.is_null().and(outbox::kind.eq(kind)))
        .filter(outbox::payload.retrieve_as_text(field).eq_any(values))
        .order(outbox::id)
        .select(Job::as_select())
        .load(conn)
}

/// Loads one job of a kind, done or not, that was enqueued after `since` and whose JSON payload has the string `says`
/// in `field`. No index supports this query, so use it for rare events that no client can cause.
pub fn enqueued_since(
    conn: &mut PgConnection,
    kind: &str,
    (field, says): (&str, &str),
    since: DateTime<Utc>,
) -> QueryResult<Option<Job>> {
    outbox::table
        .filter(outbox::kind.eq(kind).and(outbox::created_at.gt(since)))
        .filter(outbox::payload.retrieve_as_text(field).eq(says))
        .select(Job::as_select())
        .first(conn)
        .optional()
}

/// Marks jobs as done, without waiting until that is on disk: if a crash loses it, the jobs are only performed again.
pub fn mark_done(conn: &mut PgConnection, ids: &[i64], now: DateTime<Utc>) -> QueryResult<usize> {
    db::transaction(conn, |conn| {
        diesel::sql_query("set local synchronous_commit = off").execute(conn)?;
        diesel::update(outbox::table.filter(outbox::id.eq_any(ids))).set(outbox::done_at.eq(now)).execute(conn)
    })
}

/// Stores why the last attempt of a job failed, at most the first 1000 characters.
pub fn note_failure(conn: &mut PgConnection, id: i64, why: &str) -> QueryResult<usize> {
    let why: String = why.chars().take(1000).collect();
    diesel::update(outbox::table.find(id)).set(outbox::last_error.eq(why)).execute(conn)
}

/// Makes a claimed job due at once without counting the attempt, so that a worker retries it within a second. For a job
/// that failed because a service it needs is down.
pub fn postpone(conn: &mut PgConnection, id: i64, why: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    let why: String = why.chars().take(1000).collect();
    diesel::update(outbox::table.find(id))
        .set((outbox::last_error.eq(why), outbox::attempts.eq(outbox::attempts - 1), outbox::due_at.eq(now)))
        .execute(conn)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// The number of jobs that are not done and will be tried; `waiting_since` is when the oldest of them was enqueued.
    pub waiting: i64,
    pub waiting_since: Option<DateTime<Utc>>,
    /// The number of jobs that have failed [`MAX_ATTEMPTS`] times and are not retried automatically.
    pub failed: i64,
}

pub fn backlog(conn: &mut PgConnection) -> QueryResult<Backlog> {
    let tried = outbox::attempts.lt(MAX_ATTEMPTS);
    let (waiting, waiting_since, failed) = outbox::table
        .filter(outbox::done_at.is_null())
        .select((
            count(outbox::id).aggregate_filter(tried),
            min(outbox::created_at).aggregate_filter(tried),
            count(outbox::id).aggregate_filter(outbox::attempts.ge(MAX_ATTEMPTS)),
        ))
        .first(conn)?;
    Ok(Backlog { waiting, waiting_since, failed })
}

/// Returns the statement whose column `failed_jobs` is [`Backlog::failed`].
pub fn failed_count() -> impl QueryFragment<Pg> {
    FailedCount { attempts: MAX_ATTEMPTS }
}

statement! {
    FailedCount(attempts: i32 as Integer) -> (BigInt,) =
    "select count(*) as failed_jobs from outbox where done_at is null and attempts >= " attempts
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct FailedJob {
    pub id: i64,
    pub kind: String,
    pub payload: Value,
    pub attempts: i32,
    pub created_at: DateTime<Utc>,
    pub last_error: Option<String>,
}

/// Loads a page of the jobs that failed [`MAX_ATTEMPTS`] times, oldest first.
pub fn failed_jobs(conn: &mut PgConnection, (offset, limit): (i64, i64)) -> QueryResult<Vec<FailedJob>> {
    outbox::table
        .filter(outbox::done_at.is_null().and(outbox::attempts.ge(MAX_ATTEMPTS)))
        .order(outbox::id)
        .offset(offset)
        .limit(limit)
        .select(FailedJob::as_select())
        .load(conn)
}

/// Makes failed jobs due at once, with no attempts counted: the one with the id `which`, or all if that is `None`.
/// Returns how many.
pub fn try_again(conn: &mut PgConnection, which: Option<i64>, now: DateTime<Utc>) -> QueryResult<usize> {
    let failed = outbox::done_at.is_null().and(outbox::attempts.ge(MAX_ATTEMPTS));
    let fresh = (outbox::attempts.eq(0), outbox::due_at.eq(now));
    match which {
        Some(id) => diesel::update(outbox::table.find(id).filter(failed)).set(fresh).execute(conn),
        None => diesel::update(outbox::table.filter(failed)).set(fresh).execute(conn),
    }
}

/// Deletes at most `most` jobs that were done more than a week ago; returns how many.
pub fn forget(conn: &mut PgConnection, now: DateTime<Utc>, most: i64) -> QueryResult<usize> {
    diesel::sql_query(
        "delete from outbox where id in (
            select id from outbox where done_at < $1 order by id limit $2 for update skip locked
         )",
    )
    .bind::<Timestamptz, _>(now - Duration::from_secs(7 * 24 * 3600))
    .bind::<BigInt, _>(most)
    .execute(conn)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A service that the job needs is down: [`postpone`] makes the job due at once, and the attempt does not count.
    Away(String),
    /// Any other failure. The job is due again after the backoff that [`claim`] has set, and the attempt is counted.
    Failed(String),
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Away(why) | Self::Failed(why) => f.write_str(why),
        }
    }
}

pub type JobHandler = Arc<dyn Fn(Job) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>> + Send + Sync>;

/// Marks jobs as done in the background, many in one transaction.
#[derive(Clone)]
pub struct CompletionBuffer(mpsc::UnboundedSender<i64>);

impl CompletionBuffer {
    /// Starts the background task that marks jobs as done, on the current Tokio runtime.
    pub fn start(db: Db) -> Self {
        let (sender, mut done_ids) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut ids = Vec::new();
            while done_ids.recv_many(&mut ids, 1000).await > 0 {
                let batch = std::mem::take(&mut ids);
                let marked = db.run(move |conn| Ok::<_, DbError>(mark_done(conn, &batch, super::clock::now())?)).await;
                if let Err(error) = marked {
                    tracing::warn!(%error, "jobs that are done stay unmarked; a worker does them again");
                }
                // Collect more ids: each update is a transaction that competes with checkouts.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Self(sender)
    }

    /// Queues the job with this id to be marked as done soon. Does not fail: an unmarked job is performed again.
    pub fn done(&self, id: i64) {
        let _ = self.0.send(id);
    }
}

/// Runs a worker for each lane (jobs that send mail, and all others). Each worker looks for due jobs every second,
/// until the runtime ends.
pub async fn work(db: Db, job_handler: JobHandler) {
    let [main, mail] = Lane::ALL.map(|lane| work_in(lane, &db, &job_handler));
    tokio::join!(main, mail);
}

async fn work_in(lane: Lane, db: &Db, job_handler: &JobHandler) {
    loop {
        match work_once_in(lane, db, job_handler).await {
            Ok(done) if u32::try_from(done) == Ok(lane.max_claimed()) => {
                tokio::time::sleep(lane.pause()).await;
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the outbox has to wait"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Deletes old finished jobs every hour, until the runtime ends.
pub async fn tidy(db: Db) {
    loop {
        match db.run(|conn| Ok::<_, DbError>(forget(conn, super::clock::now(), MAX_FORGOTTEN)?)).await {
            Ok(forgotten) if i64::try_from(forgotten) == Ok(MAX_FORGOTTEN) => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "old jobs stay a while"),
        }
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
}

const MAX_FORGOTTEN: i64 = 10_000;

/// Claims due jobs of all kinds and performs them. Returns how many succeeded.
pub async fn work_once(db: &Db, job_handler: &JobHandler) -> Result<usize, DbError> {
    let mut done = 0;
    for lane in Lane::ALL {
        done += work_once_in(lane, db, job_handler).await?;
    }
    Ok(done)
}

/// Claims due jobs of one lane and performs them concurrently. Returns how many succeeded.
async fn work_once_in(lane: Lane, db: &Db, job_handler: &JobHandler) -> Result<usize, DbError> {
    let most = i64::from(lane.max_claimed());
    let due = db.run(move |conn| Ok::<_, DbError>(claim_in(conn, lane, super::clock::now(), most)?)).await?;
    let perform = |job: Job| async {
        let id = job.id;
        (id, job_handler(job).await)
    };
    let mut done = Vec::new();
    for (id, outcome) in join_all(due.into_iter().map(perform)).await {
        match outcome {
            Ok(()) => done.push(id),
            Err(why) => {
                tracing::warn!(id, %why, "a job could not be done this time");
                db.run(move |conn| {
                    Ok::<_, DbError>(match why {
                        Failure::Away(why) => postpone(conn, id, &why, super::clock::now())?,
                        Failure::Failed(why) => note_failure(conn, id, &why)?,
                    })
                })
                .await?;
            }
        }
    }
    let count = done.len();
    if count > 0 {
        db.run(move |conn| Ok::<_, DbError>(mark_done(conn, &done, super::clock::now())?)).await?;
    }
    Ok(count)
}
