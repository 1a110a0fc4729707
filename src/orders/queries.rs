//! Questions about orders, always asked for their owner; those behind the counter ask in `counter`.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{count_star, exists},
    prelude::*,
    sql_types::{Array, BigInt, Nullable, Text},
};
use std::collections::HashMap;

use super::model::{Goods, Order, OrderView, Status};
use crate::{
    kernel::{OrderId, OrderNumber, UserId},
    platform::db::statement,
    schema::{order_goods, orders},
};

/// The numbers of the orders that checkouts have led to, as far as they have: of each shopper and token that were asked
/// for, in the same order.
///
/// # Errors
/// The database's own.
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

/// Whether this order of theirs was placed since then.
///
/// # Errors
/// The database's own.
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
///
/// # Errors
/// The database's own.
pub(super) fn counts_of(conn: &mut PgConnection, owner: UserId) -> QueryResult<HashMap<String, i64>> {
    let counts: Vec<(String, i64)> = orders::table
        .filter(orders::user_id.eq(owner))
        .group_by(orders::status)
        .select((orders::status, count_star()))
        .load(conn)?;
    Ok(counts.into_iter().collect())
}

/// A page of somebody's orders, the newest first.
///
/// # Errors
/// The database's own.
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
///
/// # Errors
/// The database's own.
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
