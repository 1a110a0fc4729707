//! What has happened to the stock of one SKU.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Integer, Nullable, Text, Timestamptz},
};

use crate::{
    kernel::{OrderNumber, SkuId},
    schema::{order_goods, stock_movements},
    stock::model::{Reason, StockEvent},
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

/// One page of the changes of a SKU's stock, movements and sales together, the newest first.
///
/// # Errors
/// The database's own.
pub fn events(conn: &mut PgConnection, id: SkuId, (offset, limit): (i64, i64)) -> QueryResult<Vec<StockEvent>> {
    type Row = (DateTime<Utc>, i32, String, Option<OrderNumber>, Option<String>, String);
    let rows: Vec<Row> = Events { sku: id.0, offset, limit }.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(at, delta, reason, order, by, note)| StockEvent {
            at,
            delta,
            reason: Reason::from_code(&reason),
            order,
            by,
            note,
        })
        .collect())
}

/// A type of its own, so that Diesel prepares the statement once for each connection.
#[derive(QueryId)]
struct Events {
    sku: i64,
    offset: i64,
    limit: i64,
}

impl QueryFragment<Pg> for Events {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "select e.at, e.delta, e.reason, coalesce(e.number, o.number), u.username, e.note
             from (
                select 0 as kind, id, at, delta, reason, null as number, order_id, staff_id, note from stock_movements
                where sku_id = ",
        );
        out.push_bind_param::<BigInt, _>(&self.sku)?;
        // A canceled order's movement comes after its sale, and is the newer one where both happened at once.
        out.push_sql(
            "   union all
                select 1, g.id, o.placed_at, -g.count, 'sale', o.number, null, null, ''
                from order_goods g join orders o on o.id = g.order_id
                where g.sku_id = ",
        );
        out.push_bind_param::<BigInt, _>(&self.sku)?;
        out.push_sql(" order by at desc, kind, id desc offset ");
        out.push_bind_param::<BigInt, _>(&self.offset)?;
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(
            ") e
             left join orders o on o.id = e.order_id
             left join users u on u.id = e.staff_id
             order by e.at desc, e.kind, e.id desc",
        );
        Ok(())
    }
}

impl Query for Events {
    type SqlType = (Timestamptz, Integer, Text, Nullable<Text>, Nullable<Text>, Text);
}

impl RunQueryDsl<PgConnection> for Events {}
