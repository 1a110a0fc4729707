//! The line before the transaction. Whoever checks out stands in it, and a worker takes all who wait, up to 64, into one
//! transaction. Nobody waits for a batch to fill: it is whoever has come while the last one was written, and a lone shopper
//! is a batch of one at once.
//!
//! There are two lanes. In the quick one rows that somebody else holds are waited for hardly at all; orders of such goods
//! change to the patient one, so that everybody else goes on. There nobody holds anything either while they wait, and whose
//! goods are still held comes round again, for three seconds in all.

use std::{
    sync::Arc,
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
    actions::{self, Patience},
    metrics::{BATCHES, PLACED, QUEUE},
    model::{Command, Outcome, Placed, Refusal, Terms, Token},
    settle,
};
use crate::{
    kernel::UserId,
    platform::{
        clock,
        db::{Db, DbError},
        outbox::Keeping,
        redis::Redis,
    },
};

/// The most orders of one transaction.
const MOST_TOGETHER: usize = 64;
/// While one worker waits for its commit to reach the disk, the other reads and writes.
const WORKERS: usize = 2;
/// How often a batch is tried whose connection broke.
const TRIES: u32 = 3;
/// How long anybody is kept without an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whoever orders twice at once comes round again after this long: their turn is not waited for.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(5);
/// How long goods are waited for that somebody holds.
const HELD: Duration = Duration::from_secs(3);

/// Where checkouts wait. Cheap to clone.
#[derive(Clone)]
pub struct Queue(Sender<Waiting>);

/// A checkout, and who waits for what becomes of it.
struct Waiting {
    command: Command,
    waiter: Waiter,
}

/// Whom to answer, and until when it may wait for goods that somebody holds.
struct Waiter {
    answer: oneshot::Sender<Outcome>,
    until: Instant,
}

impl Queue {
    /// Opens both lanes, on the runtime of the caller. `room` is how many may wait in each: one more is better told to come
    /// back than kept for longer than anybody waits.
    pub fn open(db: Db, redis: Redis, keeping: Keeping, terms: Terms, room: usize) -> Self {
        let (quick, in_quick) = mpsc::channel(room);
        let (patient, in_patient) = mpsc::channel(room);
        // Only the quick lane keeps the patient one open, and its own place in it ends with it.
        let round = patient.downgrade();
        let till = Till { db, redis, keeping, terms, patience: Patience::Long, patient: round, _open: None };
        tokio::spawn(serve(till.clone(), Arc::new(Mutex::new(in_patient))));
        let till = Till { patience: Patience::Short, _open: Some(patient), ..till };
        let waiting = Arc::new(Mutex::new(in_quick));
        for _ in 0..WORKERS {
            tokio::spawn(serve(till.clone(), Arc::clone(&waiting)));
        }
        Self(quick)
    }

    /// Waits for the order to be placed. Whoever stops waiting before their turn has ordered nothing; after that the order
    /// is placed whole or not at all, and its token tells.
    ///
    /// # Errors
    /// Why there is no order: [`Refusal::Busy`] at once where too many wait, and [`Refusal::Unsure`] after ten seconds.
    pub async fn place(&self, command: Command) -> Outcome {
        let (answer, answered) = oneshot::channel();
        let until = Instant::now() + HELD;
        enter(&self.0, Waiting { command, waiter: Waiter { answer, until } });
        match timeout(PATIENCE, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(Refusal::Unsure),
        }
    }
}

/// Takes a place in a lane; whoever finds it full is told so at once.
fn enter(lane: &Sender<Waiting>, waiting: Waiting) {
    QUEUE.add(1);
    if let Err(full) = lane.try_send(waiting) {
        QUEUE.add(-1);
        let _ = full.into_inner().waiter.answer.send(Err(Refusal::Busy));
    }
}

/// What a worker works with.
#[derive(Clone)]
struct Till {
    db: Db,
    redis: Redis,
    keeping: Keeping,
    terms: Terms,
    patience: Patience,
    /// Where orders change to whose goods somebody holds.
    patient: WeakSender<Waiting>,
    _open: Option<Sender<Waiting>>,
}

type Lane = Arc<Mutex<mpsc::Receiver<Waiting>>>;
type Waiters = Vec<Waiter>;
/// Whose cart a token has, and for how many presses of it.
type Claims = (UserId, Token, usize);

/// Works until nobody can come any more.
async fn serve(till: Till, lane: Lane) {
    loop {
        let Some((commands, waiting)) = gather(&mut *lane.lock().await).await else { return };
        if !commands.is_empty() {
            BATCHES.observe(u64::try_from(commands.len()).unwrap_or_default());
            let till = till.clone();
            // In a task of its own, so that a panic ends that task alone; whoever waits is told by being dropped.
            let _ = tokio::spawn(async move { till.work(Arc::new(commands), waiting).await }).await;
        }
    }
}

/// The first who comes, and all who are there by then. Those who have left are passed over, and who presses the same
/// button twice is one.
async fn gather(lane: &mut mpsc::Receiver<Waiting>) -> Option<(Vec<Command>, Vec<Waiters>)> {
    let mut next = Some(lane.recv().await?);
    let (mut commands, mut waiters): (Vec<Command>, Vec<Waiters>) = Default::default();
    while let Some(Waiting { command, waiter }) = next {
        QUEUE.add(-1);
        if !waiter.answer.is_closed() {
            let same = commands.iter().position(|other| *other == command);
            match same.and_then(|place| waiters.get_mut(place)) {
                Some(same) => same.push(waiter),
                None => {
                    commands.push(command);
                    waiters.push(vec![waiter]);
                }
            }
        }
        next = (commands.len() < MOST_TOGETHER).then(|| lane.try_recv().ok()).flatten();
    }
    Some((commands, waiters))
}

impl Till {
    /// Places them, and answers each when its cart is as it should be: without what was bought, and free for the next checkout.
    async fn work(&self, commands: Arc<Vec<Command>>, waiting: Vec<Waiters>) {
        let outcomes = self.place(&commands).await;
        if self.patience == Patience::Long && outcomes.iter().any(|outcome| matches!(outcome, Err(Refusal::Held))) {
            tokio::time::sleep(BETWEEN_ROUNDS).await;
        }
        let mut answers = Vec::new();
        for ((command, outcome), waiters) in commands.iter().zip(outcomes).zip(waiting) {
            let waiters = match outcome {
                Err(Refusal::Held) => self.change_lane(command, waiters),
                _ => waiters,
            };
            if !waiters.is_empty() {
                // Who came without a cart has none to give back.
                let claims = if command.has_cart() { waiters.len() } else { 0 };
                answers.push(((command.claim.user_id(), command.token.clone(), claims), outcome, waiters));
            }
        }
        tokio::spawn(settle_and_answer(self.redis.clone(), self.keeping.clone(), answers));
    }

    /// A connection that breaks may break before the commit or after it. The tokens tell the one from the other, so the same
    /// is simply done again. What fails for another reason is tried order by order: it may be the fault of one of them.
    async fn place(&self, commands: &Arc<Vec<Command>>) -> Vec<Outcome> {
        let (mut tries, mut lost) = (1, None);
        let fault = loop {
            match self.transact(Arc::clone(commands)).await {
                Ok(outcomes) => return unsure_of_held(outcomes, lost),
                Err(broken @ DbError::Lost(_)) if tries < TRIES => {
                    tries += 1;
                    lost = Some(broken);
                }
                Err(DbError::Late(_)) if lost.is_none() => {
                    return commands.iter().map(|_| Err(Refusal::Held)).collect();
                }
                // What was lost may have happened, whatever went wrong since.
                Err(fault) => break lost.unwrap_or(fault),
            }
        };
        if fault.passes() || commands.len() == 1 {
            let fault = Arc::new(fault);
            return commands.iter().map(|_| Err(Refusal::Fault(Arc::clone(&fault)))).collect();
        }
        let mut outcomes = Vec::new();
        for command in commands.iter() {
            let outcome = self.transact(Arc::new(vec![command.clone()])).await;
            outcomes.extend(outcome.unwrap_or_else(|fault| vec![Err(Refusal::Fault(Arc::new(fault)))]));
        }
        outcomes
    }

    async fn transact(&self, commands: Arc<Vec<Command>>) -> Result<Vec<Outcome>, DbError> {
        let (terms, patience) = (self.terms, self.patience);
        self.db.run(move |conn| actions::place(conn, &commands, patience, &terms, clock::now())).await
    }

    /// To the patient lane, or once more round in it; gives back those who have waited too long.
    fn change_lane(&self, command: &Command, waiters: Waiters) -> Waiters {
        let Some(patient) = self.patient.upgrade() else { return waiters };
        let now = Instant::now();
        let (late, others): (Waiters, Waiters) = waiters.into_iter().partition(|waiter| waiter.until <= now);
        for waiter in others {
            enter(&patient, Waiting { command: command.clone(), waiter });
        }
        late
    }
}

/// Where a connection was lost before, goods may be held by what is still being committed on it.
fn unsure_of_held(outcomes: Vec<Outcome>, lost: Option<DbError>) -> Vec<Outcome> {
    let Some(lost) = lost.map(Arc::new) else { return outcomes };
    let unsure = |outcome| match outcome {
        Err(Refusal::Held) => Err(Refusal::Fault(Arc::clone(&lost))),
        outcome => outcome,
    };
    outcomes.into_iter().map(unsure).collect()
}

/// What follows the commit. Whatever becomes of it, the orders stand.
async fn settle_and_answer(redis: Redis, keeping: Keeping, outcomes: Vec<(Claims, Outcome, Waiters)>) {
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
    let cleared = settle::clear_carts(&redis, &bought).await;
    if let Err(error) = &cleared {
        tracing::warn!(%error, orders = bought.len(), "carts are cleared later");
    }
    settle::release_carts(&redis, &left).await;
    for (_, outcome, waiting) in outcomes {
        if let (Ok(()), Ok(Placed { owed: Some(owed), .. })) = (&cleared, &outcome) {
            keeping.kept(owed.promise);
        }
        for waiting in waiting {
            // Whoever no longer waits needs no answer.
            let _ = waiting.answer.send(outcome.clone());
        }
    }
}
