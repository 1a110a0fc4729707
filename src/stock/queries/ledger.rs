//! What has happened to the stock of one SKU.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};

use crate::{
    kernel::{OrderNumber, SkuId},
    platform::db::statement,
    schema::{order_goods, stock_movements},
    stock::model::{Held, Reason, StockEvent},
};

/// How often the stock of a SKU has changed: movements and sales.
///
/// # Errors
/// The database's own.
pub fn count_events(conn: &mut PgConnection, id: SkuId) -> QueryResult<i64> {
    let moved: i64 = stock_movements::table.filter(stock_movements::sku_id.eq(id)).count().get_result(conn)?;
    let sold: i64 = order_goods::table.filter(order_goods::sku_id.eq(id)).count().get_result(conn)?;
    Ok(moved + sold)
}

/// By how much this movement has changed the stock of this SKU.
///
/// # Errors
/// The database's own.
pub fn movement(conn: &mut PgConnection, sku: SkuId, id: i64) -> QueryResult<Option<i32>> {
    let of_sku = stock_movements::table.find(id).filter(stock_movements::sku_id.eq(sku));
    of_sku.select(stock_movements::delta).first(conn).optional()
}

/// One page of the changes of a SKU's stock, movements and sales together, the newest first, each with the balance after it.
/// The balances meet the stock where both are asked in one snapshot.
///
/// # Errors
/// The database's own.
pub fn events(conn: &mut PgConnection, id: SkuId, (offset, limit): (i64, i64)) -> QueryResult<Vec<StockEvent>> {
    type Row =
        (DateTime<Utc>, i32, String, Option<OrderNumber>, Option<String>, String, Option<i64>, i64, Option<i64>, bool);
    let rows: Vec<Row> = Events { sku: id.0, offset, limit, most: offset + limit }.load(conn)?;
    let event = |(at, delta, reason, order, by, note, movement, balance, undoes, undone): Row| StockEvent {
        movement,
        at,
        balance,
        undoes,
        undone,
        delta,
        reason: Reason::from_code(&reason),
        order,
        by,
        note,
    };
    Ok(rows.into_iter().map(event).collect())
}

statement! {
    /// Of movements and of sales as many of the newest as the page can need, put together; a canceled order's movement comes
    /// after its sale, and is the newer one where both happened at once.
    Events(sku: i64 as BigInt, most: i64 as BigInt, offset: i64 as BigInt, limit: i64 as BigInt) -> (
        Timestamptz, Integer, Text, Nullable<Text>, Nullable<Text>, Text, Nullable<BigInt>, BigInt, Nullable<BigInt>, Bool
    ) =
    "select e.at, e.delta, e.reason, o.number, u.username, e.note, e.movement,
        (select stock from skus where id = " sku ") - e.newer,
        e.reverses, exists (select from stock_movements r where r.reverses = e.movement)
     from (
        select *, coalesce(sum(delta) over (
            order by at desc, kind, id desc rows between unbounded preceding and 1 preceding
        ), 0) as newer
        from (
            (select 0 as kind, id, at, delta, reason, order_id, staff_id, note, id as movement, reverses
             from stock_movements where sku_id = " sku " order by id desc limit " most ")
            union all
            (select 1, g.id, o.placed_at, -g.count, 'sale', g.order_id, null, '', null, null
             from (
                select id, order_id, count from order_goods where sku_id = " sku " order by order_id desc limit " most "
             ) g join orders o on o.id = g.order_id)
        ) both_kinds
        order by at desc, kind, id desc offset " offset " limit " limit "
     ) e
     left join orders o on o.id = e.order_id
     left join users u on u.id = e.staff_id
     order by e.at desc, e.kind, e.id desc"
}

/// What open orders that are not paid hold of a SKU.
///
/// # Errors
/// The database's own.
pub fn held(conn: &mut PgConnection, id: SkuId) -> QueryResult<Held> {
    let (count, orders) = HeldNow { sku: id.0 }.get_result(conn)?;
    Ok(Held { count, orders })
}

statement! {
    /// From the orders that wait, which are few, whatever the SKU has sold.
    HeldNow(sku: i64 as BigInt) -> (BigInt, BigInt) =
    "with waiting as materialized (select id from orders where status = 'unpaid')
     select coalesce(sum(g.count), 0)::bigint, count(*)
     from waiting w join order_goods g on g.order_id = w.id and g.sku_id = " sku
}
