//! Orders of the demo shop. They are planned first, so that the initial stock can be set large enough for them, and
//! then written as a checkout writes orders.

use chrono::{DateTime, Duration, FixedOffset, Utc};
use diesel::{PgConnection, QueryResult, connection::SimpleConnection};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

use super::{demo::DemoShop, rows, users::FakeUser};
use crate::{
    kernel::{Money, OrderNumber, Quantity, SkuId, UserId},
    platform::{clock, random},
    stock::{self, DeductionRequest},
};

const ORDERS: usize = 300;
/// The age of the oldest demo orders, in days.
const DAYS: i64 = 60;
/// Demo orders older than this have the status finished. Those older than `SENT_AFTER` are sent.
const FINISHED_AFTER: Duration = Duration::days(12);
const SENT_AFTER: Duration = Duration::days(2);
/// The price in yuan from which a demo order contains only one unit of a SKU.
const EXPENSIVE_FROM: i64 = 1000;

/// A SKU that demo shoppers can buy.
pub(super) struct DemoOffer {
    pub(super) sku_id: i64,
    pub(super) name: String,
    pub(super) options: String,
    pub(super) picture: Option<String>,
    pub(super) background: String,
    pub(super) price: Money,
    /// How often the SKU is ordered, relative to other SKUs.
    pub(super) demand: f64,
    /// When the SKU was added to the shop. No order of it is older.
    pub(super) since: DateTime<Utc>,
}

/// A demo order that is not written to the database yet.
pub(super) struct PlannedOrder {
    /// The index of the shopper in the list of shoppers.
    shopper: usize,
    placed_at: DateTime<Utc>,
    online: bool,
    /// The ordered SKUs, as (index in the list of offers, quantity).
    pub(super) lines: Vec<(usize, Quantity)>,
}

/// Plans the demo orders, oldest first. Calls with the same `now` return the same orders.
pub(super) fn plan(offers: &[DemoOffer], shoppers: usize, now: DateTime<Utc>) -> Vec<PlannedOrder> {
    let mut chance = StdRng::seed_from_u64(60);
    let mut ages: Vec<i64> = (0..ORDERS).map(|_| chance.random_range(60..DAYS * 24 * 60)).collect();
    ages.sort_unstable_by(|a, b| b.cmp(a));
    let orders = ages.into_iter().map(|minutes| {
        let placed_at = now - Duration::minutes(minutes);
        let known: Vec<_> = offers.iter().enumerate().filter(|(_, offer)| offer.since < placed_at).collect();
        let wanted = chance.random_range(1..=4);
        let chosen = known.choose_multiple_weighted(&mut chance, wanted, |(_, offer)| offer.demand);
        let chosen: Vec<_> = chosen.map(|chosen| chosen.copied().collect()).unwrap_or_default();
        PlannedOrder {
            shopper: chance.random_range(0..shoppers.max(1)),
            placed_at,
            online: chance.random_bool(0.7),
            lines: chosen.into_iter().map(|(at, offer)| (at, how_many(offer, &mut chance))).collect(),
        }
    });
    orders.filter(|order| !order.lines.is_empty()).collect()
}

fn how_many(offer: &DemoOffer, chance: &mut StdRng) -> Quantity {
    let dear = offer.price.amount() >= EXPENSIVE_FROM.into();
    let count = [1, 1, 1, 1, 2, 2, 3].choose(chance).copied().filter(|_| !dear);
    count.and_then(Quantity::new).unwrap_or(Quantity::ONE)
}

/// Writes the planned orders to the database, and deducts their units from the stock.
pub(super) fn write(
    conn: &mut PgConnection,
    planned: &[PlannedOrder],
    offers: &[DemoOffer],
    shoppers: &[FakeUser],
    shop: &DemoShop,
    now: DateTime<Utc>,
) -> Result<(), super::SeedError> {
    let (mut orders, mut payments, mut goods) = (Vec::new(), Vec::new(), Vec::new());
    for (plan, id) in planned.iter().zip(rows::ids(conn, "orders", planned.len())?) {
        let Some(shopper) = shoppers.get(plan.shopper) else { continue };
        let lines = plan.lines.iter().filter_map(|(at, count)| Some((offers.get(*at)?, *count)));
        let lines: Vec<_> = lines.collect();
        let order = order(id, plan, shopper, &lines, shop, now);
        payments.extend(payment(&order, shop.zone));
        orders.push(order);
        goods.extend(lines.iter().map(|(offer, count)| order_goods(id, offer, *count)));
    }
    rows::Order::copy(conn, &orders)?;
    rows::Payment::copy(conn, &payments)?;
    rows::OrderGoods::copy(conn, &goods)?;
    write_parcels(conn)?;
    write_reviews(conn)?;
    deduct_sold_stock(conn, planned, offers)
}

fn order(
    id: i64,
    plan: &PlannedOrder,
    shopper: &FakeUser,
    lines: &[(&DemoOffer, Quantity)],
    shop: &DemoShop,
    now: DateTime<Utc>,
) -> rows::Order {
    let amount: Money = lines.iter().map(|(offer, count)| offer.price.times(*count)).sum();
    let freight = shop.settings.freight_terms().of(amount);
    let second = clock::compact_second(plan.placed_at, shop.zone);
    let number = OrderNumber::new(&second, UserId(shopper.user.id), random::random_bytes());
    let times = OrderTimes::of(plan, id, now);
    rows::Order {
        id,
        number: number.to_string(),
        user_id: shopper.user.id,
        checkout_token: random::token(),
        status: times.status,
        pay_method: if plan.online { "alipay" } else { "cod" },
        total_count: lines.iter().map(|(_, count)| count.get()).sum(),
        goods_amount: amount.amount(),
        freight: freight.amount(),
        total_amount: (amount + freight).amount(),
        paid_amount: if times.paid_at.is_some() { (amount + freight).amount() } else { Decimal::ZERO },
        recipient: shopper.address.recipient.clone(),
        phone: shopper.address.phone.clone(),
        region: shopper.address.region.clone(),
        street: shopper.address.street.clone(),
        postcode: shopper.address.postcode.clone(),
        placed_at: plan.placed_at,
        paid_at: times.paid_at,
        sent_at: times.sent_at,
        received_at: times.received_at,
        finished_at: times.finished_at,
        expires_at: plan.online.then(|| plan.placed_at + shop.settings.pay_within()),
    }
}

/// Returns the payment of a demo order: through the gateway, or in cash on delivery. `None` if the order is not paid.
fn payment(order: &rows::Order, zone: FixedOffset) -> Option<rows::Payment> {
    let paid_at = order.paid_at?;
    let day = clock::day(paid_at, zone).replace('-', "");
    Some(rows::Payment {
        order_id: order.id,
        pay_method: order.pay_method,
        number: format!("{}_1", order.number),
        amount: order.total_amount,
        status: "paid",
        counts: true,
        trade_no: order.expires_at.map(|_| format!("{day}22001400{:012}", order.id)),
        created_at: if order.expires_at.is_some() { order.placed_at } else { paid_at },
        expires_at: order.expires_at.unwrap_or(paid_at),
        paid_at,
    })
}

fn order_goods(order_id: i64, offer: &DemoOffer, count: Quantity) -> rows::OrderGoods {
    rows::OrderGoods {
        order_id,
        sku_id: offer.sku_id,
        name: offer.name.clone(),
        options: offer.options.clone(),
        picture: offer.picture.clone(),
        background: offer.background.clone(),
        price: offer.price.amount(),
        count: count.get(),
    }
}

/// The status of a demo order, and when it was paid, sent and so on.
struct OrderTimes {
    status: &'static str,
    paid_at: Option<DateTime<Utc>>,
    sent_at: Option<DateTime<Utc>>,
    received_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl OrderTimes {
    /// Computes the status and times of an order from its age: orders that are paid online are paid within minutes,
    /// others on delivery.
    fn of(plan: &PlannedOrder, id: i64, now: DateTime<Utc>) -> Self {
        let age = now - plan.placed_at;
        let paid_online = plan.online.then(|| plan.placed_at + Duration::seconds(40 + id * 97 % 900));
        let sent_at = plan.placed_at + Duration::minutes(360 + id * 131 % 1440);
        let received_at = sent_at + Duration::minutes(1800 + id * 211 % 5000);
        let finished_at = received_at + Duration::minutes(600 + id * 307 % 3000);
        let (sent, finished) = (age >= SENT_AFTER, age >= FINISHED_AFTER);
        Self {
            status: match (sent, finished) {
                (_, true) => "finished",
                (true, false) => "unreceived",
                (false, false) => "unsent",
            },
            paid_at: paid_online.or_else(|| finished.then_some(received_at)),
            sent_at: sent.then_some(sent_at),
            received_at: finished.then_some(received_at),
            finished_at: finished.then_some(finished_at),
        }
    }
}

/// Writes one parcel for each demo order that was sent.
fn write_parcels(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(include_str!("parcels.sql"))
}

/// Writes reviews of some finished orders.
fn write_reviews(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(include_str!("reviews.sql"))
}

/// Deducts the units of all demo orders from the stock, as a checkout does.
fn deduct_sold_stock(
    conn: &mut PgConnection,
    planned: &[PlannedOrder],
    offers: &[DemoOffer],
) -> Result<(), super::SeedError> {
    let mut wanted: BTreeMap<i64, (i64, Money)> = BTreeMap::new();
    for (at, count) in planned.iter().flat_map(|plan| &plan.lines) {
        if let Some(offer) = offers.get(*at) {
            wanted.entry(offer.sku_id).or_insert((0, offer.price)).0 += i64::from(count.get());
        }
    }
    let wanted: Vec<_> = wanted
        .into_iter()
        .filter_map(|(sku, (count, price))| {
            Some(DeductionRequest { sku_id: SkuId(sku), count: i32::try_from(count).ok()?, price })
        })
        .collect();
    if !stock::deduct_stock(conn, &wanted)? {
        return Err("the demo orders need more than there is in stock".to_owned().into());
    }
    Ok(())
}
