//! Questions about orders, always asked for their owner.

use diesel::{PgConnection, QueryResult, dsl::count_star, prelude::*};
use std::collections::HashMap;

use super::model::{Goods, Order, OrderView, Status};
use crate::{
    kernel::{OrderId, OrderNumber, UserId},
    schema::{order_goods, orders},
};

/// The number of the order that a checkout has led to, if it has.
///
/// # Errors
/// The database's own.
pub fn number_of(conn: &mut PgConnection, owner: UserId, checkout_token: &str) -> QueryResult<Option<OrderNumber>> {
    orders::table
        .filter(orders::user_id.eq(owner).and(orders::checkout_token.eq(checkout_token)))
        .select(orders::number)
        .first(conn)
        .optional()
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
pub(super) fn order_of(conn: &mut PgConnection, owner: UserId, number: &OrderNumber) -> QueryResult<Option<OrderView>> {
    let found = orders::table
        .filter(orders::user_id.eq(owner).and(orders::number.eq(number)))
        .select(Order::as_select())
        .first(conn)
        .optional()?;
    Ok(with_goods(conn, found.into_iter().collect())?.pop())
}

fn with_goods(conn: &mut PgConnection, orders: Vec<Order>) -> QueryResult<Vec<OrderView>> {
    let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let goods: Vec<Goods> = order_goods::table
        .filter(order_goods::order_id.eq_any(&ids))
        .order((order_goods::order_id, order_goods::sku_id))
        .select(Goods::as_select())
        .load(conn)?;
    let of = |order: &Order| goods.iter().filter(|line| line.order_id == order.id).cloned().collect();
    Ok(orders.into_iter().map(|order| OrderView { goods: of(&order), order }).collect())
}
