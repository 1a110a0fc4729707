//! Questions about stock.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz},
};

use super::{
    forms::Search,
    model::{Counts, Reason, Show, StockEvent, StockLine},
    rules::Level,
};
use crate::{
    catalog,
    kernel::{OrderNumber, SkuId},
    schema::{order_goods, skus, stock_movements},
    web::Language,
};

/// How many SKUs a search finds, and one page of those to be shown: those that are low first, then by code. A page beyond
/// the last is the last.
///
/// # Errors
/// The database's own.
pub fn stock_page(
    conn: &mut PgConnection,
    search: &Search,
    (page, per_page): (i64, i64),
    language: Language,
) -> QueryResult<(Counts, Vec<StockLine>)> {
    let words = search.words.iter().map(|word| like(word)).collect();
    let found = Found { words, show: search.show, page: page.max(1), per_page };
    let (all, low, out, ids): (i64, i64, i64, Vec<i64>) = found.get_result(conn)?;
    let mut rows: Vec<Row> = skus::table.filter(skus::id.eq_any(&ids)).select(ROW).load(conn)?;
    rows.sort_by_key(|(id, ..)| ids.iter().position(|found| *found == id.0));
    Ok((Counts { all, low, out }, lines_of(conn, rows, language)?))
}

/// A pattern for text that has this word somewhere.
fn like(word: &str) -> String {
    format!("%{}%", word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// No index holds stock, since every order changes it: that the list starts with what is low costs a look at each SKU
/// found, some tens of milliseconds for 100,000.
struct Found {
    words: Vec<String>,
    show: Show,
    page: i64,
    per_page: i64,
}

impl QueryId for Found {
    type QueryId = ();

    /// Its text depends on what is looked for.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Found {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Searching costs more than keeping what was found; without words it is the other way round.
        out.push_sql("with found as ");
        out.push_sql(if self.words.is_empty() { "not materialized" } else { "materialized" });
        out.push_sql(
            " (
                select k.id, k.code, k.active and k.stock <= k.low_stock_at as low, k.active and k.stock = 0 as out
                from skus k",
        );
        if !self.words.is_empty() {
            out.push_sql(
                " join spus s on s.id = k.spu_id
                left join texts en on en.spu_id = s.id and en.language = 'en'
                left join texts zh on zh.spu_id = s.id and zh.language = 'zh'
                where lower(concat_ws(' ', k.code, k.name, s.name, en.name, zh.name)) like all (
                    (select array_agg(lower(word)) from unnest(",
            );
            out.push_bind_param::<Array<Text>, _>(&self.words)?;
            out.push_sql(") as w (word))::text[])");
        }
        let (of, shown) = match self.show {
            Show::All => ("n", "true"),
            Show::Low => ("low", "f.low"),
            Show::Out => ("out", "f.out"),
        };
        out.push_sql(
            "
             ),
             counted as (
                select count(*) as n, count(*) filter (where low) as low, count(*) filter (where out) as out from found
             )
             select c.n, c.low, c.out, array(select f.id from found f where ",
        );
        out.push_sql(shown);
        out.push_sql(" order by f.low desc, f.code offset least(");
        out.push_bind_param::<BigInt, _>(&self.page)?;
        out.push_sql(" - 1, greatest(c.");
        out.push_sql(of);
        out.push_sql(" - 1, 0) / ");
        out.push_bind_param::<BigInt, _>(&self.per_page)?;
        out.push_sql(") * ");
        out.push_bind_param::<BigInt, _>(&self.per_page)?;
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, _>(&self.per_page)?;
        out.push_sql(") from counted c");
        Ok(())
    }
}

impl Query for Found {
    type SqlType = (BigInt, BigInt, BigInt, Array<BigInt>);
}

impl RunQueryDsl<PgConnection> for Found {}

type Row = (SkuId, String, i32, i64, bool, i32);

/// The columns of a [`Row`].
const ROW: (skus::id, skus::code, skus::stock, skus::sales, skus::active, skus::low_stock_at) =
    (skus::id, skus::code, skus::stock, skus::sales, skus::active, skus::low_stock_at);

/// One SKU.
///
/// # Errors
/// The database's own.
pub fn stock_line(conn: &mut PgConnection, id: SkuId, language: Language) -> QueryResult<Option<StockLine>> {
    let row: Option<Row> = skus::table.find(id).select(ROW).first(conn).optional()?;
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
