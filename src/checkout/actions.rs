//! The one transaction: it saves orders and their goods, takes the stock, counts the sales, and promises to clear the carts;
//! or, for each order, it does none of it.
//!
//! It is written for many orders at once, and one order is many of which there is one. First they are tried together, in one
//! savepoint and by sets. If that cannot be, each gets a savepoint of its own, in the order in which they came.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    result::{DatabaseErrorKind, Error},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Instant,
};

use super::{
    model::{Command, Outcome, Owed, Placed, Quote, Refusal, Terms},
    rules::Shelf,
    settle,
};
use crate::{
    accounts::{self, Address},
    cart::{Bought, Purchase},
    catalog,
    kernel::{Language, OrderId, OrderNumber, SkuId, UserId},
    orders::{self, NewGoods, NewOrder},
    platform::{
        clock,
        db::{self, DbError, TransactionError},
    },
    stock::{self, DeductionRequest},
};

/// What is done about rows that others hold. What has to wait longer is answered with [`Refusal::Held`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// They are hardly waited for.
    Short,
    /// They are found first, and waited for one by one while nothing else is held: whoever waits for one of their goods with
    /// the others in hand keeps everybody waiting who wants those.
    Long,
}

/// How often a single order is tried whose number was taken, or whose token led to an order just now.
const TRIES: u32 = 5;

/// Places these orders in one transaction, in the order in which they came, so that what is left goes to the first. Each is
/// answered by itself: placed, or why not; then nothing has happened for it. The same token again leads to the same order,
/// whatever has become of cart, stock and prices since.
///
/// # Errors
/// The database's own; then nothing has happened for anybody, except that after [`DbError::Lost`] nobody knows. The same
/// again finds out, by the tokens.
pub fn place(
    conn: &mut PgConnection,
    commands: &[Command],
    patience: Patience,
    terms: &Terms,
    now: DateTime<Utc>,
) -> Result<Vec<Outcome>, DbError> {
    let start = &Start { at: now, ticking: Instant::now() };
    let held = match patience {
        Patience::Short => HashSet::new(),
        Patience::Long => stock::skus_locked_longer_than(conn, &skus_of(commands.iter()), db::BRIEFLY)?,
    };
    let free: Vec<&Command> = commands.iter().filter(|command| !wants(command, &held)).collect();
    let mut outcomes = match free.is_empty() {
        true => Vec::new(),
        false => db::transaction(conn, |conn| {
            db::wait_for_rows(conn, db::BRIEFLY)?;
            match attempt(conn, &free, terms, start) {
                Ok(outcomes) => Ok(outcomes),
                Err(NotPlaced::Missed) => one_by_one(conn, &free, terms, start),
                Err(NotPlaced::Fault(fault)) if is_one_orders(&fault) => one_by_one(conn, &free, terms, start),
                Err(NotPlaced::Fault(fault) | NotPlaced::Blind(fault)) => Err(fault),
            }
        })?,
    }
    .into_iter();
    let answer = |command| if wants(command, &held) { Some(Err(Refusal::Held)) } else { outcomes.next() };
    let outcomes = commands.iter().map(answer).map(|outcome| outcome.unwrap_or(Err(Refusal::Crowded)));
    Ok(unless_known(conn, commands, outcomes.collect())?)
}

/// Whose goods are held may have an order all the same, by an earlier press that took them.
fn unless_known(
    conn: &mut PgConnection,
    commands: &[Command],
    mut outcomes: Vec<Outcome>,
) -> QueryResult<Vec<Outcome>> {
    let held = |outcome: &Outcome| matches!(outcome, Err(Refusal::Held));
    if outcomes.iter().any(held) {
        let known = orders::numbers_of(conn, &presses(commands.iter()))?;
        for (outcome, known) in outcomes.iter_mut().zip(known).filter(|(outcome, _)| held(outcome)) {
            if let Some(number) = known {
                *outcome = Ok(Placed { number, owed: None });
            }
        }
    }
    Ok(outcomes)
}

fn presses<'a>(commands: impl Iterator<Item = &'a Command>) -> Vec<(UserId, &'a str)> {
    commands.map(|command| (command.claim.user_id(), command.token.as_str())).collect()
}

fn wants(command: &Command, held: &HashSet<SkuId>) -> bool {
    command.entries.iter().any(|entry| held.contains(&entry.sku_id))
}

/// When placing began, from which the time goes on while others are waited for.
struct Start {
    at: DateTime<Utc>,
    ticking: Instant,
}

impl Start {
    fn now(&self) -> DateTime<Utc> {
        self.at + self.ticking.elapsed()
    }
}

/// Each in a savepoint of its own. All rows they will change are locked before the first, in the order in which everybody
/// locks them: one order after the other would lock them in any order, and two processes could wait for each other.
fn one_by_one(
    conn: &mut PgConnection,
    commands: &[&Command],
    terms: &Terms,
    start: &Start,
) -> Result<Vec<Outcome>, DbError> {
    let held = stock::try_lock_skus(conn, &skus_of(commands.iter().copied()))?;
    let place = |command: &&Command| match wants(command, &held) {
        true => Ok(Err(Refusal::Held)),
        false => alone(conn, command, terms, start),
    };
    commands.iter().map(place).collect()
}

fn alone(conn: &mut PgConnection, command: &Command, terms: &Terms, start: &Start) -> Result<Outcome, DbError> {
    for _ in 0..TRIES {
        match attempt(conn, &[command], terms, start) {
            Ok(mut outcomes) => return Ok(outcomes.pop().unwrap_or(Err(Refusal::Crowded))),
            // The next number is another, and the next look finds the order.
            Err(NotPlaced::Missed) => {}
            Err(NotPlaced::Fault(fault)) if is_taken(&fault) => {}
            Err(NotPlaced::Fault(DbError::Late(_))) => return Ok(Err(Refusal::Held)),
            Err(NotPlaced::Fault(fault)) if is_one_orders(&fault) => {
                return Ok(Err(Refusal::Fault(Arc::new(fault))));
            }
            Err(NotPlaced::Fault(fault) | NotPlaced::Blind(fault)) => return Err(fault),
        }
    }
    Ok(Err(Refusal::Crowded))
}

/// Why orders were not placed together.
enum NotPlaced {
    /// We could not even look, and the transaction is lost.
    Blind(DbError),
    /// Somebody was quicker since we looked: goods are not there any more or cost something else, or a token has led to an
    /// order. Their savepoint is undone.
    Missed,
    /// The database's own; their savepoint is undone.
    Fault(DbError),
}

impl From<Error> for NotPlaced {
    fn from(error: Error) -> Self {
        Self::Fault(error.into())
    }
}

/// Whether it may be the fault of one order alone, so that the others can do without it.
fn is_one_orders(fault: &DbError) -> bool {
    match fault {
        DbError::Query(_) => !fault.database().is_some_and(db::lost_against_another),
        DbError::Late(_) => true,
        _ => false,
    }
}

fn is_taken(fault: &DbError) -> bool {
    matches!(fault, DbError::Query(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
}

/// Looks what stands against each, and places together what nothing stands against.
fn attempt(
    conn: &mut PgConnection,
    commands: &[&Command],
    terms: &Terms,
    start: &Start,
) -> Result<Vec<Outcome>, NotPlaced> {
    let views = look(conn, commands, terms, start.now()).map_err(|error| NotPlaced::Blind(error.into()))?;
    let fit: Vec<&Fit> =
        views.iter().filter_map(|view| if let View::Fit(fit) = view { Some(fit) } else { None }).collect();
    let mut placed = match fit.is_empty() {
        true => Vec::new(),
        false => db::savepoint(conn, |conn| save(conn, &fit, terms, start))?,
    }
    .into_iter();
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(views.len());
    for view in views {
        outcomes.push(match view {
            View::Known(number) => Ok(Placed { number, owed: None }),
            View::Unfit(refusal) => Err(refusal),
            View::Fit(_) => Ok(placed.next().ok_or(NotPlaced::Missed)?),
            View::Again(first) => {
                let Some(Ok(first)) = outcomes.get(first) else { return Err(NotPlaced::Missed) };
                Ok(Placed { number: first.number.clone(), owed: None })
            }
        });
    }
    Ok(outcomes)
}

/// What is to be seen of an order before any row is locked.
enum View<'a> {
    /// It was placed before.
    Known(OrderNumber),
    /// Something stands against it.
    Unfit(Refusal),
    /// Nothing does.
    Fit(Fit<'a>),
    /// Its token is that of this one of them, which is fit.
    Again(usize),
}

/// An order that can be placed.
struct Fit<'a> {
    command: &'a Command,
    address: Address,
    quote: Quote,
}

/// Looks at all of them in a few questions, and locks nothing but whose turn it is to order: a SKU that is sold out keeps nobody waiting. Of what is
/// left, each gets what those before it leave.
fn look<'a>(
    conn: &mut PgConnection,
    commands: &[&'a Command],
    terms: &Terms,
    now: DateTime<Utc>,
) -> QueryResult<Vec<View<'a>>> {
    let users: Vec<_> = commands.iter().map(|command| command.claim.user_id()).collect();
    // The first question: what is asked after it sees all that these shoppers have ordered before.
    let people = accounts::users_with_order_lock(conn, &users)?;
    let books = accounts::address_books(conn, &users)?;
    let mut shelf = Shelf::default();
    for language in Language::ALL {
        let skus = skus_of(commands.iter().copied().filter(|command| command.language == language));
        if !skus.is_empty() {
            shelf.put(language, catalog::sku_offers(conn, &skus, language)?);
        }
    }
    let mut holdings = match terms.limits.are_on() {
        true => orders::holdings(conn, &users, &shelf.products(), now)?,
        false => HashMap::new(),
    };
    // The last question: what the same press has taken meanwhile is missing above, and its order is seen here.
    let presses = presses(commands.iter().copied());
    let known = orders::numbers_of(conn, &presses)?;
    let mut fit = |command: &'a Command| {
        let user = command.claim.user_id();
        let (person, is_in_turn) = people.get(&user).ok_or(Refusal::NotSignedIn)?;
        if !command.claim.holds_for(person) {
            return Err(Refusal::NotSignedIn);
        }
        if !is_in_turn {
            return Err(Refusal::Held);
        }
        let book = books.get(&user).map(Vec::as_slice).unwrap_or_default();
        let address = book.iter().find(|address| address.id == command.address).ok_or(Refusal::NoAddress)?;
        if command.address_seen.as_ref().is_some_and(|seen| *seen != address.digest()) {
            return Err(Refusal::AddressChanged);
        }
        Ok(Fit {
            command,
            address: address.clone(),
            quote: shelf.sell(command, holdings.entry(user).or_default(), terms)?,
        })
    };
    let mut firsts = HashMap::new();
    let mut views = Vec::with_capacity(commands.len());
    for ((command, press), known) in commands.iter().zip(&presses).zip(known) {
        let view = match (known, firsts.get(press)) {
            (Some(number), _) => View::Known(number),
            (None, Some(first)) => View::Again(*first),
            (None, None) => match fit(command) {
                Ok(fit) => {
                    firsts.insert(press, views.len());
                    View::Fit(fit)
                }
                Err(refusal) => View::Unfit(refusal),
            },
        };
        views.push(view);
    }
    Ok(views)
}

fn skus_of<'a>(commands: impl Iterator<Item = &'a Command>) -> Vec<SkuId> {
    let skus: HashSet<SkuId> = commands.flat_map(|command| command.entries.iter().map(|entry| entry.sku_id)).collect();
    skus.into_iter().collect()
}

/// Takes the stock, saves the orders and their goods, counts the sales and makes the promises, in a savepoint of its own. The
/// rows that others want are locked in one order: SKUs by id, then SPUs by id.
fn save(conn: &mut PgConnection, fit: &[&Fit], terms: &Terms, start: &Start) -> Result<Vec<Placed>, NotPlaced> {
    let wanted = wanted(fit);
    let taken = stock::deduct_stock(conn, &wanted)?;
    if taken.len() < wanted.len() {
        return Err(NotPlaced::Missed);
    }
    // Now that nobody else changes this stock: so the orders stand in its ledger where they stand in truth.
    let now = start.now();
    let second = clock::compact_second(now, terms.zone);
    let new: Vec<NewOrder> = fit.iter().map(|fit| new_order(fit, &second, terms, now)).collect();
    let ids = orders::save_orders(conn, &new)?.ok_or(NotPlaced::Missed)?;
    let goods: Vec<NewGoods> = ids.iter().zip(fit).flat_map(|(id, fit)| new_goods(*id, &fit.quote)).collect();
    orders::save_goods(conn, &goods)?;
    if !stock::add_spu_sales(conn, &taken)? {
        return Err(NotPlaced::Missed);
    }
    let purchases: Vec<Purchase> = new.iter().zip(fit).map(|(order, fit)| purchase(order, fit)).collect();
    let promises = settle::promise(conn, &purchases, now)?;
    let placed = |(purchase, promise): (Purchase, _)| Placed {
        number: purchase.order.clone(),
        owed: Some(Owed { promise, purchase }),
    };
    Ok(purchases.into_iter().zip(promises).map(placed).collect())
}

/// Each SKU once, with what all of them want of it.
fn wanted(fit: &[&Fit]) -> Vec<DeductionRequest> {
    let mut sums: BTreeMap<SkuId, DeductionRequest> = BTreeMap::new();
    for line in fit.iter().flat_map(|fit| &fit.quote.lines) {
        let (sku_id, price) = (line.offer.sku_id, line.offer.price);
        sums.entry(sku_id).or_insert(DeductionRequest { sku_id, count: 0, price }).count += line.count.get();
    }
    sums.into_values().collect()
}

fn new_order(fit: &Fit, second: &str, terms: &Terms, now: DateTime<Utc>) -> NewOrder {
    let (command, quote, address) = (fit.command, &fit.quote, fit.address.clone());
    let user = command.claim.user_id();
    NewOrder {
        number: OrderNumber::new(second, user, (terms.chance)()),
        user_id: user,
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
        placed_at: now,
        pay_until: terms.pay_until(now),
    }
}

fn new_goods(order_id: OrderId, quote: &Quote) -> impl Iterator<Item = NewGoods> {
    quote.lines.iter().map(move |line| NewGoods {
        order_id,
        sku_id: line.offer.sku_id,
        name: line.offer.name.clone(),
        options: line.offer.options.clone(),
        picture: line.offer.picture.clone(),
        ground: line.offer.ground.clone(),
        price: line.offer.price,
        count: line.count,
    })
}

fn purchase(order: &NewOrder, fit: &Fit) -> Purchase {
    let lines = fit.quote.lines.iter();
    Purchase {
        user: order.user_id,
        begun: fit.command.cart.clone(),
        order: order.number.clone(),
        bought: lines.map(|line| Bought { sku_id: line.offer.sku_id, count: line.count.get() }).collect(),
    }
}
