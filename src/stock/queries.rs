//! Questions about stock.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{auto_type, count, count_star},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Integer, Nullable, Text, Timestamptz},
};

use super::{
    forms::Search,
    model::{Counts, Reason, Show, StockEvent, StockLine},
    rules::Level,
};
use crate::{
    catalog,
    kernel::{OrderNumber, SkuId},
    schema::{order_goods, skus, spus, stock_movements, texts},
    web::Language,
};

// No index holds stock, since every order changes it: that the lists below start with what is low costs a look at each
// SKU found, some tens of milliseconds for 100,000.

#[auto_type]
fn low() -> _ {
    skus::active.and(skus::stock.le(skus::low_stock_at))
}

#[auto_type]
fn out() -> _ {
    skus::active.and(skus::stock.eq(0_i32))
}

/// The SKUs in whose code or names, in any language, every word stands.
fn found(words: &[String]) -> skus::BoxedQuery<'static, Pg> {
    words.iter().fold(skus::table.into_boxed(), |query, word| {
        let like = format!("%{}%", word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let spus = spus::table.filter(spus::name.ilike(like.clone())).select(spus::id);
        let texts = texts::table.filter(texts::name.ilike(like.clone())).select(texts::spu_id.assume_not_null());
        let texts = texts.filter(texts::spu_id.is_not_null());
        query.filter(
            skus::code
                .ilike(like.clone())
                .or(skus::name.ilike(like))
                .or(skus::spu_id.eq_any(spus))
                .or(skus::spu_id.eq_any(texts)),
        )
    })
}

/// How many SKUs have these words.
///
/// # Errors
/// The database's own.
pub fn count_skus(conn: &mut PgConnection, search: &Search) -> QueryResult<Counts> {
    let counts = (count_star(), count(skus::id).aggregate_filter(low()), count(skus::id).aggregate_filter(out()));
    let (all, low, out) = found(&search.words).select(counts).first(conn)?;
    Ok(Counts { all, low, out })
}

type Row = (SkuId, String, i32, i64, bool, i32);

/// One page of the SKUs that are looked for: those that are low first, then by code.
///
/// # Errors
/// The database's own.
pub fn stock_lines(
    conn: &mut PgConnection,
    search: &Search,
    (offset, limit): (i64, i64),
    language: Language,
) -> QueryResult<Vec<StockLine>> {
    let mut query = found(&search.words);
    match search.show {
        Show::All => {}
        Show::Low => query = query.filter(low()),
        Show::Out => query = query.filter(out()),
    }
    let rows: Vec<Row> = query
        .order((low().desc(), skus::code))
        .offset(offset)
        .limit(limit)
        .select((skus::id, skus::code, skus::stock, skus::sales, skus::active, skus::low_stock_at))
        .load(conn)?;
    lines_of(conn, rows, language)
}

/// One SKU.
///
/// # Errors
/// The database's own.
pub fn stock_line(conn: &mut PgConnection, id: SkuId, language: Language) -> QueryResult<Option<StockLine>> {
    let row: Option<Row> = skus::table
        .find(id)
        .select((skus::id, skus::code, skus::stock, skus::sales, skus::active, skus::low_stock_at))
        .first(conn)
        .optional()?;
    Ok(lines_of(conn, row.into_iter().collect(), language)?.pop())
}

fn lines_of(conn: &mut PgConnection, rows: Vec<Row>, language: Language) -> QueryResult<Vec<StockLine>> {
    let ids: Vec<SkuId> = rows.iter().map(|(id, ..)| *id).collect();
    let offers = catalog::offers(conn, &ids, language)?;
    let offer = |id| offers.binary_search_by_key(&id, |offer| offer.sku_id).ok().and_then(|at| offers.get(at)).cloned();
    let line = |(id, code, stock, sales, active, low_stock_at): Row| {
        Some(StockLine { code, stock, sales, level: Level::of(stock, low_stock_at, active), offer: offer(id)? })
    };
    Ok(rows.into_iter().filter_map(line).collect())
}

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
