//! Queries of returns.

use diesel::{
    PgConnection, QueryResult,
    dsl::{exists, sum},
    prelude::*,
};
use std::collections::HashMap;

use super::model::{OpenReturn, Return, ReturnLine, ReturnPicture, ReturnView};
use crate::{
    kernel::{OrderId, OrderLineId, ReturnId},
    schema::{orders, return_goods, return_pictures, returns},
};

/// Loads the returns of an order, oldest first.
pub fn returns_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<ReturnView>> {
    let of_order = returns::table.filter(returns::order_id.eq(order)).order(returns::id);
    let found: Vec<Return> = of_order.select(Return::as_select()).load(conn)?;
    let mut views = Vec::with_capacity(found.len());
    for ret in found {
        views.push(view(conn, ret)?);
    }
    Ok(views)
}

/// Loads the return with this id; `None` if it does not exist or belongs to another order.
pub fn return_of(conn: &mut PgConnection, order: OrderId, id: ReturnId) -> QueryResult<Option<ReturnView>> {
    let of_order = returns::table.filter(returns::order_id.eq(order).and(returns::id.eq(id)));
    let found: Option<Return> = of_order.select(Return::as_select()).first(conn).optional()?;
    found.map(|ret| view(conn, ret)).transpose()
}

fn view(conn: &mut PgConnection, ret: Return) -> QueryResult<ReturnView> {
    let lines = units_of_return(conn, ret.id)?;
    let of_return = return_pictures::table.filter(return_pictures::return_id.eq(ret.id));
    let pictures = of_return.order(return_pictures::position).select(return_pictures::position).load(conn)?;
    Ok(ReturnView { ret, lines, pictures })
}

/// Loads the returns that are not closed, at most `most`, oldest first.
pub fn open_returns(conn: &mut PgConnection, most: i64) -> QueryResult<Vec<OpenReturn>> {
    returns::table
        .inner_join(orders::table)
        .filter(returns::closed_at.is_null())
        .order((returns::asked_at, returns::id))
        .limit(most)
        .select((
            returns::id,
            orders::number,
            returns::kind,
            returns::status,
            returns::reason,
            orders::recipient,
            returns::asked_at,
        ))
        .load(conn)
}

/// Loads the lines of a return, by ascending line id.
pub fn units_of_return(conn: &mut PgConnection, id: ReturnId) -> QueryResult<Vec<ReturnLine>> {
    let of_return = return_goods::table.filter(return_goods::return_id.eq(id));
    of_return.order(return_goods::order_goods_id).select(ReturnLine::as_select()).load(conn)
}

/// Loads the return of an order that the form with this token has stored; `None` if it has stored none.
pub fn return_by_token(conn: &mut PgConnection, order: OrderId, token: &str) -> QueryResult<Option<Return>> {
    let made = returns::table.filter(returns::order_id.eq(order).and(returns::token.eq(token)));
    made.select(Return::as_select()).first(conn).optional()
}

pub fn has_open_return(conn: &mut PgConnection, order: OrderId) -> QueryResult<bool> {
    let open = returns::table.filter(returns::order_id.eq(order).and(returns::closed_at.is_null()));
    diesel::select(exists(open)).get_result(conn)
}

/// Returns for each order line how many units of it are in open returns and have not come back yet.
pub fn open_return_units(conn: &mut PgConnection, order: OrderId) -> QueryResult<HashMap<OrderLineId, i32>> {
    let open = returns::order_id.eq(order).and(returns::arrived_at.is_null()).and(returns::closed_at.is_null());
    let units: Vec<(OrderLineId, Option<i64>)> = return_goods::table
        .inner_join(returns::table)
        .filter(open)
        .group_by(return_goods::order_goods_id)
        .select((return_goods::order_goods_id, sum(return_goods::count)))
        .load(conn)?;
    let count = |units: Option<i64>| units.and_then(|units| i32::try_from(units).ok()).unwrap_or_default();
    Ok(units.into_iter().map(|(line, units)| (line, count(units))).collect())
}

/// Loads a picture of a return; `None` if it does not exist or belongs to another order.
pub fn return_picture(
    conn: &mut PgConnection,
    order: OrderId,
    id: ReturnId,
    position: i32,
) -> QueryResult<Option<ReturnPicture>> {
    let found: Option<(String, Vec<u8>)> = return_pictures::table
        .inner_join(returns::table)
        .filter(returns::order_id.eq(order).and(returns::id.eq(id)).and(return_pictures::position.eq(position)))
        .select((return_pictures::kind, return_pictures::body))
        .first(conn)
        .optional()?;
    Ok(found.map(|(kind, body)| ReturnPicture { kind, body }))
}
