//! Moves units of an order's lines to and from the stock after the sale.

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

/// Why units of an order move, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderMovement {
    /// They will not be sent: back to the stock, and no longer sold.
    Withdraw,
    /// The recipient refused the parcel: back to the stock, and no longer sold.
    Refuse,
    /// They came back and can be sold: back to the stock. They stay sold, since they had left.
    Return,
    /// They are damaged or lost, or replace units that are: taken from the stock.
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

    /// Returns by how much the stock and the sales change with each unit.
    fn signs(self) -> (i32, i32) {
        match self {
            Self::Withdraw | Self::Refuse => (1, -1),
            Self::Return => (1, 0),
            Self::WriteOff => (-1, 0),
        }
    }
}

/// Moves units of an order, each SKU once, with a movement for each. Returns false, with nothing written, if the stock
/// of a SKU does not suffice. Locks SKUs by id, then SPUs by id.
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
    /// Selects the SPU of each SKU and by how much its sales changed; nothing if the stock of one SKU is too low.
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
