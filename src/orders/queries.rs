//! Questions about orders, always asked for their owner; those behind the counter ask in `counter`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{count_star, exists},
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};
use std::collections::HashMap;

use super::model::{Holdings, Order, OrderLine, OrderView, Status};
use crate::{
    kernel::{OrderId, OrderNumber, SkuId, SpuId, UserId},
    platform::db::statement,
    schema::{order_goods, orders},
};

/// The numbers of the orders that checkouts have led to, as far as they have: of each shopper and token that were asked
/// for, in the same order.
pub fn numbers_of(conn: &mut PgConnection, checkouts: &[(UserId, &str)]) -> QueryResult<Vec<Option<OrderNumber>>> {
    let statement = NumbersOf {
        users: checkouts.iter().map(|(owner, _)| owner.0).collect(),
        tokens: checkouts.iter().map(|(_, token)| (*token).to_owned()).collect(),
    };
    let rows: Vec<(Option<OrderNumber>,)> = statement.load(conn)?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

statement! {
    /// A row for each that was asked for.
    NumbersOf(users: Vec<i64> as Array<BigInt>, tokens: Vec<String> as Array<Text>) -> (Nullable<Text>,) =
    "select o.number
     from unnest((select " users "), (select " tokens ")) with ordinality as asked (user_id, checkout_token, place)
     left join orders o on o.user_id = asked.user_id and o.checkout_token = asked.checkout_token
     order by asked.place"
}

/// For how long an order that is paid on delivery counts as open: by then a small shop has looked at it.
const COD_IS_OPEN: TimeDelta = TimeDelta::days(3);
/// For how long an order counts that was not paid in time.
const EXPIRED_COUNTS: TimeDelta = TimeDelta::days(1);

/// What the orders of shoppers say about their next ones.
#[derive(Clone, Debug, Default)]
pub struct OrderHistory {
    /// What each holds in open orders; who holds nothing is left out.
    pub holdings: HashMap<UserId, Holdings>,
    /// The order that each checkout has led to before, in the order of asking.
    pub placed: Vec<Option<OrderNumber>>,
}

/// What the shoppers of these checkouts hold in open orders of these products, how many of their orders were not paid in time,
/// and which of the checkouts have led to an order before: all as it was at one moment.
pub fn order_history(
    conn: &mut PgConnection,
    checkouts: &[(UserId, &str)],
    products: &[SpuId],
    now: DateTime<Utc>,
) -> QueryResult<OrderHistory> {
    let statement = History {
        users: checkouts.iter().map(|(owner, _)| owner.0).collect(),
        tokens: checkouts.iter().map(|(_, token)| (*token).to_owned()).collect(),
        products: products.iter().map(|product| product.0).collect(),
        cod_since: now - COD_IS_OPEN,
        expired_since: now - EXPIRED_COUNTS,
    };
    let rows: Vec<HistoryRow> = statement.load(conn)?;
    let mut history = OrderHistory { placed: vec![None; checkouts.len()], ..OrderHistory::default() };
    let mut last = None;
    for row in rows {
        if let Some(number) = row.number {
            let place = usize::try_from(row.id_or_place - 1).ok();
            if let Some(placed) = place.and_then(|place| history.placed.get_mut(place)) {
                *placed = Some(number);
            }
            continue;
        }
        let holdings = history.holdings.entry(row.user_id).or_default();
        // The lines of an order follow each other.
        if last.replace(row.id_or_place) != Some(row.id_or_place) {
            *(if row.is_open { &mut holdings.open } else { &mut holdings.expired }) += 1;
        }
        if let (Some(sku), Some(spu), Some(count)) = (row.sku_id, row.spu_id, row.count) {
            holdings.hold(sku, spu, count);
        }
    }
    Ok(history)
}

/// With a number: the order that a checkout has led to, with the place of the checkout. Without: an open or expired order,
/// with a line of it.
#[derive(Queryable)]
struct HistoryRow {
    number: Option<OrderNumber>,
    user_id: UserId,
    id_or_place: i64,
    is_open: bool,
    sku_id: Option<SkuId>,
    spu_id: Option<SpuId>,
    count: Option<i32>,
}

statement! {
    /// The orders of these checkouts; then the open orders of their shoppers, each with its lines of these products, and those
    /// that were not paid in time: these stand in the partial index `orders_open_idx`. The subselects with an offset are
    /// carried out as they stand, row by row, by the indexes, whatever else a planner would try in a large shop.
    History(
        users: Vec<i64> as Array<BigInt>, tokens: Vec<String> as Array<Text>, products: Vec<i64> as Array<BigInt>,
        cod_since: DateTime<Utc> as Timestamptz, expired_since: DateTime<Utc> as Timestamptz
    ) -> (Nullable<Text>, BigInt, BigInt, Bool, Nullable<BigInt>, Nullable<BigInt>, Nullable<Integer>) =
    "select o.number, o.user_id, asked.place, false, null::bigint, null::bigint, null::integer
     from unnest((select " users "), (select " tokens ")) with ordinality as asked (user_id, checkout_token, place)
     cross join lateral (
        select o.number, o.user_id from orders o
        where o.user_id = asked.user_id and o.checkout_token = asked.checkout_token
        offset 0
     ) o
     union all (
     select null, o.user_id, o.id, o.is_open, g.sku_id, g.spu_id, g.count
     from (select " cod_since "::timestamptz as cod_since, " expired_since "::timestamptz as expired_since offset 0) since
     cross join (select distinct id from unnest((select " users ")::bigint[]) as s (id)) s
     cross join lateral (
        select o.user_id, o.id, o.status <> 'canceled' as is_open
        from orders o
        where o.user_id = s.id and (
            o.status = 'unpaid'
            or o.status = 'unsent' and o.paid_at is null and o.placed_at > since.cod_since
            or o.status = 'canceled' and o.canceled_at >= o.expires_at and o.canceled_at > since.expired_since
        )
        offset 0
     ) o
     left join lateral (
        select g.sku_id, k.spu_id, g.count from order_goods g join skus k on k.id = g.sku_id
        where g.order_id = o.id and o.is_open and k.spu_id = any((select " products ")::bigint[])
        offset 0
     ) g on true
     order by o.user_id, o.id)"
}

/// Whether this order of theirs was placed since then.
pub fn was_placed_since(
    conn: &mut PgConnection,
    owner: UserId,
    number: &OrderNumber,
    since: DateTime<Utc>,
) -> QueryResult<bool> {
    let theirs = orders::table.filter(orders::user_id.eq(owner).and(orders::number.eq(number.as_str())));
    diesel::select(exists(theirs.filter(orders::placed_at.gt(since)))).get_result(conn)
}

/// How many orders somebody has in each status.
pub(super) fn counts_of(conn: &mut PgConnection, owner: UserId) -> QueryResult<HashMap<String, i64>> {
    let counts: Vec<(String, i64)> = orders::table
        .filter(orders::user_id.eq(owner))
        .group_by(orders::status)
        .select((orders::status, count_star()))
        .load(conn)?;
    Ok(counts.into_iter().collect())
}

/// A page of somebody's orders, the newest first.
pub(super) fn orders_of(
    conn: &mut PgConnection,
    owner: UserId,
    status: Option<Status>,
    offset: i64,
    limit: i64,
) -> QueryResult<Vec<OrderView>> {
    let mut query = orders::table
        .filter(orders::user_id.eq(owner))
        .order(orders::id.desc())
        .offset(offset)
        .limit(limit)
        .select(Order::as_select())
        .into_boxed();
    if let Some(status) = status {
        query = query.filter(orders::status.eq(status.code()));
    }
    let orders: Vec<Order> = query.load(conn)?;
    with_goods(conn, orders)
}

/// One order of somebody's; nobody else's.
pub fn order_of(conn: &mut PgConnection, owner: UserId, number: &OrderNumber) -> QueryResult<Option<OrderView>> {
    let found = orders::table
        .filter(orders::user_id.eq(owner).and(orders::number.eq(number)))
        .select(Order::as_select())
        .first(conn)
        .optional()?;
    Ok(with_goods(conn, found.into_iter().collect())?.pop())
}

pub(super) fn with_goods(conn: &mut PgConnection, orders: Vec<Order>) -> QueryResult<Vec<OrderView>> {
    let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let goods: Vec<OrderLine> = order_goods::table
        .filter(order_goods::order_id.eq_any(&ids))
        .order((order_goods::order_id, order_goods::sku_id))
        .select(OrderLine::as_select())
        .load(conn)?;
    let of = |order: &Order| goods.iter().filter(|line| line.order_id == order.id).cloned().collect();
    Ok(orders.into_iter().map(|order| OrderView { goods: of(&order), order }).collect())
}
