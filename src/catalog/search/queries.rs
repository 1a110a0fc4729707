//! SQL statements of the search: the texts to index, the changes of the catalog, and SKU codes.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text},
};

use super::{documents::Document, index::TaxonNames};
use crate::{
    catalog::listings::ListedProduct,
    kernel::{SpuId, codes},
    platform::db::{sql_enum, statement},
};

statement! {
    /// Selects the texts by which these products are found, without products that are not on sale.
    DocumentsOf(spus: Vec<i64> as Array<BigInt>) -> [DocumentRow] = include_str!("documents-of.sql")
}

#[derive(QueryableByName)]
struct DocumentRow {
    #[diesel(sql_type = BigInt)]
    spu: i64,
    #[diesel(sql_type = BigInt)]
    category: i64,
    #[diesel(sql_type = BigInt)]
    brand: i64,
    #[diesel(sql_type = Text)]
    names: String,
    #[diesel(sql_type = Text)]
    options: String,
    #[diesel(sql_type = Text)]
    texts: String,
}

impl From<DocumentRow> for Document {
    fn from(row: DocumentRow) -> Self {
        let DocumentRow { spu, category, brand, names, options, texts } = row;
        Self { spu, category, brand, names, options, texts }
    }
}

/// Loads the texts by which these products are found. Products that are not on sale are left out.
pub(super) fn documents_of(conn: &mut PgConnection, spus: &[i64]) -> QueryResult<Vec<Document>> {
    let rows: Vec<DocumentRow> = DocumentsOf { spus: spus.to_vec() }.load(conn)?;
    Ok(rows.into_iter().map(Document::from).collect())
}

statement! {
    NextSpus(after: i64 as BigInt, count: i64 as BigInt) -> (BigInt,) =
    "select id from spus where id > " after " order by id limit " count
}

/// Returns the next `count` product ids above `after` in ascending order, of products on sale or not.
pub(super) fn next_spus(conn: &mut PgConnection, after: i64, count: i64) -> QueryResult<Vec<i64>> {
    let rows: Vec<(i64,)> = NextSpus { after, count }.load(conn)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

statement! {
    /// Selects the names of all categories and brands in all languages, one on each line; for a category also the words
    /// of its slug.
    Taxonomy() -> [TaxonRow] =
    "select true as is_category, c.id, c.parent_id,
        concat_ws(e'\\n', c.name, replace(c.slug, '-', ' '),
            (select string_agg(t.name, e'\\n' order by t.language) from texts t where t.category_id = c.id)) as names
     from categories c
     union all
     select false, b.id, null,
        concat_ws(e'\\n', b.name, (select string_agg(t.name, e'\\n' order by t.language) from texts t
            where t.brand_id = b.id))
     from brands b"
}

#[derive(QueryableByName)]
struct TaxonRow {
    #[diesel(sql_type = Bool)]
    is_category: bool,
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    parent_id: Option<i64>,
    #[diesel(sql_type = Text)]
    names: String,
}

/// The names of all categories and all brands.
pub(super) struct TaxonomyNames {
    pub categories: Vec<TaxonNames>,
    pub brands: Vec<TaxonNames>,
}

pub(super) fn taxonomy(conn: &mut PgConnection) -> QueryResult<TaxonomyNames> {
    let rows: Vec<TaxonRow> = Taxonomy {}.load(conn)?;
    let (mut categories, mut brands) = (Vec::new(), Vec::new());
    for row in rows {
        let names = TaxonNames { id: row.id, parent: row.parent_id, names: row.names };
        if row.is_category { categories.push(names) } else { brands.push(names) }
    }
    Ok(TaxonomyNames { categories, brands })
}

statement! {
    /// Selects what lists sort and filter these products by, unless they are not on sale, and a number by which products
    /// are sorted that match as well: the units sold in the last 30 days, then the magnitude of those ever sold.
    ListedOf(spus: Vec<i64> as Array<BigInt>) -> [ListedRow] =
    "select l.spu_id, l.price_fen, l.sold_30, l.created_us, l.brand_id, l.in_stock, l.rating, l.option_values,
        least(l.sold_30, 4000)::integer * 16 + least(floor(log(2, s.sales + 1)), 15)::integer as popularity
     from listings l join spus s on s.id = l.spu_id
     where l.spu_id = any((select " spus ")::bigint[]) and l.category_id = 0 and l.until = 9223372036854775807"
}

#[derive(QueryableByName)]
struct ListedRow {
    #[diesel(sql_type = BigInt)]
    spu_id: i64,
    #[diesel(sql_type = BigInt)]
    price_fen: i64,
    #[diesel(sql_type = BigInt)]
    sold_30: i64,
    #[diesel(sql_type = BigInt)]
    created_us: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    brand_id: Option<i64>,
    #[diesel(sql_type = Bool)]
    in_stock: bool,
    #[diesel(sql_type = Integer)]
    rating: i32,
    #[diesel(sql_type = Array<Integer>)]
    option_values: Vec<i32>,
    #[diesel(sql_type = Integer)]
    popularity: i32,
}

/// A product on sale as lists show it.
#[derive(Debug)]
pub(super) struct Listed {
    pub product: ListedProduct,
    /// Higher for a product that sells better, from 0 to 64,015.
    pub popularity: u16,
}

impl From<ListedRow> for Listed {
    fn from(row: ListedRow) -> Self {
        let popularity = u16::try_from(row.popularity.max(0)).unwrap_or(u16::MAX);
        let product = ListedProduct {
            spu: SpuId(row.spu_id),
            price_fen: row.price_fen,
            sold_30: row.sold_30,
            created_us: row.created_us,
            brand: row.brand_id,
            in_stock: row.in_stock,
            rating: row.rating,
            option_values: row.option_values.into(),
        };
        Self { product, popularity }
    }
}

/// Loads what lists sort and filter these products by; one that is not on sale is left out.
pub(super) fn listed(conn: &mut PgConnection, spus: &[i64]) -> QueryResult<Vec<Listed>> {
    let rows: Vec<ListedRow> = ListedOf { spus: spus.to_vec() }.load(conn)?;
    Ok(rows.into_iter().map(Listed::from).collect())
}

statement! {
    /// Selects a row with the id of the oldest transaction that still runs, and a row for each change that was made by
    /// the transaction `since` or a later one, but not by one of `known`.
    Changes(since: i64 as BigInt, known: Vec<i64> as Array<BigInt>, most: i64 as BigInt) -> [ChangeRow] =
    "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as changed_in, null as kind, 0::bigint as key
     union all
     (select c.changed_in, c.kind, c.key from search_changes c
      where c.changed_in >= " since " and c.changed_in <> all((select " known ")::bigint[])
      limit " most ")"
}

codes! {
    /// What a change in the catalog was about.
    pub enum ChangeKind {
        /// The text of a product, or whether it is on sale.
        Spu = "spu",
        /// What lists sort and filter a product by.
        Listing = "listing",
        /// The names of categories or brands.
        Taxonomy = "taxonomy",
    }
}

sql_enum!(ChangeKind);

#[derive(QueryableByName)]
pub(super) struct ChangeRow {
    #[diesel(sql_type = BigInt)]
    pub changed_in: i64,
    /// What was changed; `None` in the row with the oldest transaction that still runs.
    #[diesel(sql_type = Nullable<Text>)]
    pub kind: Option<ChangeKind>,
    #[diesel(sql_type = BigInt)]
    pub key: i64,
}

/// Loads at most `most` changes made by the transaction `since` and later ones, without those made by the transactions
/// `known`, and the id of the oldest transaction that still runs.
pub(super) fn changes(conn: &mut PgConnection, since: i64, known: Vec<i64>, most: i64) -> QueryResult<Vec<ChangeRow>> {
    Changes { since, known, most }.load(conn)
}

statement! {
    /// Deletes changes older than an hour. By then every process has read them.
    DeleteOldChanges() -> () =
    "delete from search_changes where ctid = any(array(
        select ctid from search_changes where at < now() - interval '1 hour' order by at limit 20000
     ))"
}

/// Deletes changes older than an hour, at most 20,000. Returns how many.
pub(super) fn delete_old_changes(conn: &mut PgConnection) -> QueryResult<usize> {
    DeleteOldChanges {}.execute(conn)
}

statement! {
    /// Selects (index of the key from 1, product id) of SKUs on sale whose code begins with one of the keys.
    SpusByCode(keys: Vec<String> as Array<Text>, most: i64 as BigInt) -> (BigInt, BigInt) =
    "select w.place, k.spu_id
     from unnest((select " keys ")::text[]) with ordinality as w (key, place)
     cross join lateral (
        select spu_id from skus
        where code_key(code) collate \"C\" >= w.key and code_key(code) collate \"C\" < w.key || '{' and active
        limit " most "
     ) k"
}

/// The maximum number of products that are found by one key.
const MAX_BY_CODE: i64 = 200;

/// Loads (index of the key from 1, product id) of SKUs on sale whose code begins with one of these keys.
pub(super) fn spus_by_code(conn: &mut PgConnection, keys: Vec<String>) -> QueryResult<Vec<(i64, i64)>> {
    SpusByCode { keys, most: MAX_BY_CODE }.load(conn)
}
