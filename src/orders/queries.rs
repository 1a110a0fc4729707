//! Questions about orders, always asked for their owner; those behind the counter ask in `counter`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{count_star, exists},
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};
use std::collections::HashMap;

use super::model::{Goods, Holdings, Order, OrderView, Status};
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

/// What these shoppers hold in open orders, of these products, and how many of their orders were not paid in time; who holds
/// nothing is left out.
pub fn holdings(
    conn: &mut PgConnection,
    shoppers: &[UserId],
    products: &[SpuId],
    now: DateTime<Utc>,
) -> QueryResult<HashMap<UserId, Holdings>> {
    type Row = (UserId, OrderId, bool, Option<SkuId>, Option<SpuId>, Option<i32>);
    let statement = Held {
        shoppers: shoppers.iter().map(|shopper| shopper.0).collect(),
        products: products.iter().map(|product| product.0).collect(),
        cod_since: now - COD_IS_OPEN,
        expired_since: now - EXPIRED_COUNTS,
    };
    let rows: Vec<Row> = statement.load(conn)?;
    let mut all: HashMap<UserId, Holdings> = HashMap::new();
    let mut last = None;
    for (shopper, order, is_open, sku, spu, count) in rows {
        let holdings = all.entry(shopper).or_default();
        // The lines of an order follow each other.
        if last.replace(order) != Some(order) {
            *(if is_open { &mut holdings.open } else { &mut holdings.expired }) += 1;
        }
        if let (Some(sku), Some(spu), Some(count)) = (sku, spu, count) {
            holdings.hold(sku, spu, count);
        }
    }
    Ok(all)
}

statement! {
    /// The open orders of these shoppers, each with its lines of these products, and those that were not paid in time: all of
    /// them stand in the partial index `orders_open_idx`. The subselects with an offset are carried out as they stand, row by
    /// row, by the indexes, whatever else a planner would try in a large shop.
    Held(
        shoppers: Vec<i64> as Array<BigInt>, products: Vec<i64> as Array<BigInt>,
        cod_since: DateTime<Utc> as Timestamptz, expired_since: DateTime<Utc> as Timestamptz
    ) -> (BigInt, BigInt, Bool, Nullable<BigInt>, Nullable<BigInt>, Nullable<Integer>) =
    "with asked as (select " cod_since "::timestamptz as cod_since, " expired_since "::timestamptz as expired_since)
     select o.user_id, o.id, o.is_open, g.sku_id, g.spu_id, g.count
     from (select distinct id from unnest((select " shoppers ")::bigint[]) as s (id)) s
     cross join lateral (
        select o.user_id, o.id, o.status <> 'canceled' as is_open
        from orders o
        where o.user_id = s.id and (
            o.status = 'unpaid'
            or o.status = 'unsent' and o.paid_at is null and o.placed_at > (select cod_since from asked)
            or o.status = 'canceled' and o.canceled_at >= o.expires_at
                and o.canceled_at > (select expired_since from asked)
        )
        offset 0
     ) o
     left join lateral (
        select g.sku_id, k.spu_id, g.count from order_goods g join skus k on k.id = g.sku_id
        where g.order_id = o.id and o.is_open and k.spu_id = any((select " products ")::bigint[])
        offset 0
     ) g on true
     order by o.user_id, o.id"
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
    let goods: Vec<Goods> = order_goods::table
        .filter(order_goods::order_id.eq_any(&ids))
        .order((order_goods::order_id, order_goods::sku_id))
        .select(Goods::as_select())
        .load(conn)?;
    let of = |order: &Order| goods.iter().filter(|line| line.order_id == order.id).cloned().collect();
    Ok(orders.into_iter().map(|order| OrderView { goods: of(&order), order }).collect())
}
