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

/// A statement that is unanswered for this long after `statement_timeout`, at which the server cancels it, means that
/// the server or the network hangs.
const ANSWER_MARGIN: Duration = Duration::from_millis(400);
const CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// How far one piece of work on a blocking thread has come; shared by that thread and the caller who waits for it.
pub(super) struct BlockingTask(Mutex<TaskState>);

struct TaskState {
    /// Counts the connection as in use. `None` once the work has ended or hangs.
    permit: Option<Permit>,
    abandoned: bool,
    step: TaskStep,
}

enum TaskStep {
    Waiting,
    /// The thread has a connection, and checks whether it is alive.
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

    /// Records that the thread checks its connection. Returns false if the caller no longer waits.
    pub(super) fn check(&self, progress: &Arc<Progress>) -> bool {
        self.step(TaskStep::Checking(Arc::clone(progress)))
    }

    /// Records that the thread starts the work. Returns false if the caller no longer waits and it must not start.
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

    /// Keeps work from starting whose caller's deadline has passed. Returns the caller's error.
    pub(super) fn given_up(&self) -> DbError {
        let mut state = self.state();
        state.abandoned = true;
        if matches!(state.step, TaskStep::Waiting | TaskStep::Checking(_)) {
            return DbError::Busy("no connection in time".to_owned());
        }
        DbError::Lost("no answer in time".to_owned())
    }

    /// Returns when the current statement was sent if it has been unanswered for `limit`, and no longer counts the
    /// connection as in use; otherwise `None`.
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

/// Waits for `working`. Returns `None` at `deadline`, or when the connection hangs. Work that is then still running,
/// or when this future is dropped, is supervised in the background until it ends or hangs.
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

/// A guard for running work. If it is dropped before the work ends, at the deadline or because the caller's future is
/// dropped, the work is supervised in the background, and a connection that hangs is reported to the pool.
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
