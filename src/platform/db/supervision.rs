//! Work in the database that may never be answered: whoever waits for it gives up at a deadline, and its place in the pool is
//! free again when its connection hangs.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    DbError, Pool,
    pool::Progress,
    shares::{Permit, SessionLimits},
};

/// The server cuts a statement off after its `statement_timeout`. Where nothing is heard of it for so much longer, it is the
/// server or the way to it that hangs.
const ANSWER_MARGIN: Duration = Duration::from_millis(400);
/// How often work under way is looked at.
const CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// One piece of work, as the thread that does it and whoever waits for it see it.
pub(super) struct Task(Mutex<State>);

struct State {
    /// What takes up a place in the pool, until the work ends or hangs.
    permit: Option<Permit>,
    /// Nobody waits for it any more.
    abandoned: bool,
    step: Step,
}

enum Step {
    /// It waits for a connection.
    Waiting,
    /// It asks whether the connection that it got is alive.
    Checking(Arc<Progress>),
    /// It has one.
    Working(Arc<Progress>),
    Ended,
}

impl Task {
    pub(super) fn new(permit: Permit) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { permit: Some(permit), abandoned: false, step: Step::Waiting })))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread has a connection, and asks whether it is alive. Returns false if nobody waits for the work any more.
    pub(super) fn check(&self, progress: &Arc<Progress>) -> bool {
        self.step(Step::Checking(Arc::clone(progress)))
    }

    /// The thread has a connection that works. Returns false if nobody waits for the work any more; then it must not begin.
    pub(super) fn begin(&self, progress: &Arc<Progress>) -> bool {
        self.step(Step::Working(Arc::clone(progress)))
    }

    fn step(&self, step: Step) -> bool {
        let mut state = self.state();
        let waited_for = !state.abandoned && state.permit.is_some();
        if waited_for {
            state.step = step;
        }
        waited_for
    }

    /// The thread has given its connection back.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.permit = None;
        state.step = Step::Ended;
    }

    /// What is said to whoever waited until the deadline. Work that has not begun never will.
    pub(super) fn given_up(&self) -> DbError {
        let mut state = self.state();
        state.abandoned = true;
        if matches!(state.step, Step::Waiting | Step::Checking(_)) {
            return DbError::Busy("no connection in time".to_owned());
        }
        DbError::Lost("no answer in time".to_owned())
    }

    /// Returns since when its connection waits for an answer, where that is too long ago. Its place in the pool is free then.
    fn hangs(&self, limit: Duration) -> Option<u64> {
        let mut state = self.state();
        let (Step::Checking(progress) | Step::Working(progress)) = &state.step else { return None };
        let since = progress.waits_since()?;
        let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        if Progress::now().saturating_sub(since) < limit {
            return None;
        }
        state.permit = None;
        Some(since)
    }

    fn is_over(&self) -> bool {
        let state = self.state();
        match state.step {
            Step::Waiting => state.abandoned,
            Step::Checking(_) | Step::Working(_) => false,
            Step::Ended => true,
        }
    }
}

/// Waits for the work until `deadline`, or until its connection hangs: then `None`. However the wait ends, work that is under
/// way is watched until it ends or hangs.
pub(super) async fn supervise<T>(
    task: &Arc<Task>,
    pool: &Arc<Pool>,
    limits: SessionLimits,
    deadline: Instant,
    working: impl Future<Output = T>,
) -> Option<T> {
    let limit = limits.statement_timeout + ANSWER_MARGIN;
    let mut watch = Watch { task, pool, limit, ended: false };
    let mut working = pin!(working);
    loop {
        let check = (Instant::now() + CHECK_INTERVAL).min(deadline);
        if let Ok(done) = timeout_at(check, &mut working).await {
            watch.ended = true;
            return Some(done);
        }
        if let Some(since) = task.hangs(limit) {
            watch.ended = true;
            pool.unanswered(since);
            return None;
        }
        if Instant::now() >= deadline {
            return None;
        }
    }
}

/// Goes on watching when nobody waits any more.
struct Watch<'a> {
    task: &'a Arc<Task>,
    pool: &'a Arc<Pool>,
    limit: Duration,
    ended: bool,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let (task, pool, limit) = (Arc::clone(self.task), Arc::clone(self.pool), self.limit);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                while !task.is_over() {
                    sleep(CHECK_INTERVAL).await;
                    if let Some(since) = task.hangs(limit) {
                        pool.unanswered(since);
                        return;
                    }
                }
            });
        }
    }
}
