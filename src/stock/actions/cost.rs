//! The cost of a unit of a SKU for the shop.

use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{
    kernel::{Money, SkuId},
    schema::skus,
};

/// Returns the cost of a unit of a SKU for the shop; `None` if it is not known, or there is no such SKU.
pub fn sku_cost(conn: &mut PgConnection, sku: SkuId) -> QueryResult<Option<Money>> {
    let cost: Option<Option<Money>> = skus::table.find(sku).select(skus::cost).first(conn).optional()?;
    Ok(cost.flatten())
}

/// A SKU whose cost was set: its code, and its cost before (`None` if that was not known).
#[derive(Clone, Debug, Queryable)]
pub struct CostChange {
    pub code: String,
    pub before: Option<Money>,
}

/// Sets the cost of a unit of a SKU for the shop; `cost` is `None` if it is not known. Returns `None`, with nothing
/// changed, if there is no such SKU.
pub fn set_sku_cost(conn: &mut PgConnection, sku: SkuId, cost: Option<Money>) -> QueryResult<Option<CostChange>> {
    let row = skus::table.find(sku).select((skus::code, skus::cost)).for_no_key_update();
    let found: Option<CostChange> = row.first(conn).optional()?;
    if found.is_some() {
        diesel::update(skus::table.find(sku)).set(skus::cost.eq(cost)).execute(conn)?;
    }
    Ok(found)
}
