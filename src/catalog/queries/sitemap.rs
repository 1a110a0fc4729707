//! Queries of the sitemap for search engines.

use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{catalog::listings, kernel::SpuId, schema::categories};

/// Loads the slugs of categories, and the ids of products on sale (newest first), at most `most` of each.
pub(crate) fn sitemap(conn: &mut PgConnection, most: i64) -> QueryResult<(Vec<String>, Vec<SpuId>)> {
    let slugs = categories::table.order(categories::id).select(categories::slug).limit(most).load(conn)?;
    let products = listings::newest_products(conn, most)?;
    Ok((slugs, products))
}
