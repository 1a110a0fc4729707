//! Takes the units of an order from the stock, and returns them.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Integer, Numeric},
};
use rust_decimal::Decimal;
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use crate::{
    kernel::{Money, OrderId, SkuId, SpuId},
    platform::db::{self, DbError, statement},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeductionRequest {
    pub sku_id: SkuId,
    pub count: i32,
    /// The unit price in the order. If the SKU has another price by now, no stock of the order is deducted.
    pub price: Money,
}

/// Deducts the units of an order that is being placed, and adds them to the sales of the SKUs and SPUs. `wanted` has
/// each SKU once. A SKU is deducted if it is active with enough stock and the expected price, and its SPU is published.
/// Returns false if any was not deducted; the caller must then return `Err`, so that the transaction is rolled back.
///
/// Rows are locked in the order of ids, SKUs before SPUs, so that orders cannot deadlock. Unpublishing an SPU locks its
/// SKUs first, so the SPU stays published until the commit.
pub fn deduct_stock(conn: &mut PgConnection, wanted: &[DeductionRequest]) -> QueryResult<bool> {
    let statement = DeductStock {
        ids: wanted.iter().map(|wanted| wanted.sku_id.0).collect(),
        counts: wanted.iter().map(|wanted| wanted.count).collect(),
        prices: wanted.iter().map(|wanted| wanted.price.amount()).collect(),
    };
    let (deducted,): (i64,) = statement.get_result(conn)?;
    Ok(usize::try_from(deducted) == Ok(wanted.len()))
}

statement! {
    /// Deducts units of SKUs and returns the number of those SKUs whose SPU is published. Rows are updated in the order
    /// in which they were locked. The units of all SKUs of an SPU are summed up first, so that the SPU's row is updated
    /// once.
    DeductStock(
        ids: Vec<i64> as Array<BigInt>, counts: Vec<i32> as Array<Integer>, prices: Vec<Decimal> as Array<Numeric>
    ) -> (BigInt,) =
    "with wanted as (
        select * from unnest((select " ids "), (select " counts "), (select " prices ")) as w (id, count, price)
     ),
     locked as materialized (
        select k.id, w.count, w.price from skus k join wanted w on w.id = k.id
        order by k.id for no key update of k
     ),
     deducted as (
        update skus k
        set stock = k.stock - l.count, sales = k.sales + l.count
        from locked l
        where k.id = l.id and k.stock >= l.count and k.price = l.price and k.active
        returning k.spu_id, l.count
     ),
     sold as (select spu_id, sum(count) as count, count(*) as skus from deducted group by spu_id),
     locked_spus as materialized (
        select s.id, sold.count, sold.skus from spus s join sold on sold.spu_id = s.id
        order by s.id for no key update of s
     ),
     counted as (
        update spus s set sales = s.sales + l.count from locked_spus l where s.id = l.id and s.published returning l.skus
     )
     select coalesce(sum(skus), 0)::bigint from counted"
}

/// Tries to lock the rows that an order of these SKUs would change (SKUs, then SPUs, by ascending id), without waiting.
/// Returns those SKUs of which another transaction has locked the row or the SPU's row.
pub fn try_lock_skus(conn: &mut PgConnection, skus: &[SkuId]) -> QueryResult<HashSet<SkuId>> {
    let ids: Vec<i64> = skus.iter().map(|sku| sku.0).collect();
    let mut held: Vec<(SkuId,)> = BusySkus { ids: ids.clone() }.load(conn)?;
    held.extend(SkusOfBusySpus { skus: ids }.load::<(SkuId,)>(conn)?);
    Ok(held.into_iter().map(|(sku,)| sku).collect())
}

/// Returns those of these SKUs whose row, or whose SPU's row, stays locked for longer than `timeout`. Each row is tried
/// in a transaction of its own, so that no lock is held meanwhile or afterwards. It takes at most twice `timeout` in
/// all; SKUs that were not tried by then are returned too.
pub fn skus_locked_longer_than(
    conn: &mut PgConnection,
    skus: &[SkuId],
    timeout: Duration,
) -> Result<HashSet<SkuId>, DbError> {
    let in_use = lock_and_release(conn, timeout, |conn| try_lock_skus(conn, skus))?;
    let until = Instant::now() + timeout * 2;
    let mut held = HashSet::new();
    // A hash set has a random order, so which SKUs are not tried differs each time.
    for sku in in_use {
        if Instant::now() >= until || !is_unlocked_within(conn, sku, timeout)? {
            held.insert(sku);
        }
    }
    Ok(held)
}

/// Returns whether the row of the SKU and that of its SPU can each be locked within `timeout`.
fn is_unlocked_within(conn: &mut PgConnection, sku: SkuId, timeout: Duration) -> Result<bool, DbError> {
    let of_sku = can_lock_within(conn, timeout, |conn| LockSku { id: sku.0 }.execute(conn))?;
    Ok(of_sku && can_lock_within(conn, timeout, |conn| LockSpu { sku: sku.0 }.execute(conn))?)
}

fn can_lock_within<W>(conn: &mut PgConnection, timeout: Duration, lock: W) -> Result<bool, DbError>
where
    W: Fn(&mut PgConnection) -> QueryResult<usize>,
{
    match lock_and_release(conn, timeout, lock) {
        Ok(_) => Ok(true),
        Err(DbError::Late(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Runs `lock` in a transaction and returns its result. The transaction is rolled back, because a commit would hold the
/// locks while it waits for the disk.
fn lock_and_release<T, W>(conn: &mut PgConnection, timeout: Duration, lock: W) -> Result<T, DbError>
where
    W: Fn(&mut PgConnection) -> QueryResult<T>,
{
    db::transaction(conn, |conn| {
        db::set_rollback(conn)?;
        db::set_lock_timeout(conn, timeout)?;
        Ok(lock(conn)?)
    })
}

statement! {
    LockSku(id: i64 as BigInt) -> () = "select from skus where id = " id " for no key update"
}

statement! {
    LockSpu(sku: i64 as BigInt) -> () =
    "select from spus where id = (select spu_id from skus where id = " sku ") for no key update"
}

statement! {
    /// Locks the rows of those of these SKUs that no other transaction has locked. Selects the ids of the other SKUs.
    BusySkus(ids: Vec<i64> as Array<BigInt>) -> (BigInt,) =
    "with asked as (select (select " ids ")::bigint[] as ids),
     free as materialized (
        select k.id from skus k where k.id = any((select ids from asked)::bigint[])
        order by k.id for no key update skip locked
     )
     select k.id from skus k
     where k.id = any((select ids from asked)::bigint[]) and k.id not in (select id from free)"
}

statement! {
    /// Locks the rows of these SKUs' SPUs that no other transaction has locked. Selects the SKUs whose SPU another
    /// transaction has locked.
    SkusOfBusySpus(skus: Vec<i64> as Array<BigInt>) -> (BigInt,) =
    "with asked as materialized (select id, spu_id from skus where id = any((select " skus ")::bigint[])),
     free as materialized (
        select s.id from spus s where s.id in (select spu_id from asked)
        order by s.id for no key update skip locked
     )
     select a.id from asked a where a.spu_id not in (select id from free)"
}

statement! {
    /// Adds `counts` to the sales of the SPUs `ids` at the same index. The counts of an SPU that occurs repeatedly are
    /// summed up first.
    AddSpuSales(ids: Vec<i64> as Array<BigInt>, counts: Vec<i32> as Array<Integer>) -> () =
    "with sold as (
        select id, sum(count) as count from unnest((select " ids "), (select " counts ")) as t (id, count) group by id
     ),
     locked as materialized (
        select s.id, sold.count from spus s join sold on sold.id = s.id
        order by s.id for no key update of s
     )
     update spus s set sales = s.sales + l.count from locked l where s.id = l.id"
}

/// Returns the units of a canceled order to the stock, with one stock movement for each order line, and subtracts them
/// from the sales. Locks the same rows in the same order as placing an order.
pub fn restock_order(conn: &mut PgConnection, order: OrderId) -> QueryResult<()> {
    let returned: Vec<(SkuId, SpuId, i32)> = RestockOrder { order: order.0 }.load(conn)?;
    let (ids, counts) = returned.into_iter().map(|(_, spu, count)| (spu.0, -count)).unzip();
    AddSpuSales { ids, counts }.execute(conn)?;
    Ok(())
}

statement! {
    /// Returns the units of each line of an order to the stock, without those that were taken out of the order before.
    /// Selects (SKU, SPU, number of units) for each line.
    RestockOrder(order: i64 as BigInt) -> (BigInt, BigInt, Integer) =
    "with locked as materialized (
        select k.id, g.count - g.withdrawn_count as count, g.order_id
        from skus k join order_goods g on g.sku_id = k.id
        where g.order_id = " order " and g.count > g.withdrawn_count
        order by k.id for no key update of k
     ),
     moved as (
        insert into stock_movements (sku_id, delta, reason, order_id, turn)
        select id, count, 'cancellation', order_id, 1 + (
            select count(*) from stock_movements m
            where m.order_id = locked.order_id and m.sku_id = locked.id and m.reason = 'cancellation'
        )
        from locked
     )
     update skus k set stock = k.stock + l.count, sales = k.sales - l.count
     from locked l where k.id = l.id
     returning k.id, k.spu_id, l.count"
}

/// Takes the units of a canceled order from the stock again, with one stock movement for each order line, and adds them
/// to the sales. Returns false, with nothing written, if the stock of a SKU is too low.
pub fn retake_order(conn: &mut PgConnection, order: OrderId) -> QueryResult<bool> {
    let taken: Vec<(SkuId, SpuId, i32)> = RetakeOrder { order: order.0 }.load(conn)?;
    if taken.is_empty() {
        return Ok(false);
    }
    let (ids, counts) = taken.into_iter().map(|(_, spu, count)| (spu.0, count)).unzip();
    AddSpuSales { ids, counts }.execute(conn)?;
    Ok(true)
}

statement! {
    /// Takes the units of each line of an order from the stock. Selects (SKU, SPU, number of units) for each line.
    /// Writes and selects nothing if the stock of one SKU is too low.
    RetakeOrder(order: i64 as BigInt) -> (BigInt, BigInt, Integer) =
    "with locked as materialized (
        select k.id, k.stock, g.count - g.withdrawn_count as count, g.order_id
        from skus k join order_goods g on g.sku_id = k.id
        where g.order_id = " order " and g.count > g.withdrawn_count
        order by k.id for no key update of k
     ),
     enough as materialized (select * from locked where not exists (select from locked where stock < count)),
     moved as (
        insert into stock_movements (sku_id, delta, reason, order_id, turn)
        select id, -count, 'revival', order_id, 1 + (
            select count(*) from stock_movements m
            where m.order_id = enough.order_id and m.sku_id = enough.id and m.reason = 'revival'
        )
        from enough
     )
     update skus k set stock = k.stock - e.count, sales = k.sales + e.count
     from enough e where k.id = e.id
     returning k.id, k.spu_id, e.count"
}
