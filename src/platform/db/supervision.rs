//! Supervision of database work on blocking threads: the caller stops waiting at its deadline, and a connection that
//! hangs no longer counts as in use.

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

/// How much longer than `statement_timeout`, at which the server cancels a statement, the answer may take before the
/// server or the network counts as hanging.
const ANSWER_MARGIN: Duration = Duration::from_millis(400);
const CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// The state of one piece of work on a blocking thread; shared by that thread and the caller who waits for it.
pub(super) struct BlockingTask(Mutex<TaskState>);

struct TaskState {
    /// The permit that counts a connection as in use; `None` once the work has ended or hangs.
    permit: Option<Permit>,
    abandoned: bool,
    step: TaskStep,
}

enum TaskStep {
    Waiting,
    /// The thread has a connection, and checks whether it works.
    Checking(Arc<Progress>),
    Working(Arc<Progress>),
    Ended,
}

impl BlockingTask {
    pub(super) fn new(permit: Permit) -> Arc<Self> {
        Arc::new(Self(Mutex::new(TaskState { permit: Some(permit), abandoned: false, step: TaskStep::Waiting })))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, TaskState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that the thread checks its connection. Returns false if the caller no longer waits for the work.
    pub(super) fn check(&self, progress: &Arc<Progress>) -> bool {
        self.step(TaskStep::Checking(Arc::clone(progress)))
    }

    /// Records that the thread starts the work. Returns false if the caller no longer waits; then the work must not
    /// start.
    pub(super) fn begin(&self, progress: &Arc<Progress>) -> bool {
        self.step(TaskStep::Working(Arc::clone(progress)))
    }

    fn step(&self, step: TaskStep) -> bool {
        let mut state = self.state();
        let waited_for = !state.abandoned && state.permit.is_some();
        if waited_for {
            state.step = step;
        }
        waited_for
    }

    pub(super) fn end(&self) {
        let mut state = self.state();
        state.permit = None;
        state.step = TaskStep::Ended;
    }

    /// Records that the caller has stopped waiting, so that work that has not started never starts. Returns the error
    /// for the caller.
    pub(super) fn given_up(&self) -> DbError {
        let mut state = self.state();
        state.abandoned = true;
        if matches!(state.step, TaskStep::Waiting | TaskStep::Checking(_)) {
            return DbError::Busy("no connection in time".to_owned());
        }
        DbError::Lost("no answer in time".to_owned())
    }

    /// If the current statement has been unanswered for `limit`, stops counting its connection as in use, and returns
    /// the time (of [`Progress::now`]) at which the statement was sent; otherwise `None`.
    fn stalled_since(&self, limit: Duration) -> Option<u64> {
        let mut state = self.state();
        let (TaskStep::Checking(progress) | TaskStep::Working(progress)) = &state.step else { return None };
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
            TaskStep::Waiting => state.abandoned,
            TaskStep::Checking(_) | TaskStep::Working(_) => false,
            TaskStep::Ended => true,
        }
    }
}

/// Waits for the result of `working`. Returns `None` at `deadline`, or when the connection hangs. Work that still runs
/// then, or when this future is dropped, is supervised in the background until it ends or hangs.
pub(super) async fn supervise<T>(
    task: &Arc<BlockingTask>,
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
        if let Some(since) = task.stalled_since(limit) {
            watch.ended = true;
            pool.unanswered(since);
            return None;
        }
        if Instant::now() >= deadline {
            return None;
        }
    }
}

/// A guard for running work. If it is dropped before the work ends, because the deadline has passed or the caller's
/// future was dropped, a background task watches the work and reports a connection that hangs to the pool.
struct Watch<'a> {
    task: &'a Arc<BlockingTask>,
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
                    if let Some(since) = task.stalled_since(limit) {
                        pool.unanswered(since);
                        return;
                    }
                }
            });
        }
    }
}
