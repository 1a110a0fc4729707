//! Queries of the ledger of a SKU: all changes of its stock, with the stock after each.

use diesel::{PgConnection, QueryResult, prelude::*, sql_types::BigInt};

use crate::{
    kernel::SkuId,
    platform::db::statement,
    schema::stock_movements,
    stock::model::{LedgerCursor, ReservedStock, StockEvent},
};

/// Loads at most `most` stock movements and sales of a SKU from the cursor on, newest first, each with the stock after
/// it. Load the SKU's current stock in the same snapshot, so that both agree.
pub fn stock_events(conn: &mut PgConnection, id: SkuId, from: LedgerCursor, most: i64) -> QueryResult<Vec<StockEvent>> {
    let events = LedgerEvents { sku: id.0, movement: from.movement, sale: from.sale, most };
    events.load(conn)
}

statement! {
    /// Selects movements and sales, each by descending id, so that pages join without gaps, and merges them by time.
    /// The merge uses `by_then`, the earliest time among a row and those with greater ids, because ids and times may be
    /// in different orders. A cancellation that has the same time as its sale counts as newer. The balance before the
    /// page is a sum over movements and order lines; the table of orders is not read.
    LedgerEvents(sku: i64 as BigInt, movement: i64 as BigInt, sale: i64 as BigInt, most: i64 as BigInt) -> [StockEvent] =
    include_str!("ledger.sql")
}

/// Loads the number of units by which a movement changed the stock; `None` if the SKU has no such movement.
pub fn movement_delta(conn: &mut PgConnection, sku: SkuId, id: i64) -> QueryResult<Option<i32>> {
    let of_sku = stock_movements::table.find(id).filter(stock_movements::sku_id.eq(sku));
    of_sku.select(stock_movements::delta).first(conn).optional()
}

/// Returns the number of units of a SKU in orders that wait to be paid, and the number of these orders.
pub fn reserved_stock(conn: &mut PgConnection, id: SkuId) -> QueryResult<ReservedStock> {
    let (count, orders) = ReservedBySku { sku: id.0 }.get_result(conn)?;
    Ok(ReservedStock { count, orders })
}

statement! {
    /// Selects the number of units of a SKU in unpaid orders, and the number of these orders. It starts from the unpaid
    /// orders, because they are few.
    ReservedBySku(sku: i64 as BigInt) -> (BigInt, BigInt) =
    "with waiting as materialized (select id from orders where status = 'unpaid')
     select coalesce(sum(g.count), 0)::bigint, count(*)
     from waiting w join order_goods g on g.order_id = w.id and g.sku_id = " sku
}
