//! The shelf place of a SKU: where it lies in the store room.

use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{kernel::SkuId, schema::skus};

/// Sets where in the store room a SKU lies; at most [`MAX_SHELF_PLACE_LEN`](crate::catalog::MAX_SHELF_PLACE_LEN)
/// characters. Returns (code of the SKU, its place before); `None` if there is no such SKU.
pub fn set_shelf_place(conn: &mut PgConnection, sku: SkuId, place: &str) -> QueryResult<Option<(String, String)>> {
    let row = skus::table.find(sku).select((skus::code, skus::shelf_place)).for_no_key_update();
    let found: Option<(String, String)> = row.first(conn).optional()?;
    if found.is_some() {
        diesel::update(skus::table.find(sku)).set(skus::shelf_place.eq(place)).execute(conn)?;
    }
    Ok(found)
}
