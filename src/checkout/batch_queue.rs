//! The queue of checkouts before the transaction. A worker takes all that wait, up to 64, into one transaction, without
//! waiting for more. There are two queues, called lanes. In the fast lane, a batch waits for locked rows hardly longer
//! than a batch takes. Orders that have to wait longer move to the slow lane, where a batch holds no locks while it
//! waits.

use chrono::FixedOffset;
use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};
use tokio::{
    sync::{
        Mutex,
        mpsc::{self, Sender, WeakSender},
        oneshot,
    },
    time::timeout,
};

use super::{
    actions::{self, Batch, LockWait, Presence},
    batch_pace::Pace,
    cart_clearing,
    metrics::{BATCHES, PLACED, QUEUE},
    model::{CartAfter, Command, Outcome, Placed, Refusal, Terms, Token},
    rules,
};
use crate::{
    kernel::UserId,
    platform::{
        clock,
        db::{Db, DbError},
        metrics::observe_size,
        outbox::CompletionBuffer,
        redis::Redis,
    },
    store::SettingsCache,
};

/// The number of workers of the fast lane: while one waits for its commit, another one runs queries.
const WORKERS: usize = 2;
/// How often a batch is tried if it loses its connection.
const MAX_ATTEMPTS: u32 = 3;
/// After this time a request gets a response, even if the outcome is unknown.
const PLACE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the slow lane (for orders that wait for locked rows) pauses before it tries again, if rows were still
/// locked.
const SLOW_LANE_PAUSE: Duration = Duration::from_millis(5);
/// The total time for which a checkout is tried again while rows of its goods are locked.
const LOCKED_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Clone)]
pub struct BatchQueue(Sender<QueuedCheckout>);

struct QueuedCheckout {
    command: Command,
    responder: Responder,
}

/// The channel to the request that waits for the outcome of a checkout.
struct Responder {
    answer: oneshot::Sender<Outcome>,
    /// Can be upgraded to an `Arc` for as long as the request waits.
    waiting: Weak<()>,
    /// Until when the checkout is tried again while rows of its goods are locked.
    until: Instant,
}

impl Responder {
    fn is_awaited(&self) -> bool {
        self.waiting.strong_count() > 0
    }
}

impl BatchQueue {
    /// Starts the workers of the fast and the slow lane on the current Tokio runtime. Each lane holds at most
    /// `capacity` checkouts, and refuses further ones at once.
    pub fn open(
        db: Db,
        redis: Redis,
        completions: CompletionBuffer,
        settings: SettingsCache,
        zone: FixedOffset,
        capacity: usize,
    ) -> Self {
        let (fast, in_fast) = mpsc::channel(capacity);
        let (slow, in_slow) = mpsc::channel(capacity);
        // The workers of the fast lane keep the slow one open: it ends after them.
        let slow_lane = slow.downgrade();
        let pace = Arc::new(Pace::default());
        let lock_wait = LockWait::Beforehand;
        let worker = Worker { db, redis, completions, settings, zone, lock_wait, pace, slow_lane, _open: None };
        tokio::spawn(serve(worker.clone(), Arc::new(Mutex::new(in_slow))));
        let worker = Worker { lock_wait: LockWait::InTransaction, _open: Some(slow), ..worker };
        let waiting = Arc::new(Mutex::new(in_fast));
        for _ in 0..WORKERS {
            tokio::spawn(serve(worker.clone(), Arc::clone(&waiting)));
        }
        tokio::spawn(serve_when_slow(worker, waiting));
        Self(fast)
    }

    /// Queues a checkout, and returns its outcome. Before it returns, the goods of an order are removed from the cart,
    /// or the claim on the cart is released, as [`rules::cart_after`] says. If the future is dropped before the batch
    /// begins, nothing is ordered.
    ///
    /// # Errors
    /// [`Refusal::QueueFull`] if too many checkouts wait; the claim is then not released. [`Refusal::OutcomeUnknown`]
    /// after [`PLACE_TIMEOUT`]. Any other refusal says why nothing was ordered.
    pub async fn place(&self, command: Command) -> Outcome {
        let (answer, answered) = oneshot::channel();
        let waiting = Arc::new(());
        let until = Instant::now() + LOCKED_TIMEOUT;
        let responder = Responder { answer, waiting: Arc::downgrade(&waiting), until };
        enqueue(&self.0, QueuedCheckout { command, responder });
        let outcome = timeout(PLACE_TIMEOUT, answered).await;
        drop(waiting);
        match outcome {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(Refusal::OutcomeUnknown),
        }
    }
}

/// Adds a checkout to one of the two queues (lanes), or answers its request with [`Refusal::QueueFull`] if that is
/// full.
fn enqueue(lane: &Sender<QueuedCheckout>, queued: QueuedCheckout) {
    QUEUE.inc();
    if let Err(full) = lane.try_send(queued) {
        QUEUE.dec();
        let _ = full.into_inner().responder.answer.send(Err(Refusal::QueueFull));
    }
}

#[derive(Clone)]
struct Worker {
    db: Db,
    redis: Redis,
    completions: CompletionBuffer,
    settings: SettingsCache,
    zone: FixedOffset,
    lock_wait: LockWait,
    pace: Arc<Pace>,
    /// The slow lane, to which this worker moves checkouts whose rows are locked for too long.
    slow_lane: WeakSender<QueuedCheckout>,
    _open: Option<Sender<QueuedCheckout>>,
}

type Lane = Arc<Mutex<mpsc::Receiver<QueuedCheckout>>>;
type Responders = Vec<Responder>;
/// Claims on one cart, as (its user, token of the checkout, how many requests with that token have claimed the cart).
type Claims = (UserId, Token, usize);

/// Places the checkouts of one queue, batch by batch, until all senders of the queue are dropped.
async fn serve(worker: Worker, lane: Lane) {
    while serve_batch(&worker, &lane).await {}
    // It ends with the others.
    worker.pace.extra.notify_one();
}

/// Places one more batch after each slow one, until all senders of the queue are dropped.
async fn serve_when_slow(worker: Worker, lane: Lane) {
    loop {
        worker.pace.extra.notified().await;
        if !serve_batch(&worker, &lane).await {
            return;
        }
    }
}

/// Waits for checkouts and places a batch. Returns false if all senders of the queue are dropped.
async fn serve_batch(worker: &Worker, lane: &Lane) -> bool {
    let max_batch = worker.pace.max_batch();
    let Some((commands, responders)) = gather(&mut *lane.lock().await, max_batch).await else { return false };
    if !commands.is_empty() {
        observe_size(&BATCHES, commands.len());
        let worker = worker.clone();
        // In a task of its own, so that a panic ends only that; its requests then find their responders dropped.
        let _ = tokio::spawn(async move { worker.work(Arc::new(commands), responders).await }).await;
    }
    true
}

/// Waits for a checkout in this queue, and takes all that are queued by then. Returns the commands, equal ones only
/// once, and the responders of each; commands for which no request waits any more are left out, so there may be none.
/// `None` if the queue is closed.
async fn gather(
    lane: &mut mpsc::Receiver<QueuedCheckout>,
    max_batch: usize,
) -> Option<(Vec<Command>, Vec<Responders>)> {
    let mut next = Some(lane.recv().await?);
    let (mut commands, mut responders): (Vec<Command>, Vec<Responders>) = Default::default();
    while let Some(QueuedCheckout { command, responder }) = next {
        QUEUE.dec();
        if responder.is_awaited() {
            let same = commands.iter().position(|other| *other == command);
            match same.and_then(|place| responders.get_mut(place)) {
                Some(same) => same.push(responder),
                None => {
                    commands.push(command);
                    responders.push(vec![responder]);
                }
            }
        }
        next = (commands.len() < max_batch).then(|| lane.try_recv().ok()).flatten();
    }
    Some((commands, responders))
}

impl Worker {
    /// Places the orders of a batch, removes their goods from the carts or releases the claims, and answers the
    /// requests.
    async fn work(&self, commands: Arc<Vec<Command>>, responders: Vec<Responders>) {
        let presence =
            responders.iter().map(|waiting| Presence(waiting.iter().map(|one| one.waiting.clone()).collect()));
        let presence: Vec<Presence> = presence.collect();
        let began = Instant::now();
        let outcomes = self.place(&commands, presence).await;
        if self.lock_wait == LockWait::InTransaction {
            self.pace.record(began.elapsed());
        } else if outcomes.iter().any(|outcome| matches!(outcome, Err(Refusal::LockTimeout))) {
            tokio::time::sleep(SLOW_LANE_PAUSE).await;
        }
        let mut answers = Vec::new();
        for ((command, outcome), responders) in commands.iter().zip(outcomes).zip(responders) {
            let responders = match outcome {
                Err(Refusal::LockTimeout) => self.change_lane(command, responders),
                _ => responders,
            };
            if !responders.is_empty() {
                // A command whose cart could not be claimed has nothing to release.
                let claims = if command.has_cart() { responders.len() } else { 0 };
                answers.push(((command.placed_by.shopper(), command.token.clone(), claims), outcome, responders));
            }
        }
        tokio::spawn(clear_and_answer(self.redis.clone(), self.completions.clone(), answers));
    }

    /// Places a batch. If the connection is lost, does it again: the tokens tell which orders were committed. After
    /// another error, tries each order in a transaction of its own.
    async fn place(&self, commands: &Arc<Vec<Command>>, presence: Vec<Presence>) -> Vec<Outcome> {
        let batch = Batch { lock_timeout: self.pace.lock_timeout(), presence, ..Batch::new(self.lock_wait) };
        let (mut attempts, mut lost) = (1, None);
        let fault = loop {
            match self.transact(Arc::clone(commands), batch.clone()).await {
                Ok(outcomes) => return unknown_if_locked(outcomes, lost),
                Err(broken @ DbError::Lost(_)) if attempts < MAX_ATTEMPTS => {
                    attempts += 1;
                    lost = Some(broken);
                }
                Err(DbError::Late(_)) if lost.is_none() => {
                    return commands.iter().map(|_| Err(Refusal::LockTimeout)).collect();
                }
                // After a lost connection the outcome is unknown, whatever the later error.
                Err(fault) => break lost.unwrap_or(fault),
            }
        };
        if fault.is_transient() || commands.len() == 1 {
            let fault = Arc::new(fault);
            return commands.iter().map(|_| Err(Refusal::Fault(Arc::clone(&fault)))).collect();
        }
        let single = Batch { presence: Vec::new(), ..batch };
        let mut outcomes = Vec::new();
        for command in commands.iter() {
            let outcome = self.transact(Arc::new(vec![command.clone()]), single.clone()).await;
            outcomes.extend(outcome.unwrap_or_else(|fault| vec![Err(Refusal::Fault(Arc::new(fault)))]));
        }
        outcomes
    }

    async fn transact(&self, commands: Arc<Vec<Command>>, batch: Batch) -> Result<Vec<Outcome>, DbError> {
        let terms = Terms::of(&self.settings.get(), self.zone);
        self.db.run(move |conn| actions::place(conn, &commands, &batch, &terms, clock::now())).await
    }

    /// Moves an order to the slow lane, the queue of orders that wait for locked rows. Returns the responders that do
    /// not move with it: of requests that have waited too long or do not wait any more.
    fn change_lane(&self, command: &Command, responders: Responders) -> Responders {
        let Some(slow_lane) = self.slow_lane.upgrade() else { return responders };
        let now = Instant::now();
        let (others, late): (Responders, Responders) =
            responders.into_iter().partition(|responder| responder.until > now && responder.is_awaited());
        for responder in others {
            enqueue(&slow_lane, QueuedCheckout { command: command.clone(), responder });
        }
        late
    }
}

/// If a connection was `lost`, replaces lock timeouts by that error: the lost transaction may be the one with the
/// locks, and may still commit.
fn unknown_if_locked(outcomes: Vec<Outcome>, lost: Option<DbError>) -> Vec<Outcome> {
    let Some(lost) = lost.map(Arc::new) else { return outcomes };
    let unknown = |outcome| match outcome {
        Err(Refusal::LockTimeout) => Err(Refusal::Fault(Arc::clone(&lost))),
        outcome => outcome,
    };
    outcomes.into_iter().map(unknown).collect()
}

/// Removes ordered goods from the carts and releases claims after the commit, then answers the requests. The orders are
/// saved even if this fails.
async fn clear_and_answer(redis: Redis, completions: CompletionBuffer, outcomes: Vec<(Claims, Outcome, Responders)>) {
    let (mut bought, mut unchanged, mut placed) = (Vec::new(), Vec::new(), 0);
    for ((user, token, claims), outcome, _) in &outcomes {
        placed += u64::from(outcome.as_ref().is_ok_and(|placed| placed.is_new));
        match rules::cart_after(outcome) {
            CartAfter::Clear(owed) => bought.push(&owed.purchase),
            CartAfter::Release if *claims > 0 => unchanged.push((*user, token, *claims)),
            CartAfter::Release | CartAfter::Keep => {}
        }
    }
    PLACED.inc_by(placed);
    let cleared = cart_clearing::clear_carts(&redis, &bought).await;
    if let Err(error) = &cleared {
        tracing::warn!(%error, orders = bought.len(), "carts are cleared later");
    }
    cart_clearing::release_carts(&redis, &unchanged).await;
    for (_, outcome, responders) in outcomes {
        if let (Ok(()), Ok(Placed { owed: Some(owed), .. })) = (&cleared, &outcome) {
            completions.done(owed.job);
        }
        for responder in responders {
            // The request may have stopped waiting.
            let _ = responder.answer.send(outcome.clone());
        }
    }
}
