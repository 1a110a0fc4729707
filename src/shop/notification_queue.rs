//! The queue of notifications from payment gateways. One task applies all that wait, up to [`MAX_BATCH`], in one
//! transaction. It does not wait for more to come: a batch is what has arrived while the last one was applied, perhaps
//! a single notification.

use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout_at,
};

use crate::{
    lifecycle,
    payments::{NOTIFICATION_BATCHES, ReceivedNotification},
    platform::{
        clock,
        db::{Db, DbError},
        deadline,
        metrics::observe_size,
    },
    web::PageError,
};

const MAX_BATCH: usize = 64;
/// How many notifications may wait in the queue; one more is refused, and the gateway sends it again later.
const MAX_WAITING: usize = 1024;
/// The maximum time that a request waits until its notification is applied.
const BATCH_TIMEOUT: Duration = Duration::from_millis(2700);

/// What became of one notification of a batch: the code of its result; `None` if it has to be applied alone; or the
/// error that the whole batch got.
type BatchOutcome = Result<Option<&'static str>, Arc<DbError>>;

struct QueuedNotification {
    received: Arc<ReceivedNotification>,
    answer: oneshot::Sender<BatchOutcome>,
}

pub struct NotificationQueue {
    db: Db,
    queue: mpsc::Sender<QueuedNotification>,
}

impl NotificationQueue {
    /// Starts the task that applies notifications, on the current Tokio runtime; it ends when the queue is dropped.
    pub fn open(db: &Db) -> Self {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        tokio::spawn(serve(db.clone(), waiting));
        Self { db: db.clone(), queue }
    }

    /// Adds a notification to the queue and returns the code of what it led to, once it is applied and stored.
    ///
    /// # Errors
    /// [`PageError::Unavailable`] if too many notifications wait, or if the database is down or takes too long; in the
    /// last two cases the notification may have been applied nevertheless.
    pub async fn apply(&self, received: ReceivedNotification) -> Result<&'static str, PageError> {
        let received = Arc::new(received);
        let (answer, answered) = oneshot::channel();
        let queued = QueuedNotification { received: Arc::clone(&received), answer };
        self.queue.try_send(queued).map_err(|_| PageError::Unavailable("too many notifications wait".into()))?;
        let outcome = timeout_at(deadline::within(BATCH_TIMEOUT), answered).await;
        let outcome = outcome.map_err(|_| PageError::Unavailable("a batch of notifications takes too long".into()))?;
        match outcome.map_err(PageError::internal)?? {
            Some(outcome) => Ok(outcome),
            None => {
                let alone = move |conn: &mut _| lifecycle::apply_notification(conn, &received, clock::now());
                Ok(self.db.run_in_line(alone).await?)
            }
        }
    }
}

async fn serve(db: Db, mut waiting: mpsc::Receiver<QueuedNotification>) {
    while let Some(first) = waiting.recv().await {
        let (received, answers) = gather(first, &mut waiting);
        if received.is_empty() {
            continue;
        }
        observe_size(&NOTIFICATION_BATCHES, received.len());
        let outcomes = db.run(move |conn| lifecycle::apply_notifications(conn, &received, clock::now())).await;
        match outcomes {
            Ok(outcomes) => {
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    // The request may have stopped waiting.
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(error) => answer_error(answers, error),
        }
    }
}

/// Returns `first` and the notifications that wait behind it, without those whose requests have stopped waiting.
fn gather(
    first: QueuedNotification,
    waiting: &mut mpsc::Receiver<QueuedNotification>,
) -> (Vec<Arc<ReceivedNotification>>, Vec<oneshot::Sender<BatchOutcome>>) {
    let (mut received, mut answers) = (Vec::new(), Vec::new());
    let mut next = Some(first);
    while let Some(queued) = next {
        if !queued.answer.is_closed() {
            received.push(queued.received);
            answers.push(queued.answer);
        }
        next = (received.len() < MAX_BATCH).then(|| waiting.try_recv().ok()).flatten();
    }
    (received, answers)
}

/// Answers the requests of a batch that failed. If the database is down, each request gets the error; otherwise one
/// notification may have caused the error, so each request applies its own notification alone.
fn answer_error(answers: Vec<oneshot::Sender<BatchOutcome>>, error: DbError) {
    tracing::warn!(%error, notifications = answers.len(), "a batch of notifications failed");
    let is_of_one = matches!(error, DbError::Late(_)) || !error.is_transient();
    let error = Arc::new(error);
    for answer in answers {
        let _ = answer.send(if is_of_one { Ok(None) } else { Err(Arc::clone(&error)) });
    }
}
