//! Queries of the sitemap for search engines.

use diesel::{PgConnection, QueryResult, dsl::exists, prelude::*};

use crate::{
    kernel::SpuId,
    schema::{categories, skus, spus},
};

/// Loads the slugs of categories, and the ids of products on sale (newest first), at most `most` of each.
pub(crate) fn sitemap(conn: &mut PgConnection, most: i64) -> QueryResult<(Vec<String>, Vec<SpuId>)> {
    let slugs = categories::table.order(categories::id).select(categories::slug).limit(most).load(conn)?;
    let on_sale = exists(skus::table.filter(skus::spu_id.eq(spus::id)).filter(skus::active));
    let products = spus::table
        .filter(spus::published)
        .filter(on_sale)
        .order(spus::id.desc())
        .select(spus::id)
        .limit(most)
        .load(conn)?;
    Ok((slugs, products))
}
