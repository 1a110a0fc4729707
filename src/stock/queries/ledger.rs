//! The stock ledger of a SKU.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};

use crate::{
    kernel::{OrderNumber, SkuId},
    platform::db::statement,
    schema::stock_movements,
    stock::model::{LedgerCursor, Reason, ReservedStock, StockEvent},
};

/// Returns one page of `most` movements and sales of a SKU from the cursor, newest first, each with the stock after it.
/// The balances agree with the stock if both are read in one snapshot.
pub fn stock_events(conn: &mut PgConnection, id: SkuId, from: LedgerCursor, most: i64) -> QueryResult<Vec<StockEvent>> {
    type EventRow = (
        DateTime<Utc>,
        i32,
        Option<Reason>,
        Option<OrderNumber>,
        Option<String>,
        String,
        Option<i64>,
        Option<i64>,
        i64,
        Option<i64>,
        bool,
    );
    let events = LedgerEvents { sku: id.0, movement: from.movement, sale: from.sale, most };
    let rows: Vec<EventRow> = events.load(conn)?;
    let event = |(at, delta, reason, order, by, note, movement, sale, balance, undoes, undone): EventRow| StockEvent {
        movement,
        sale,
        at,
        balance,
        undoes,
        undone,
        delta,
        reason,
        order,
        by,
        note,
    };
    Ok(rows.into_iter().map(event).collect())
}

statement! {
    /// Movements and sales are each read by descending id, so that pages join without gaps, and merged by time.
    /// `by_then` never rises within either, even if two were written at once. At the same time, a cancellation is newer
    /// than its sale. The balance before the page is a sum over movements and order lines, without orders.
    LedgerEvents(sku: i64 as BigInt, movement: i64 as BigInt, sale: i64 as BigInt, most: i64 as BigInt) -> (
        Timestamptz, Integer, Nullable<Text>, Nullable<Text>, Nullable<Text>, Text, Nullable<BigInt>, Nullable<BigInt>, BigInt,
        Nullable<BigInt>, Bool
    ) =
    "with asked as (
        select " sku "::bigint as sku, " movement "::bigint as movement, " sale "::bigint as sale, " most "::bigint as most
     ),
     shelf as materialized (
        select k.stock
            - coalesce((select sum(delta) from stock_movements where sku_id = a.sku and id >= a.movement), 0)
            + coalesce((select sum(count) from order_goods where sku_id = a.sku and order_id >= a.sale), 0) as stock
        from asked a join skus k on k.id = a.sku
     )
     select e.at, e.delta, e.reason, o.number, u.username, e.note, e.movement, e.sale,
        ((select stock from shelf) - e.newer)::bigint,
        e.reverses, exists (select from stock_movements r where r.reverses = e.movement)
     from (
        select *, coalesce(sum(delta) over (
            order by by_then desc, kind, id desc rows between unbounded preceding and 1 preceding
        ), 0) as newer
        from (
            (select 0 as kind, m.id, m.at, min(m.at) over (order by m.id desc) as by_then, m.delta, m.reason, m.order_id,
                m.staff_id, m.note, m.id as movement, null::bigint as sale, m.reverses
             from (
                select * from stock_movements
                where sku_id = (select sku from asked) and id < (select movement from asked)
                order by id desc limit (select most from asked)
             ) m)
            union all
            (select 1, g.order_id, o.placed_at, min(o.placed_at) over (order by g.order_id desc), -g.count, null::text, g.order_id,
                null, '', null, g.order_id, null
             from (
                select order_id, count from order_goods
                where sku_id = (select sku from asked) and order_id < (select sale from asked)
                order by order_id desc limit (select most from asked)
             ) g join orders o on o.id = g.order_id)
        ) both_kinds
        order by by_then desc, kind, id desc limit (select most from asked)
     ) e
     left join orders o on o.id = e.order_id
     left join users u on u.id = coalesce(e.staff_id, o.user_id)
     order by e.by_then desc, e.kind, e.id desc"
}

/// Returns the difference of a movement; `None` if it is not of this SKU.
pub fn movement_delta(conn: &mut PgConnection, sku: SkuId, id: i64) -> QueryResult<Option<i32>> {
    let of_sku = stock_movements::table.find(id).filter(stock_movements::sku_id.eq(sku));
    of_sku.select(stock_movements::delta).first(conn).optional()
}

/// Returns the units of a SKU in unpaid orders, and the number of these orders.
pub fn reserved_stock(conn: &mut PgConnection, id: SkuId) -> QueryResult<ReservedStock> {
    let (count, orders) = ReservedBySku { sku: id.0 }.get_result(conn)?;
    Ok(ReservedStock { count, orders })
}

statement! {
    /// Starts from the unpaid orders, which are few even if the SKU has sold much.
    ReservedBySku(sku: i64 as BigInt) -> (BigInt, BigInt) =
    "with waiting as materialized (select id from orders where status = 'unpaid')
     select coalesce(sum(g.count), 0)::bigint, count(*)
     from waiting w join order_goods g on g.order_id = w.id and g.sku_id = " sku
}
