//! Jobs of committed transactions. A job is a row that the transaction writes; it is done right after the commit
//! by whoever made it, or later by a worker of any process. Doing it twice must change nothing.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{count, min},
    prelude::*,
    sql_types::{self, Array, BigInt, Jsonb, Text, Timestamptz},
};
use futures_util::future::join_all;
use serde_json::Value;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};
use tokio::sync::mpsc;

use super::db::{self, Db, DbError, statement};
use crate::schema::outbox;

/// How long whoever enqueued a job has to do it before a worker does.
const HEAD_START: Duration = Duration::from_secs(10);
/// After so many failures a job waits for a person.
pub const MAX_ATTEMPTS: i32 = 16;

/// A job, as a worker finds it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct Job {
    /// Which.
    pub id: i64,
    /// What kind of work.
    pub kind: String,
    /// Everything needed to do it.
    pub payload: Value,
}

/// Writes jobs of one kind in the caller's transaction, so that they exist exactly if that commits. Gives their ids in
/// the same order.
pub fn enqueue(conn: &mut PgConnection, kind: &str, payloads: Vec<Value>, now: DateTime<Utc>) -> QueryResult<Vec<i64>> {
    let due = now + HEAD_START;
    let mut ids: Vec<(i64,)> = NewJobs { kind: kind.to_owned(), payloads, due }.load(conn)?;
    // They were given out in the order of the rows.
    ids.sort_unstable();
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

statement! {
    /// A row for each payload.
    NewJobs(kind: String as Text, payloads: Vec<Value> as Array<Jsonb>, due: DateTime<Utc> as Timestamptz) -> (BigInt,) =
    "insert into outbox (kind, payload, due_at)
     select " kind ", payload, " due " from unnest((select " payloads ")) as payload returning id"
}

/// Claims what is due: each claimed job is due again only after a while that doubles with every attempt, so nobody
/// holds a lock while working, and what a crashed process had claimed comes back by itself.
pub fn claim(conn: &mut PgConnection, now: DateTime<Utc>, most: i64) -> QueryResult<Vec<Job>> {
    db::transaction(conn, |conn| {
        let due: Vec<i64> = outbox::table
            .filter(outbox::done_at.is_null())
            .filter(outbox::due_at.le(now).and(outbox::attempts.lt(MAX_ATTEMPTS)))
            .order(outbox::due_at)
            .limit(most)
            .select(outbox::id)
            .for_update()
            .skip_locked()
            .load(conn)?;
        diesel::sql_query(
            "update outbox set attempts = attempts + 1,
                due_at = $2 + make_interval(secs => least(5 * 2 ^ attempts, 3600))
             where id = any($1)",
        )
        .bind::<sql_types::Array<sql_types::BigInt>, _>(&due)
        .bind::<sql_types::Timestamptz, _>(now)
        .execute(conn)?;
        outbox::table.filter(outbox::id.eq_any(&due)).order(outbox::id).select(Job::as_select()).load(conn)
    })
}

/// The jobs of a kind that are not done yet and whose payload says this of a field.
pub fn unfinished(conn: &mut PgConnection, kind: &str, field: &str, says: &str) -> QueryResult<Vec<Job>> {
    outbox::table
        .filter(outbox::done_at.is_null().and(outbox::kind.eq(kind)))
        .filter(outbox::payload.retrieve_as_text(field).eq(says))
        .order(outbox::id)
        .select(Job::as_select())
        .load(conn)
}

/// The job of a kind that was enqueued since then and whose payload says this of a field, done or not. There is no index for
/// it: it is for what hardly ever happens, and not at anybody's wish.
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

/// Marks jobs as done. If this is lost in a crash they are done once more, so nobody needs to wait for the disk.
pub fn mark_done(conn: &mut PgConnection, ids: &[i64], now: DateTime<Utc>) -> QueryResult<usize> {
    db::transaction(conn, |conn| {
        diesel::sql_query("set local synchronous_commit = off").execute(conn)?;
        diesel::update(outbox::table.filter(outbox::id.eq_any(ids))).set(outbox::done_at.eq(now)).execute(conn)
    })
}

/// Notes why a job could not be done this time.
pub fn note_failure(conn: &mut PgConnection, id: i64, why: &str) -> QueryResult<usize> {
    let why: String = why.chars().take(1000).collect();
    diesel::update(outbox::table.find(id)).set(outbox::last_error.eq(why)).execute(conn)
}

/// Notes that what the job needs is away: it is due again at once, and this was no attempt.
///
/// # Errors
/// The database's own.
pub fn postpone(conn: &mut PgConnection, id: i64, why: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    let why: String = why.chars().take(1000).collect();
    diesel::update(outbox::table.find(id))
        .set((outbox::last_error.eq(why), outbox::attempts.eq(outbox::attempts - 1), outbox::due_at.eq(now)))
        .execute(conn)
}

/// How much is not done yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// NewJobs that will still be tried.
    pub waiting: i64,
    /// When the oldest of those was made.
    pub waiting_since: Option<DateTime<Utc>>,
    /// NewJobs that failed [`MAX_ATTEMPTS`] times and wait for a person.
    pub failed: i64,
}

/// What is not done yet, by the index of that.
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

/// A job that waits for a person.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct FailedJob {
    /// Which.
    pub id: i64,
    /// What kind of work.
    pub kind: String,
    /// Everything needed to do it.
    pub payload: Value,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Why it could not be done the last time.
    pub last_error: Option<String>,
}

/// A page of the jobs that wait for a person, the oldest first.
pub fn failed_jobs(conn: &mut PgConnection, (offset, limit): (i64, i64)) -> QueryResult<Vec<FailedJob>> {
    outbox::table
        .filter(outbox::done_at.is_null().and(outbox::attempts.ge(MAX_ATTEMPTS)))
        .order(outbox::id)
        .offset(offset)
        .limit(limit)
        .select(FailedJob::as_select())
        .load(conn)
}

/// Has jobs that wait for a person tried again from the start, now: one of them, or all. Says how many.
pub fn try_again(conn: &mut PgConnection, which: Option<i64>, now: DateTime<Utc>) -> QueryResult<usize> {
    let failed = outbox::done_at.is_null().and(outbox::attempts.ge(MAX_ATTEMPTS));
    let fresh = (outbox::attempts.eq(0), outbox::due_at.eq(now));
    match which {
        Some(id) => diesel::update(outbox::table.find(id).filter(failed)).set(fresh).execute(conn),
        None => diesel::update(outbox::table.filter(failed)).set(fresh).execute(conn),
    }
}

/// Deletes jobs that were done a week ago, the oldest first, `most` at a time; says how many.
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

/// Why a job was not done this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// What it needs is away; it is tried again as soon as that is back.
    Away(String),
    /// Anything else; it is tried again later and later.
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

/// Does a job.
pub type JobHandler = Arc<dyn Fn(Job) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>> + Send + Sync>;

/// Marks jobs as done, many at a time and later than they were done, so that nobody waits for it.
#[derive(Clone)]
pub struct CompletionBuffer(mpsc::UnboundedSender<i64>);

impl CompletionBuffer {
    /// Begins to listen, on the runtime of the caller.
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
                // Let some come together: each mark is a transaction that shoppers' orders pay for.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Self(sender)
    }

    /// This one is done.
    pub fn done(&self, id: i64) {
        let _ = self.0.send(id);
    }
}

/// How many jobs a worker claims at a time.
const MAX_CLAIMED: u32 = 200;

/// Does what others could not: looks every second for jobs that are due, until the runtime ends.
pub async fn work(db: Db, job_handler: JobHandler) {
    loop {
        match work_once(&db, &job_handler).await {
            // There are more, and whatever was in the way is gone.
            Ok(done) if u32::try_from(done) == Ok(MAX_CLAIMED) => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the outbox has to wait"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Deletes what was done long ago, once an hour, until the runtime ends.
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

/// How many jobs are deleted in one statement.
const MAX_FORGOTTEN: i64 = 10_000;

/// One round of [`work`]; says how many jobs were done. They are done side by side, so that one which has to wait for
/// its time to be over does not add that to the next.
pub async fn work_once(db: &Db, job_handler: &JobHandler) -> Result<usize, DbError> {
    let due = db.run(|conn| Ok::<_, DbError>(claim(conn, super::clock::now(), MAX_CLAIMED.into())?)).await?;
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
