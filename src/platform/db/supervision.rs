//! Supervision of work on blocking threads: the caller stops waiting at its deadline, and a connection that hangs no
//! longer counts as in use.

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

/// How long after `statement_timeout`, at which the server cancels, no answer means that the server or network hangs.
const ANSWER_MARGIN: Duration = Duration::from_millis(400);
const CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// The state of one piece of work, shared by its thread and the caller.
pub(super) struct BlockingTask(Mutex<TaskState>);

struct TaskState {
    /// Counts the connection as in use, until the work ends or hangs.
    permit: Option<Permit>,
    abandoned: bool,
    step: TaskStep,
}

enum TaskStep {
    Waiting,
    /// The thread checks whether the connection it got is alive.
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

    /// Records that the thread checks the connection it got. Returns false if the caller no longer waits.
    pub(super) fn check(&self, progress: &Arc<Progress>) -> bool {
        self.step(TaskStep::Checking(Arc::clone(progress)))
    }

    /// Records that the thread starts the work. Returns false if the caller no longer waits; then it must not start.
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

    /// Returns the error for a caller whose deadline has passed, and stops work that has not started yet from starting.
    pub(super) fn given_up(&self) -> DbError {
        let mut state = self.state();
        state.abandoned = true;
        if matches!(state.step, TaskStep::Waiting | TaskStep::Checking(_)) {
            return DbError::Busy("no connection in time".to_owned());
        }
        DbError::Lost("no answer in time".to_owned())
    }

    /// If a statement has been unanswered for `limit`, frees the permit and returns when it was sent; else `None`.
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

/// Waits for `working`; returns `None` at `deadline`, or when its connection hangs. Work that is still running when
/// this returns or is dropped is watched until it ends or hangs.
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

/// Continues to watch the task when it is dropped because the caller has stopped waiting.
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
