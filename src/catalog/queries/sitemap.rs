//! Queries of the sitemap and of feeds, which read all products on sale in ascending order of their ids.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Text, Timestamptz},
};

use super::product::products;
use crate::{
    catalog::model::Product,
    kernel::{Language, SpuId},
    platform::db::statement,
    schema::categories,
};

/// A range of product ids that contains at least one published product.
#[derive(Clone, Debug, QueryableByName)]
pub(crate) struct ProductRange {
    /// The number of the range, from 1. With ranges of `size` ids, range 1 has the ids from 1 to `size`.
    #[diesel(sql_type = BigInt)]
    pub(crate) number: i64,
    /// The latest time at which staff changed a published product in the range.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) changed_at: DateTime<Utc>,
}

statement! {
    /// Reads one range of ids after the other through the index on ids, so that no large set has to be sorted.
    ProductRanges(size: i64 as BigInt) -> [ProductRange] =
    "select r.number, c.changed_at
     from (select " size "::bigint as size) asked
     cross join lateral generate_series(1, (select (max(id) - 1) / asked.size + 1 from spus)) as r (number)
     cross join lateral (
        select max(coalesce(changed_at, created_at)) as changed_at
        from spus where id > (r.number - 1) * asked.size and id <= r.number * asked.size and published
     ) c
     where c.changed_at is not null
     order by r.number"
}

/// Divides the product ids into ranges of `size` ids, and loads those with published products.
pub(crate) fn ranges(conn: &mut PgConnection, size: i64) -> QueryResult<Vec<ProductRange>> {
    ProductRanges { size }.load(conn)
}

/// A product in the sitemap.
#[derive(Debug, QueryableByName)]
pub(crate) struct SitemapProduct {
    #[diesel(sql_type = BigInt)]
    pub(crate) id: SpuId,
    #[diesel(sql_type = Text)]
    pub(crate) slug: String,
    /// When staff last changed the product or its SKUs. Changes of stock do not count.
    #[diesel(sql_type = Timestamptz)]
    pub(crate) changed_at: DateTime<Utc>,
    /// The file names of the product's first five pictures, or fewer.
    #[diesel(sql_type = Array<Text>)]
    pub(crate) pictures: Vec<String>,
}

statement! {
    SitemapProducts(after: i64 as BigInt, last: i64 as BigInt, limit: i64 as BigInt) -> [SitemapProduct] =
    "select s.id, s.slug, coalesce(s.changed_at, s.created_at) as changed_at,
        array(select i.file from images i where i.spu_id = s.id order by i.position limit 5) as pictures
     from spus s
     where s.id > " after " and s.id <= " last " and s.published
        and exists (select from skus k where k.spu_id = s.id and k.active)
     order by s.id limit " limit
}

/// Loads the products on sale with ids above `after` and up to `last` (inclusive), by id, at most `limit`.
pub(crate) fn sitemap_products(
    conn: &mut PgConnection,
    (after, last): (SpuId, SpuId),
    limit: i64,
) -> QueryResult<Vec<SitemapProduct>> {
    SitemapProducts { after: after.0, last: last.0, limit }.load(conn)
}

statement! {
    NextSpus(after: i64 as BigInt, last: i64 as BigInt, limit: i64 as BigInt) -> (BigInt,) =
    "select id from spus where id > " after " and id <= " last " and published order by id limit " limit
}

/// Takes the next `limit` published products with ids above `after` and up to `last` (inclusive; `None` for no end),
/// and loads those on sale with all data of their pages, in this language. Also returns the last id taken, from which
/// to continue; `None` if there are no more products.
pub(crate) fn next_products(
    conn: &mut PgConnection,
    after: SpuId,
    last: Option<SpuId>,
    (language, limit): (Language, i64),
) -> QueryResult<(Vec<Product>, Option<SpuId>)> {
    let last = last.map_or(i64::MAX, |last| last.0);
    let rows: Vec<(SpuId,)> = NextSpus { after: after.0, last, limit }.load(conn)?;
    let wanted: Vec<(SpuId, Language)> = rows.iter().map(|(id,)| (*id, language)).collect();
    let next = rows.last().map(|(id,)| *id);
    let mut found: Vec<Product> = products(conn, &wanted)?.into_values().collect();
    found.sort_by_key(|product| product.id);
    Ok((found, next))
}

statement! {
    ChangedAt(spus: Vec<i64> as Array<BigInt>) -> (BigInt, Timestamptz) =
    "select id, coalesce(changed_at, created_at) from spus where id = any((select " spus ")::bigint[])"
}

/// Loads when staff last changed each of these products, in any order.
pub(crate) fn changed_at(conn: &mut PgConnection, spus: &[SpuId]) -> QueryResult<Vec<(SpuId, DateTime<Utc>)>> {
    ChangedAt { spus: spus.iter().map(|spu| spu.0).collect() }.load(conn)
}

/// Loads the slugs of the first `most` categories, by id.
pub(crate) fn category_slugs(conn: &mut PgConnection, most: i64) -> QueryResult<Vec<String>> {
    categories::table.order(categories::id).select(categories::slug).limit(most).load(conn)
}
