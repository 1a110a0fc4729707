//! The queue before the transaction. A worker takes all checkouts that wait, up to [`MAX_BATCH`], into one transaction. Nobody
//! waits for a batch to fill: it is whoever has come while the last one was written, and a lone shopper is a batch of one at
//! once.
//!
//! There are two lanes. In the fast one rows that somebody else has locked are waited for hardly longer than a batch takes;
//! orders of such goods change to the slow one, so that everybody else goes on. There nobody holds a lock while they wait
//! either, and whose goods are still locked comes round again, for [`LOCKED_TIMEOUT`] in all.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
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
    cart_clearing,
    metrics::{BATCHES, PLACED, QUEUE},
    model::{Command, Outcome, Placed, Refusal, Terms, Token},
};
use crate::{
    kernel::UserId,
    platform::{
        clock,
        db::{self, Db, DbError},
        outbox::CompletionBuffer,
        redis::Redis,
    },
};

/// The most orders of one transaction.
const MAX_BATCH: usize = 64;
/// So many are tried together however slow the database is.
const MIN_BATCH: usize = 8;
/// After a batch that took longer than this the next may be half as large, after a quicker one twice as large.
const SLOW_BATCH: Duration = Duration::from_secs(3);
/// The longest that a batch waits for locked rows: as long as other batches hold them, where the database is slow.
const MAX_LOCK_TIMEOUT: Duration = Duration::from_millis(1500);
/// While one worker waits for its commit to reach the disk, the other reads and writes.
const WORKERS: usize = 2;
/// How often a batch is tried whose connection broke.
const MAX_ATTEMPTS: u32 = 3;
/// How long anybody is kept without an answer.
const PLACE_TIMEOUT: Duration = Duration::from_secs(10);
/// Whoever orders twice at once comes round again after this long: their turn is not waited for.
const SLOW_LANE_PAUSE: Duration = Duration::from_millis(5);
/// How long goods are waited for that somebody has locked.
const LOCKED_TIMEOUT: Duration = Duration::from_secs(3);

/// Where checkouts wait. Cheap to clone.
#[derive(Clone)]
pub struct BatchQueue(Sender<QueuedCheckout>);

/// A checkout, and who waits for what becomes of it.
struct QueuedCheckout {
    command: Command,
    responder: Responder,
}

/// Whom to answer, and until when it may wait for goods that somebody has locked.
struct Responder {
    answer: oneshot::Sender<Outcome>,
    /// Alive while somebody waits for the answer.
    waiting: Weak<()>,
    until: Instant,
}

impl Responder {
    fn is_awaited(&self) -> bool {
        self.waiting.strong_count() > 0
    }
}

impl BatchQueue {
    /// Opens both lanes, on the runtime of the caller. `capacity` is how many may wait in each: one more is better told to come
    /// back than kept for longer than anybody waits.
    pub fn open(db: Db, redis: Redis, completions: CompletionBuffer, terms: Terms, capacity: usize) -> Self {
        let (fast, in_fast) = mpsc::channel(capacity);
        let (slow, in_slow) = mpsc::channel(capacity);
        // Only the fast lane keeps the slow one open, and its own place in it ends with it.
        let slow_lane = slow.downgrade();
        let pace = Arc::new(Pace::default());
        let lock_wait = LockWait::Beforehand;
        let worker = Worker { db, redis, completions, terms, lock_wait, pace, slow_lane, _open: None };
        tokio::spawn(serve(worker.clone(), Arc::new(Mutex::new(in_slow))));
        let worker = Worker { lock_wait: LockWait::InTransaction, _open: Some(slow), ..worker };
        let waiting = Arc::new(Mutex::new(in_fast));
        for _ in 0..WORKERS {
            tokio::spawn(serve(worker.clone(), Arc::clone(&waiting)));
        }
        Self(fast)
    }

    /// Waits for the order to be placed. Whoever stops waiting before their turn has ordered nothing; after that the order
    /// is placed whole or not at all, and its token tells.
    ///
    /// # Errors
    /// Why there is no order: [`Refusal::QueueFull`] at once where too many wait, and [`Refusal::OutcomeUnknown`] after
    /// [`PLACE_TIMEOUT`].
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

/// Takes a place in a lane; whoever finds it full is told so at once.
fn enqueue(lane: &Sender<QueuedCheckout>, queued: QueuedCheckout) {
    QUEUE.add(1);
    if let Err(full) = lane.try_send(queued) {
        QUEUE.add(-1);
        let _ = full.into_inner().responder.answer.send(Err(Refusal::QueueFull));
    }
}

/// How long the last batches took, shared by all workers.
struct Pace {
    /// Smoothed, in microseconds.
    micros: AtomicU64,
    max_batch: AtomicUsize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { micros: AtomicU64::new(0), max_batch: AtomicUsize::new(MAX_BATCH) }
    }
}

impl Pace {
    /// A batch took so long.
    fn note(&self, took: Duration) {
        let before = self.micros.load(Ordering::Relaxed);
        let took_micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).min(60_000_000);
        self.micros.store((before * 3 + took_micros) / 4, Ordering::Relaxed);
        let size = self.max_batch.load(Ordering::Relaxed);
        let next = if took > SLOW_BATCH { size / 2 } else { size * 2 };
        self.max_batch.store(next.clamp(MIN_BATCH, MAX_BATCH), Ordering::Relaxed);
    }

    fn max_batch(&self) -> usize {
        self.max_batch.load(Ordering::Relaxed)
    }

    /// Longer than a batch holds a row, which is a part of the time that it takes.
    fn lock_timeout(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed)).clamp(db::LOCK_TIMEOUT, MAX_LOCK_TIMEOUT)
    }
}

/// Places the batches of a lane.
#[derive(Clone)]
struct Worker {
    db: Db,
    redis: Redis,
    completions: CompletionBuffer,
    terms: Terms,
    lock_wait: LockWait,
    pace: Arc<Pace>,
    /// Where orders change to whose goods somebody has locked.
    slow_lane: WeakSender<QueuedCheckout>,
    _open: Option<Sender<QueuedCheckout>>,
}

type Lane = Arc<Mutex<mpsc::Receiver<QueuedCheckout>>>;
type Responders = Vec<Responder>;
/// Whose cart a token has, and for how many presses of it.
type Claims = (UserId, Token, usize);

/// Works until nobody can come any more.
async fn serve(worker: Worker, lane: Lane) {
    loop {
        let max_batch = worker.pace.max_batch();
        let Some((commands, responders)) = gather(&mut *lane.lock().await, max_batch).await else { return };
        if !commands.is_empty() {
            BATCHES.observe(u64::try_from(commands.len()).unwrap_or_default());
            let worker = worker.clone();
            // In a task of its own, so that a panic ends that task alone; whoever waits is told by being dropped.
            let _ = tokio::spawn(async move { worker.work(Arc::new(commands), responders).await }).await;
        }
    }
}

/// The first who comes, and all who are there by then. Those who have left are passed over, and who presses the same
/// button twice is one.
async fn gather(
    lane: &mut mpsc::Receiver<QueuedCheckout>,
    max_batch: usize,
) -> Option<(Vec<Command>, Vec<Responders>)> {
    let mut next = Some(lane.recv().await?);
    let (mut commands, mut responders): (Vec<Command>, Vec<Responders>) = Default::default();
    while let Some(QueuedCheckout { command, responder }) = next {
        QUEUE.add(-1);
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
    /// Places them, and answers each when its cart is as it should be: without what was bought, and free for the next checkout.
    async fn work(&self, commands: Arc<Vec<Command>>, responders: Vec<Responders>) {
        let presence =
            responders.iter().map(|waiting| Presence(waiting.iter().map(|one| one.waiting.clone()).collect()));
        let presence: Vec<Presence> = presence.collect();
        let began = Instant::now();
        let outcomes = self.place(&commands, presence).await;
        if self.lock_wait == LockWait::InTransaction {
            self.pace.note(began.elapsed());
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
                // Who came without a cart has none to give back.
                let claims = if command.has_cart() { responders.len() } else { 0 };
                answers.push(((command.claim.user_id(), command.token.clone(), claims), outcome, responders));
            }
        }
        tokio::spawn(clear_and_answer(self.redis.clone(), self.completions.clone(), answers));
    }

    /// A connection that breaks may break before the commit or after it. The tokens tell the one from the other, so the same
    /// is simply done again. What fails for another reason is tried order by order: it may be the fault of one of them.
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
                // What was lost may have happened, whatever went wrong since.
                Err(fault) => break lost.unwrap_or(fault),
            }
        };
        if fault.passes() || commands.len() == 1 {
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
        let terms = self.terms;
        self.db.run(move |conn| actions::place(conn, &commands, &batch, &terms, clock::now())).await
    }

    /// To the slow lane, or once more round in it; gives back those who have waited too long, or wait no more.
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

/// Where a connection was lost before, goods may be locked by what is still being committed on it.
fn unknown_if_locked(outcomes: Vec<Outcome>, lost: Option<DbError>) -> Vec<Outcome> {
    let Some(lost) = lost.map(Arc::new) else { return outcomes };
    let unknown = |outcome| match outcome {
        Err(Refusal::LockTimeout) => Err(Refusal::Fault(Arc::clone(&lost))),
        outcome => outcome,
    };
    outcomes.into_iter().map(unknown).collect()
}

/// What follows the commit. Whatever becomes of it, the orders stand.
async fn clear_and_answer(redis: Redis, completions: CompletionBuffer, outcomes: Vec<(Claims, Outcome, Responders)>) {
    let (mut bought, mut left) = (Vec::new(), Vec::new());
    for ((user, token, claims), outcome, _) in &outcomes {
        match outcome {
            Ok(Placed { owed: Some(owed), .. }) => bought.push(&owed.purchase),
            // It may have been placed, or its goods may still be in the cart: until somebody has looked, no other checkout
            // may buy the same.
            Err(Refusal::Fault(_)) | Ok(Placed { owed: None, .. }) => {}
            _ if *claims > 0 => left.push((*user, token, *claims)),
            _ => {}
        }
    }
    PLACED.add(u64::try_from(bought.len()).unwrap_or_default());
    let cleared = cart_clearing::clear_carts(&redis, &bought).await;
    if let Err(error) = &cleared {
        tracing::warn!(%error, orders = bought.len(), "carts are cleared later");
    }
    cart_clearing::release_carts(&redis, &left).await;
    for (_, outcome, responders) in outcomes {
        if let (Ok(()), Ok(Placed { owed: Some(owed), .. })) = (&cleared, &outcome) {
            completions.done(owed.job);
        }
        for responder in responders {
            // Whoever no longer waits needs no answer.
            let _ = responder.answer.send(outcome.clone());
        }
    }
}
