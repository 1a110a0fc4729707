//! Changes of stock by units of an existing order: they come back, or others are taken for them.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Nullable, Text},
};

use super::sale::AddSpuSales;
use crate::{
    kernel::{OrderId, SkuId, SpuId, UserId},
    platform::db::statement,
    stock::model::Reason,
};

/// Why units of an order go back to the stock or are taken from it; stock and sales change accordingly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderMovement {
    /// The units will not be sent: they go back to the stock and no longer count as sold.
    Withdraw,
    /// The recipient refused the parcel: the units go back to the stock and no longer count as sold.
    Refuse,
    /// The shopper sent the units back and they can be sold again: they go back to the stock. They still count as sold,
    /// because they were delivered.
    Return,
    /// Units that are damaged or lost, or that are sent in the place of such units: taken from the stock.
    WriteOff,
}

impl OrderMovement {
    fn reason(self) -> Reason {
        match self {
            Self::Withdraw => Reason::Withdrawal,
            Self::Refuse => Reason::Refusal,
            Self::Return => Reason::Return,
            Self::WriteOff => Reason::Damage,
        }
    }

    /// Returns by how much the stock and the sales change with each unit, as (stock, sales).
    fn signs(self) -> (i32, i32) {
        match self {
            Self::Withdraw | Self::Refuse => (1, -1),
            Self::Return => (1, 0),
            Self::WriteOff => (-1, 0),
        }
    }
}

/// Changes stock and sales by `units` of an order, given as (SKU, number of units), each SKU once, and writes a stock
/// movement for each. Returns false, with nothing written, if the stock of a SKU is too low. Locks SKUs by id, then
/// SPUs by id.
pub fn move_order_units(
    conn: &mut PgConnection,
    order: OrderId,
    movement: OrderMovement,
    units: &[(SkuId, i32)],
    staff: Option<UserId>,
) -> QueryResult<bool> {
    let units: Vec<(SkuId, i32)> = units.iter().copied().filter(|(_, count)| *count > 0).collect();
    if units.is_empty() {
        return Ok(true);
    }
    let (of_stock, of_sales) = movement.signs();
    let statement = MoveUnits {
        ids: units.iter().map(|(sku, _)| sku.0).collect(),
        deltas: units.iter().map(|(_, count)| count * of_stock).collect(),
        sales: units.iter().map(|(_, count)| count * of_sales).collect(),
        reason: movement.reason().code(),
        order: order.0,
        staff: staff.map(|staff| staff.0),
    };
    let moved: Vec<(SpuId, i32)> = statement.load(conn)?;
    if moved.is_empty() {
        return Ok(false);
    }
    if of_sales != 0 {
        let (ids, counts) = moved.into_iter().map(|(spu, count)| (spu.0, count)).unzip();
        AddSpuSales { ids, counts }.execute(conn)?;
    }
    Ok(true)
}

statement! {
    /// Writes the movements and the new stocks. Selects the SPU of each SKU and by how much the sales of the SKU
    /// changed. Writes and selects nothing if the stock of one SKU is too low.
    MoveUnits(
        ids: Vec<i64> as Array<BigInt>, deltas: Vec<i32> as Array<Integer>, sales: Vec<i32> as Array<Integer>,
        reason: &'static str as Text, order: i64 as BigInt, staff: Option<i64> as Nullable<BigInt>
    ) -> (BigInt, Integer) =
    "with asked as (select " reason "::text as reason, " order "::bigint as order_id, " staff "::bigint as staff_id),
     wanted as (
        select * from unnest((select " ids "), (select " deltas "), (select " sales ")) as w (id, delta, sales)
     ),
     locked as materialized (
        select k.id, k.stock, w.delta, w.sales from skus k join wanted w on w.id = k.id
        order by k.id for no key update of k
     ),
     enough as materialized (select * from locked where not exists (select from locked where stock + delta < 0)),
     moved as (
        insert into stock_movements (sku_id, delta, reason, order_id, staff_id, turn)
        select e.id, e.delta, a.reason, a.order_id, a.staff_id, 1 + (
            select count(*) from stock_movements m
            where m.order_id = a.order_id and m.sku_id = e.id and m.reason = a.reason
        )
        from enough e cross join asked a
     )
     update skus k set stock = k.stock + e.delta, sales = k.sales + e.sales
     from enough e where k.id = e.id
     returning k.spu_id, e.sales"
}
