//! The low-stock threshold of a SKU.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Integer},
};

use crate::{kernel::SkuId, platform::db::statement, schema::skus};

/// Sets the low-stock threshold of a SKU to `own`; with `None` to the one that its category gives. Returns (code of the
/// SKU, old threshold, new threshold); `None` if there is no such SKU.
pub fn set_low_stock(conn: &mut PgConnection, sku: SkuId, own: Option<i32>) -> QueryResult<Option<(String, i32, i32)>> {
    if own.is_none() {
        // Before the SKU is locked: the job that writes thresholds locks categories and then SKUs.
        diesel::sql_query("lock table categories in share mode").execute(conn)?;
    }
    let row = skus::table.find(sku).select((skus::code, skus::low_stock_at)).for_no_key_update();
    let Some((code, before)) = row.first::<(String, i32)>(conn).optional()? else { return Ok(None) };
    let now = match own {
        Some(at) => at,
        None => CategoryThreshold { sku: sku.0 }.get_result(conn).map(|(at,): (i32,)| at)?,
    };
    diesel::update(skus::table.find(sku))
        .set((skus::low_stock_at.eq(now), skus::low_stock_own.eq(own.is_some())))
        .execute(conn)?;
    Ok(Some((code, before, now)))
}

statement! {
    CategoryThreshold(sku: i64 as BigInt) -> (Integer,) =
    "select low_stock_of_category(s.category_id) from skus k join spus s on s.id = k.spu_id where k.id = " sku
}
