//! The transaction of the checkout: saves orders, deducts stock, counts sales, and enqueues the jobs that remove the
//! goods from the carts; all of that for an order, or nothing. A batch of orders is tried in one transaction. If that
//! fails, a second transaction tries those orders that need no locked rows: together, then each in its own savepoint.

// Long: the steps of one transaction, in the order in which they are called.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    result::{DatabaseErrorKind, Error},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use super::{
    cart_clearing,
    model::{Command, Outcome, Owed, Placed, Quote, Refusal, Terms},
    rules::{self, BatchStock},
};
use crate::{
    accounts::{self, Address, OrderingUser, User},
    audit::{self, AuditAction, NewAuditEntry},
    cart::{Bought, Purchase},
    catalog,
    kernel::{Language, OrderNumber, SkuId, UserId},
    orders::{self, NewOrder, NewOrderLine},
    platform::{
        clock,
        db::{self, DbError, TransactionError},
    },
    stock::{self, DeductionRequest},
};

/// How a batch waits for rows that another transaction has locked. Orders that would have to wait longer get
/// [`Refusal::LockTimeout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockWait {
    /// The batch waits within the transaction, for at most [`Batch::lock_timeout`].
    InTransaction,
    /// The batch waits before the transaction, when it holds no locks: locks held during the wait would stop orders of
    /// the same goods.
    Beforehand,
}

/// The time limits of a batch of orders, and which requests still wait for it.
#[derive(Clone, Debug)]
pub struct Batch {
    pub lock_wait: LockWait,
    pub lock_timeout: Duration,
    /// No further step of the batch starts after this time.
    pub until: Instant,
    /// For each command, at the same index, the requests that wait for its outcome. A command whose index is beyond the
    /// end counts as waited for.
    pub presence: Vec<Presence>,
}

/// When a batch has lasted this long, it begins no further step.
const BATCH_TIMEOUT: Duration = Duration::from_secs(4);

/// The minimum lock timeout on a slow network, in round trips to the database. A batch holds its locks for two round
/// trips, and this batch may have to wait for two others; the rest is a margin.
const ROUND_TRIPS_OF_LOCKS: u32 = 6;

/// The longest wait for a locked row; below the statement timeout of the checkout's connections.
pub const MAX_LOCK_TIMEOUT: Duration = Duration::from_millis(1800);

impl Batch {
    /// Returns a batch with the default limits, in which a request waits for each order.
    pub fn new(lock_wait: LockWait) -> Self {
        Self { lock_wait, lock_timeout: db::LOCK_TIMEOUT, until: Instant::now() + BATCH_TIMEOUT, presence: Vec::new() }
    }

    /// Returns how long to wait for a locked row on a network where a round trip to the database takes `round_trip`.
    fn lock_timeout_at(&self, round_trip: Duration) -> Duration {
        self.lock_timeout.max((round_trip * ROUND_TRIPS_OF_LOCKS).min(MAX_LOCK_TIMEOUT))
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    fn is_awaited(&self, at: usize) -> bool {
        self.presence.get(at).is_none_or(Presence::is_awaited)
    }
}

/// The requests that wait for the outcome of one command. When a request stops waiting, it drops its `Arc`.
#[derive(Clone, Debug)]
pub struct Presence(pub Vec<Weak<()>>);

impl Presence {
    fn is_awaited(&self) -> bool {
        self.0.iter().any(|waiting| waiting.strong_count() > 0)
    }
}

/// The maximum number of attempts to place an order. An attempt fails if its random order number is taken, or if
/// concurrent orders change what was validated.
const MAX_ATTEMPTS: u32 = 5;

/// Places orders, and returns an outcome for each. Scarce stock goes to the orders that come first; a refused order
/// changes nothing. A token that has already led to an order leads to the same one again, whatever else the command
/// contains.
///
/// # Errors
/// No order was placed. Only after [`DbError::Lost`] orders may have been placed; calling again with the same tokens
/// returns them.
pub fn place(
    conn: &mut PgConnection,
    commands: &[Command],
    batch: &Batch,
    terms: &Terms,
    now: DateTime<Utc>,
) -> Result<Vec<Outcome>, DbError> {
    let start = &Start { at: now, ticking: Instant::now() };
    let locked = match batch.lock_wait {
        LockWait::InTransaction => HashSet::new(),
        LockWait::Beforehand => stock::skus_locked_longer_than(conn, &skus_of(commands.iter()), batch.lock_timeout)?,
    };
    let queued: Vec<Queued> = commands.iter().enumerate().map(|(at, command)| Queued { at, command }).collect();
    let outcomes = place_free(&queued, &locked, |free| place_batch(conn, free, batch, terms, start))?;
    Ok(with_orders_placed_before(conn, commands, outcomes)?)
}

#[derive(Clone, Copy)]
struct Queued<'a> {
    at: usize,
    command: &'a Command,
}

/// Calls `place` with the commands that need none of the `locked` SKUs; the other commands get
/// [`Refusal::LockTimeout`].
fn place_free(
    queued: &[Queued],
    locked: &HashSet<SkuId>,
    place: impl FnOnce(&[Queued]) -> Result<Vec<Outcome>, DbError>,
) -> Result<Vec<Outcome>, DbError> {
    let free: Vec<Queued> = queued.iter().copied().filter(|queued| !wants(queued.command, locked)).collect();
    let mut placed = if free.is_empty() { Vec::new() } else { place(&free)? }.into_iter();
    let mut outcomes = Vec::with_capacity(queued.len());
    for queued in queued {
        outcomes.push(if wants(queued.command, locked) {
            Err(Refusal::LockTimeout)
        } else {
            placed.next().unwrap_or(Err(Refusal::Contention))
        });
    }
    Ok(outcomes)
}

fn commands_of<'a>(queued: &[Queued<'a>]) -> Vec<&'a Command> {
    queued.iter().map(|queued| queued.command).collect()
}

/// Places the orders together in one transaction. If that fails, a second transaction places those that can be placed.
fn place_batch(
    conn: &mut PgConnection,
    queued: &[Queued],
    batch: &Batch,
    terms: &Terms,
    start: &Start,
) -> Result<Vec<Outcome>, DbError> {
    let commands = commands_of(queued);
    let sent = Instant::now();
    let mut lock_timeout = batch.lock_timeout;
    let placed = db::transaction(conn, |conn| {
        lock_timeout = batch.lock_timeout_at(sent.elapsed());
        attempt(conn, &commands, lock_timeout, terms, start)
    });
    match placed {
        Ok(outcomes) => return Ok(outcomes),
        Err(reason) => reason.unless_of_one_order()?,
    }
    if batch.is_over() {
        return Ok(queued.iter().map(|_| Err(Refusal::LockTimeout)).collect());
    }
    let batch = &Batch { lock_timeout, ..batch.clone() };
    db::transaction(conn, |conn| place_unlocked(conn, queued, batch, terms, start))
}

/// Replaces each outcome `LockTimeout` by the order with the same token, if there is one: perhaps the transaction that
/// held the locks has placed it.
fn with_orders_placed_before(
    conn: &mut PgConnection,
    commands: &[Command],
    mut outcomes: Vec<Outcome>,
) -> QueryResult<Vec<Outcome>> {
    let is_locked = |outcome: &Outcome| matches!(outcome, Err(Refusal::LockTimeout));
    if outcomes.iter().any(is_locked) {
        let known = orders::numbers_of(conn, &presses(commands.iter()))?;
        for (outcome, known) in outcomes.iter_mut().zip(known).filter(|(outcome, _)| is_locked(outcome)) {
            if let Some(number) = known {
                *outcome = Ok(Placed::before(number));
            }
        }
    }
    Ok(outcomes)
}

fn presses<'a>(commands: impl Iterator<Item = &'a Command>) -> Vec<(UserId, &'a str)> {
    commands.map(|command| (command.placed_by.shopper(), command.token.as_str())).collect()
}

fn wants(command: &Command, skus: &HashSet<SkuId>) -> bool {
    command.entries.iter().any(|entry| skus.contains(&entry.sku_id))
}

/// The time at which a batch began, from which the current time is computed while the batch waits.
struct Start {
    at: DateTime<Utc>,
    ticking: Instant,
}

impl Start {
    fn now(&self) -> DateTime<Utc> {
        self.at + self.ticking.elapsed()
    }
}

/// Places the orders that need no locked row; the others get [`Refusal::LockTimeout`]. It locks all free rows first, in
/// ascending order of id, so that two processes cannot deadlock.
fn place_unlocked(
    conn: &mut PgConnection,
    queued: &[Queued],
    batch: &Batch,
    terms: &Terms,
    start: &Start,
) -> Result<Vec<Outcome>, DbError> {
    let locked = stock::try_lock_skus(conn, &skus_of(queued.iter().map(|queued| queued.command)))?;
    place_free(queued, &locked, |free| {
        let commands = commands_of(free);
        match db::savepoint(conn, |conn| attempt(conn, &commands, batch.lock_timeout, terms, start)) {
            Ok(outcomes) => return Ok(outcomes),
            Err(reason) => reason.unless_of_one_order()?,
        }
        free.iter().map(|queued| place_alone(conn, *queued, batch, terms, start)).collect()
    })
}

/// Places an order in its own savepoint. The outcome is `LockTimeout` if no request waits for it any more or the time
/// of the batch is over.
fn place_alone(
    conn: &mut PgConnection,
    queued: Queued,
    batch: &Batch,
    terms: &Terms,
    start: &Start,
) -> Result<Outcome, DbError> {
    for _ in 0..MAX_ATTEMPTS {
        if batch.is_over() || !batch.is_awaited(queued.at) {
            return Ok(Err(Refusal::LockTimeout));
        }
        match db::savepoint(conn, |conn| attempt(conn, &[queued.command], batch.lock_timeout, terms, start)) {
            Ok(mut outcomes) => return Ok(outcomes.pop().unwrap_or(Err(Refusal::Contention))),
            // The next attempt draws another number, or finds the order of the same token.
            Err(NotPlaced::Stale) => {}
            Err(NotPlaced::Fault(fault)) if is_taken(&fault) => {}
            Err(NotPlaced::Fault(DbError::Late(_))) => return Ok(Err(Refusal::LockTimeout)),
            Err(NotPlaced::Fault(fault)) if is_of_one_order(&fault) => {
                return Ok(Err(Refusal::Fault(Arc::new(fault))));
            }
            Err(NotPlaced::Fault(fault) | NotPlaced::NotValidated(fault)) => return Err(fault),
        }
    }
    Ok(Err(Refusal::Contention))
}

/// Why a transaction or savepoint with orders was rolled back.
enum NotPlaced {
    /// A query failed while the orders were validated.
    NotValidated(DbError),
    /// After the validation, a concurrent order took the stock or was placed with the same token, or a price changed.
    Stale,
    /// A statement failed while the orders were saved.
    Fault(DbError),
}

impl NotPlaced {
    /// Returns the error as `Err` if it concerns all orders of the batch. `Ok` means that perhaps only one order caused
    /// it.
    fn unless_of_one_order(self) -> Result<(), DbError> {
        match self {
            Self::NotValidated(fault) | Self::Fault(fault) if !is_of_one_order(&fault) => Err(fault),
            _ => Ok(()),
        }
    }
}

impl From<Error> for NotPlaced {
    fn from(error: Error) -> Self {
        Self::Fault(error.into())
    }
}

impl TransactionError for NotPlaced {
    fn database(&self) -> Option<&Error> {
        match self {
            Self::Stale => None,
            Self::NotValidated(fault) | Self::Fault(fault) => fault.database(),
        }
    }
}

fn is_of_one_order(fault: &DbError) -> bool {
    match fault {
        DbError::Query(_) => !fault.database().is_some_and(db::lost_against_another),
        DbError::Late(_) => true,
        _ => false,
    }
}

fn is_taken(fault: &DbError) -> bool {
    matches!(fault, DbError::Query(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
}

/// Validates all orders and saves the valid ones together. Returns an outcome for each of `commands`, in their order.
fn attempt(
    conn: &mut PgConnection,
    commands: &[&Command],
    lock_timeout: Duration,
    terms: &Terms,
    start: &Start,
) -> Result<Vec<Outcome>, NotPlaced> {
    let validated = validate(conn, commands, lock_timeout, terms, start.now())
        .map_err(|error| NotPlaced::NotValidated(error.into()))?;
    let valid: Vec<&ValidOrder> = validated
        .iter()
        .filter_map(|validation| if let Validation::Valid(order) = validation { Some(order) } else { None })
        .collect();
    let mut placed = if valid.is_empty() { Vec::new() } else { save(conn, &valid, terms, start)? }.into_iter();
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(validated.len());
    for validation in validated {
        outcomes.push(match validation {
            Validation::PlacedBefore(number) => Ok(Placed::before(number)),
            Validation::Refused(refusal) => Err(refusal),
            Validation::Valid(_) => Ok(placed.next().ok_or(NotPlaced::Stale)?),
            Validation::SameTokenAs(first) => {
                let Some(Ok(first)) = outcomes.get(first) else { return Err(NotPlaced::Stale) };
                Ok(Placed::before(first.number.clone()))
            }
        });
    }
    Ok(outcomes)
}

/// The result of validating one order, before its stock is locked.
enum Validation<'a> {
    PlacedBefore(OrderNumber),
    Refused(Refusal),
    Valid(ValidOrder<'a>),
    /// The command has the same token as the valid order with this index in the batch, and so becomes the same order.
    SameTokenAs(usize),
}

struct ValidOrder<'a> {
    command: &'a Command,
    /// The username of the shopper, for the audit log.
    customer: String,
    address: Address,
    quote: Quote,
}

impl ValidOrder<'_> {
    fn is_from_cart(&self) -> bool {
        self.command.placed_by.staff().is_none()
    }
}

/// Checks each command of the batch (orders of one or several shoppers) before anything is written: the shopper, the
/// address, what the shopper saw, and the stock. Returns for each whether it can be placed, was placed before, or why
/// it is refused. Takes the advisory lock of each shopper but no row locks, so that nobody waits just to learn that a
/// SKU is sold out.
fn validate<'a>(
    conn: &mut PgConnection,
    commands: &[&'a Command],
    lock_timeout: Duration,
    terms: &Terms,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Validation<'a>>> {
    // First: with the locks of the shoppers, the next queries see all their earlier orders.
    let asked: Vec<_> = commands.iter().map(|command| (command.placed_by.shopper(), command.address)).collect();
    let users = accounts::lock_ordering_users(conn, &asked, lock_timeout)?;
    let staff = staff_of(conn, commands)?;
    let mut stock = BatchStock::default();
    for language in Language::ALL {
        let skus = skus_of(commands.iter().copied().filter(|command| command.language == language));
        if !skus.is_empty() {
            stock.add_offers(language, catalog::sku_offers(conn, &skus, language)?);
        }
    }
    // Last: if an order with the same token has taken stock that is missing above, it is found here.
    let presses = presses(commands.iter().copied());
    let mut history = orders::order_history(conn, &presses, &stock.products(), now)?;
    let mut validate_one = |command: &'a Command, user: Option<OrderingUser>| {
        rules::check_users(&command.placed_by, user.as_ref().map(|user| &user.user), &staff)?;
        let user = user.ok_or(Refusal::NotSignedIn)?;
        if !user.has_order_lock {
            return Err(Refusal::LockTimeout);
        }
        let address = user.address.ok_or(Refusal::NoAddress)?;
        if command.shown_address.as_ref().is_some_and(|shown| *shown != address.digest()) {
            return Err(Refusal::AddressChanged);
        }
        if let Some(kind) = user.blocked {
            return Err(Refusal::Blocked(kind));
        }
        let holdings = history.holdings.entry(user.user.id).or_default();
        let quote = stock.reserve(command, holdings, terms)?;
        Ok(ValidOrder { command, customer: user.user.username, address, quote })
    };
    let mut firsts = HashMap::new();
    let mut validated = Vec::with_capacity(commands.len());
    for (((command, user), press), placed) in commands.iter().zip(users).zip(&presses).zip(history.placed) {
        let validation = match (placed, firsts.get(press)) {
            (Some(number), _) => Validation::PlacedBefore(number),
            (None, Some(first)) => Validation::SameTokenAs(*first),
            (None, None) => match validate_one(command, user) {
                Ok(order) => {
                    firsts.insert(press, validated.len());
                    Validation::Valid(order)
                }
                Err(refusal) => Validation::Refused(refusal),
            },
        };
        validated.push(validation);
    }
    Ok(validated)
}

/// Loads the members of staff who place orders of the batch for callers. Most batches have no such orders, and this
/// sends no query then.
fn staff_of(conn: &mut PgConnection, commands: &[&Command]) -> QueryResult<HashMap<UserId, User>> {
    let ids: Vec<UserId> =
        commands.iter().filter_map(|command| Some(command.placed_by.staff()?.staff.user_id())).collect();
    if ids.is_empty() { Ok(HashMap::new()) } else { accounts::users_by_id(conn, &ids) }
}

fn skus_of<'a>(commands: impl Iterator<Item = &'a Command>) -> Vec<SkuId> {
    let skus: HashSet<SkuId> = commands.flat_map(|command| command.entries.iter().map(|entry| entry.sku_id)).collect();
    skus.into_iter().collect()
}

/// Saves orders; locks rows in the order of docs/transactions.md. Jobs are inserted first, so that the locks last only
/// two round trips.
fn save(
    conn: &mut PgConnection,
    valid: &[&ValidOrder],
    terms: &Terms,
    start: &Start,
) -> Result<Vec<Placed>, NotPlaced> {
    let enqueued_at = start.now();
    let second = clock::compact_second(enqueued_at, terms.zone);
    let purchases: Vec<Purchase> = valid.iter().map(|order| purchase(order, &second, terms)).collect();
    let from_carts: Vec<&Purchase> =
        valid.iter().zip(&purchases).filter(|(order, _)| order.is_from_cart()).map(|(_, purchase)| purchase).collect();
    let mut jobs = cart_clearing::enqueue(conn, &from_carts, enqueued_at)?.into_iter();
    if !stock::deduct_stock(conn, &wanted(valid))? {
        return Err(NotPlaced::Stale);
    }
    // After the lock, so that the times in the ledger of a SKU are in the order of its changes.
    let now = start.now();
    let new: Vec<NewOrder> =
        valid.iter().zip(&purchases).map(|(order, purchase)| new_order(order, &purchase.order, terms, now)).collect();
    if !orders::save_orders(conn, &new)? {
        return Err(NotPlaced::Stale);
    }
    record_placed_by_staff(conn, valid, &purchases)?;
    let mut placed = Vec::with_capacity(purchases.len());
    for (order, purchase) in valid.iter().zip(purchases) {
        let number = purchase.order.clone();
        let job = if order.is_from_cart() { jobs.next() } else { None };
        placed.push(Placed { number, is_new: true, owed: job.map(|job| Owed { job, purchase }) });
    }
    Ok(placed)
}

/// Records in the history of each order that staff have placed for a caller, and in the audit log, who placed it.
/// Writes nothing for the orders that shoppers have placed.
fn record_placed_by_staff(
    conn: &mut PgConnection,
    valid: &[&ValidOrder],
    purchases: &[Purchase],
) -> Result<(), NotPlaced> {
    for (order, purchase) in valid.iter().zip(purchases) {
        let Some(by) = order.command.placed_by.staff() else { continue };
        let (staff, number) = (by.staff.user_id(), &purchase.order);
        orders::record_placed_by_staff(conn, number, staff, order.command.token.as_str())?;
        let after = json!({ "amount": order.quote.total.plain(), "customer": order.customer });
        audit::record(
            conn,
            &NewAuditEntry {
                staff_id: staff,
                action: AuditAction::PlaceOrder,
                target: number.to_string(),
                before: None,
                after: Some(after),
                ip_address: Some(by.ip_address.clone()),
            },
        )?;
    }
    Ok(())
}

/// Sums the ordered units of each SKU over all orders, by ascending SKU id.
fn wanted(valid: &[&ValidOrder]) -> Vec<DeductionRequest> {
    let mut sums: BTreeMap<SkuId, DeductionRequest> = BTreeMap::new();
    for line in valid.iter().flat_map(|order| &order.quote.lines) {
        let (sku_id, price) = (line.offer.sku_id, line.offer.price);
        sums.entry(sku_id).or_insert(DeductionRequest { sku_id, count: 0, price }).count += line.count.get();
    }
    sums.into_values().collect()
}

fn new_order(valid: &ValidOrder, number: &OrderNumber, terms: &Terms, now: DateTime<Utc>) -> NewOrder {
    let (command, quote, address) = (valid.command, &valid.quote, valid.address.clone());
    NewOrder {
        number: number.clone(),
        user_id: command.placed_by.shopper(),
        checkout_token: command.token.as_str().to_owned(),
        pay_method: command.pay_method,
        total_count: quote.lines.iter().map(|line| line.count.get()).sum(),
        goods_amount: quote.goods,
        freight: quote.freight,
        total_amount: quote.total,
        recipient: address.recipient,
        phone: address.phone,
        region: address.region,
        street: address.street,
        postcode: address.postcode,
        note: command.note.clone(),
        language: command.language,
        placed_at: now,
        pay_until: terms.pay_until(now),
        goods: new_goods(quote).collect(),
    }
}

fn new_goods(quote: &Quote) -> impl Iterator<Item = NewOrderLine> + '_ {
    quote.lines.iter().map(|line| NewOrderLine {
        sku_id: line.offer.sku_id,
        name: line.offer.name.clone(),
        options: line.offer.options.clone(),
        picture: line.offer.picture.clone(),
        background: line.offer.background.clone(),
        price: line.offer.price,
        count: line.count,
    })
}

/// Returns the goods of a valid order, to be removed from the shopper's cart; generates the order number.
fn purchase(valid: &ValidOrder, second: &str, terms: &Terms) -> Purchase {
    let user = valid.command.placed_by.shopper();
    let lines = valid.quote.lines.iter();
    Purchase {
        user,
        cart_version: valid.command.cart.clone(),
        order: OrderNumber::new(second, user, (terms.chance)()),
        bought: lines.map(|line| Bought { sku_id: line.offer.sku_id, count: line.count.get() }).collect(),
    }
}
