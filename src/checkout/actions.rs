//! The one transaction: it saves the order and its goods, takes the stock, counts the sales, and promises to clear the
//! cart; or it does none of it.

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    model::{Command, Owed, Placed, Quote, Refusal, Terms},
    rules, settle,
};
use crate::{
    accounts,
    cart::Bought,
    catalog,
    kernel::{Money, OrderId, OrderNumber, Quantity, SkuId},
    orders::{self, NewGoods, NewOrder},
    platform::{clock, db, secrets},
    stock,
};

/// How often an order is tried whose goods changed between the look and the grasp, and then turned out fine after all.
const TRIES: u32 = 4;

/// Places the order, or says why not; then nothing has happened. The same token again leads to the same order, whatever
/// has become of cart, stock and prices since.
///
/// # Errors
/// The reason, as the shopper should hear it.
pub fn place(conn: &mut PgConnection, command: &Command, terms: &Terms, now: DateTime<Utc>) -> Result<Placed, Refusal> {
    let mut outcome = Err(Refusal::Crowded);
    for _ in 0..TRIES {
        outcome = db::transaction(conn, |conn| order(conn, command, terms, now));
        if !matches!(outcome, Err(Refusal::Crowded)) {
            break;
        }
    }
    // Placed before, perhaps a moment ago by the other press of the button: that order is the answer, not what would stand
    // against another one.
    match outcome {
        Err(refusal) => match orders::number_of(conn, command.claim.user(), command.token.as_str())? {
            Some(number) => Ok(Placed { number, owed: None }),
            None => Err(refusal),
        },
        placed => placed,
    }
}

/// The transaction's own steps. The rows that everybody wants come last: SKUs, then SPUs.
fn order(conn: &mut PgConnection, command: &Command, terms: &Terms, now: DateTime<Utc>) -> Result<Placed, Refusal> {
    let user = command.claim.user();
    let (person, address) = accounts::person_and_address(conn, user, command.address)?.ok_or(Refusal::NotSignedIn)?;
    if !command.claim.holds_for(&person) {
        return Err(Refusal::NotSignedIn);
    }
    let address = address.ok_or(Refusal::NoAddress)?;
    let quote = look(conn, command, terms)?;

    let mut new = NewOrder::new(user, command.token.as_str(), command.pay_method, now, terms.pay_until(now));
    new.total_count = quote.lines.iter().map(|line| line.count.get()).sum();
    new.goods_amount = quote.goods;
    new.freight = quote.freight;
    new.total_amount = quote.total;
    new.recipient = address.recipient;
    new.phone = address.phone;
    new.region = address.region;
    new.street = address.street;
    new.postcode = address.postcode;
    new.note.clone_from(&command.note);
    let second = clock::compact_second(now, terms.zone);
    let draw = || OrderNumber::new(&second, user, secrets::random_bytes());
    let Some((id, number)) = orders::save_order(conn, &new, draw)? else {
        // The other press of the button was first, and has committed: its order is the answer.
        let number = orders::number_of(conn, user, command.token.as_str())?.ok_or(Refusal::Crowded)?;
        return Ok(Placed { number, owed: None });
    };

    if !db::savepoint(conn, |conn| sell(conn, id, &quote)).or_else(missed)? {
        // Somebody was quicker, or a price moved, since we looked: say what it is now.
        look(conn, command, terms)?;
        return Err(Refusal::Crowded);
    }
    let bought: Vec<Bought> =
        quote.lines.iter().map(|line| Bought { sku_id: line.offer.sku_id, count: line.count.get() }).collect();
    let promise = settle::promise(conn, user, &number, &bought, now)?;
    Ok(Placed { number, owed: Some(Owed { promise, bought }) })
}

/// What it comes to now, if all of it can be had for what the page said.
fn look(conn: &mut PgConnection, command: &Command, terms: &Terms) -> Result<Quote, Refusal> {
    let skus: Vec<SkuId> = command.entries.iter().map(|entry| entry.sku_id).collect();
    let offers = catalog::offers(conn, &skus, command.language)?;
    let quote = rules::quote(&command.entries, offers, terms.freight);
    rules::check(&quote, command.expected_total, &command.seen)?;
    Ok(quote)
}

/// Why the goods of an order were not sold.
enum NotSold {
    /// At least one SKU was not there, or cost something else: nothing is taken.
    Missed,
    /// The machine's fault.
    Fault(diesel::result::Error),
}

impl From<diesel::result::Error> for NotSold {
    fn from(error: diesel::result::Error) -> Self {
        Self::Fault(error)
    }
}

/// `false` where the goods were missed; the machine's fault goes on.
fn missed(why: NotSold) -> Result<bool, Refusal> {
    match why {
        NotSold::Missed => Ok(false),
        NotSold::Fault(error) => Err(error.into()),
    }
}

/// Saves the goods, takes the stock and counts the sales, in a savepoint of their own.
fn sell(conn: &mut PgConnection, order: OrderId, quote: &Quote) -> Result<bool, NotSold> {
    let goods: Vec<NewGoods> = quote
        .lines
        .iter()
        .map(|line| NewGoods {
            sku_id: line.offer.sku_id,
            name: line.offer.name.clone(),
            options: line.offer.options.clone(),
            picture: line.offer.picture.clone(),
            ground: line.offer.ground.clone(),
            price: line.offer.price,
            count: line.count,
        })
        .collect();
    orders::save_goods(conn, order, &goods)?;
    let wanted: Vec<(SkuId, Quantity, Money)> =
        goods.iter().map(|line| (line.sku_id, line.count, line.price)).collect();
    let taken = stock::take(conn, &wanted)?;
    if taken.len() < wanted.len() {
        return Err(NotSold::Missed);
    }
    stock::count_sales(conn, &taken)?;
    Ok(true)
}
