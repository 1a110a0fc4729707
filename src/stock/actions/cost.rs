//! What a unit of a SKU costs the shop.

use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{
    kernel::{Money, SkuId},
    schema::skus,
};

/// Returns what a unit of a SKU costs the shop; `None` if that is not known, or there is no such SKU.
pub fn sku_cost(conn: &mut PgConnection, sku: SkuId) -> QueryResult<Option<Money>> {
    let cost: Option<Option<Money>> = skus::table.find(sku).select(skus::cost).first(conn).optional()?;
    Ok(cost.flatten())
}

/// A SKU whose cost was set: its code, and its cost before.
#[derive(Clone, Debug, Queryable)]
pub struct CostChange {
    pub code: String,
    pub before: Option<Money>,
}

/// Sets what a unit of a SKU costs the shop; `None` if that is not known. Returns `None` if there is no such SKU.
pub fn set_sku_cost(conn: &mut PgConnection, sku: SkuId, cost: Option<Money>) -> QueryResult<Option<CostChange>> {
    let row = skus::table.find(sku).select((skus::code, skus::cost)).for_no_key_update();
    let found: Option<CostChange> = row.first(conn).optional()?;
    if found.is_some() {
        diesel::update(skus::table.find(sku)).set(skus::cost.eq(cost)).execute(conn)?;
    }
    Ok(found)
}
