//! Reads pages of lists and their facets.

use diesel::{
    PgConnection, QueryResult, Queryable, RunQueryDsl, deserialize,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text},
};
use std::collections::HashSet;

use super::{
    facets::{category_counts, facets},
    forms::{FilterFields, ListRequest},
    model::{
        Candidate, FacetKind, ListPager, ListedProduct, MAX_COUNTED, PER_PAGE, PageKey, ProductListing, Source, pages,
    },
    rules::{Filters, OptionFilter, narrow},
};
use crate::{
    catalog::{cards::cards, rules::Sort},
    kernel::{CategoryId, Language, Money, SpuId},
    platform::db::{sql_record, statement},
};

/// The category id that stands for all products.
const ALL_PRODUCTS: i64 = 0;

sql_record! {
    /// A row of `listings`, with the value by which the list is sorted as `key`.
    struct ListedRow as ListedRecord {
        spu: i64 as BigInt,
        key: i64 as BigInt,
        price_fen: i64 as BigInt,
        brand: Option<i64> as Nullable<BigInt>,
        in_stock: bool as Bool,
        rating: i32 as Integer,
        option_values: Vec<i32> as Array<Integer>,
        version: i64 as BigInt,
    }
}

impl Queryable<ListedRecord, Pg> for ListedRow {
    type Row = Self;

    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

impl From<ListedRow> for Candidate {
    fn from(row: ListedRow) -> Self {
        Self {
            spu: SpuId(row.spu),
            key: row.key,
            price_fen: row.price_fen,
            brand: row.brand,
            in_stock: row.in_stock,
            rating: row.rating,
            option_values: row.option_values.into(),
        }
    }
}

impl Sort {
    /// Returns the column of `listings` by which this sort order sorts.
    fn column(self) -> &'static str {
        match self {
            Self::Bestselling => "l.sold_30",
            Self::PriceUp | Self::PriceDown => "l.price_fen",
            Self::New => "l.created_us",
            // The results of a search are sorted by their rank.
            Self::Relevance => "l.spu_id",
        }
    }

    fn is_descending(self) -> bool {
        self != Self::PriceUp
    }

    /// Returns whether `product` comes after `place` in this sort order.
    fn is_after(self, place: PageKey, product: PageKey) -> bool {
        let [place, product] = [place, product].map(|PageKey { key, spu }| (key, spu));
        if self.is_descending() { product < place } else { product > place }
    }
}

/// A query for consecutive products of a category's list in one version. It reads one range of an index.
struct ListRange {
    category: i64,
    sort: Sort,
    /// The version to read; `None` for the newest.
    version: Option<i64>,
    after: Option<PageKey>,
    /// Lowest and highest price in fen, both inclusive; only for a list that is sorted by price.
    prices: Option<(i64, i64)>,
    limit: i64,
    offset: i64,
}

/// SQL around the bound version parameter: selects that version, or the newest one if the parameter is null or greater
/// than the newest.
const VERSION: [&str; 2] = ["(select least(", ", version) from listing_clock)"];

impl ListRange {
    fn push_version<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(VERSION[0]);
        out.push_bind_param::<Nullable<BigInt>, Option<i64>>(&self.version)?;
        out.push_sql(VERSION[1]);
        Ok(())
    }

    fn push_range<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if let Some(after) = &self.after {
            out.push_sql(" and (");
            out.push_sql(self.sort.column());
            out.push_sql(if self.sort.is_descending() { ", l.spu_id) < (" } else { ", l.spu_id) > (" });
            out.push_bind_param::<BigInt, i64>(&after.key)?;
            out.push_sql(", ");
            out.push_bind_param::<BigInt, i64>(&after.spu)?;
            out.push_sql(")");
        }
        if let Some((lowest, highest)) = &self.prices {
            out.push_sql(" and l.price_fen between ");
            out.push_bind_param::<BigInt, i64>(lowest)?;
            out.push_sql(" and ");
            out.push_bind_param::<BigInt, i64>(highest)?;
        }
        Ok(())
    }
}

impl QueryFragment<Pg> for ListRange {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let descending = if self.sort.is_descending() { " desc" } else { "" };
        out.push_sql("select row(l.spu_id, ");
        out.push_sql(self.sort.column());
        out.push_sql(", l.price_fen, l.brand_id, l.in_stock, l.rating, l.option_values, ");
        self.push_version(&mut out)?;
        out.push_sql(") from listings l where l.category_id = ");
        out.push_bind_param::<BigInt, i64>(&self.category)?;
        out.push_sql(" and l.until > ");
        self.push_version(&mut out)?;
        out.push_sql(" and l.since <= ");
        self.push_version(&mut out)?;
        self.push_range(&mut out)?;
        out.push_sql(" order by ");
        out.push_sql(self.sort.column());
        out.push_sql(descending);
        out.push_sql(", l.spu_id");
        out.push_sql(descending);
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, i64>(&self.limit)?;
        out.push_sql(" offset ");
        out.push_bind_param::<BigInt, i64>(&self.offset)
    }
}

// Prepared by its text, of which there are few.
impl QueryId for ListRange {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for ListRange {
    type SqlType = ListedRecord;
}

impl RunQueryDsl<PgConnection> for ListRange {}

statement! {
    /// Selects the values of the options that these values belong to: (option, value).
    SiblingValues(values: Vec<i64> as Array<BigInt>) -> (Text, BigInt) =
    "select lower(s.option_name), s.id::bigint
     from facet_values s
     where lower(s.option_name) in (
        select lower(v.option_name) from facet_values v where v.id = any((select " values ")::bigint[])
     )
     order by 1"
}

/// Loads one page of a list, with its facets in `language`.
pub(crate) fn list(
    conn: &mut PgConnection,
    source: &Source,
    request: &ListRequest,
    language: Language,
) -> QueryResult<ProductListing> {
    match source {
        Source::Category(category, sort) if request.filters.is_empty() => {
            unfiltered(conn, (category.map_or(ALL_PRODUCTS, |id| id.0), *sort), request, language)
        }
        _ => filtered(conn, source, request, language),
    }
}

fn unfiltered(
    conn: &mut PgConnection,
    (category, sort): (i64, Sort),
    request: &ListRequest,
    language: Language,
) -> QueryResult<ProductListing> {
    let counts = category_counts(conn, category)?;
    let total = counts.iter().find(|count| count.kind == FacetKind::All).map_or(0, |count| count.count);
    let page = if request.after.is_some() { request.page } else { request.page.min(pages(total)) };
    let offset = if request.after.is_some() { 0 } else { (page - 1) * PER_PAGE };
    let (version, after, limit) = (request.at, request.after, PER_PAGE + 1);
    let mut rows: Vec<ListedRow> =
        ListRange { category, sort, version, after, prices: None, limit, offset }.load(conn)?;
    let version = rows.first().map_or(0, |row| row.version);
    let next = end_of_page(&mut rows).map(|row| PageKey { key: row.key, spu: row.spu });
    let spus: Vec<SpuId> = rows.into_iter().map(|row| SpuId(row.spu)).collect();
    Ok(ProductListing {
        cards: cards(conn, &spus, language)?,
        total,
        cut_at: None,
        facets: facets(conn, counts, &request.filters, language)?,
        pager: ListPager::new(request, total, page, version, next),
    })
}

/// If there are more rows than fit on a page, removes the extra one and returns the last row of the page; otherwise
/// `None`.
fn end_of_page<T>(rows: &mut Vec<T>) -> Option<&T> {
    let per_page = usize::try_from(PER_PAGE).unwrap_or_default();
    if rows.len() <= per_page {
        return None;
    }
    rows.truncate(per_page);
    rows.last()
}

fn filtered(
    conn: &mut PgConnection,
    source: &Source,
    request: &ListRequest,
    language: Language,
) -> QueryResult<ProductListing> {
    let filters = filters(conn, &request.filters)?;
    let (candidates, version) = candidates(conn, source, request, &filters)?;
    let looked_at = i64::try_from(candidates.len()).unwrap_or(i64::MAX);
    let narrowed = narrow(&candidates, &filters);
    let total = i64::try_from(narrowed.found.len()).unwrap_or(i64::MAX);
    let page = request.page.min(pages(total));
    let begins = match (source, request.after) {
        (Source::Category(_, sort), Some(after)) => narrowed.found.iter().position(|key| sort.is_after(after, *key)),
        _ => usize::try_from((page - 1) * PER_PAGE).ok(),
    };
    let mut rows: Vec<PageKey> = begins.map(|at| narrowed.found.iter().skip(at).copied().collect()).unwrap_or_default();
    let next = end_of_page(&mut rows).copied();
    let spus: Vec<SpuId> = rows.into_iter().map(|row| SpuId(row.spu)).collect();
    Ok(ProductListing {
        cards: cards(conn, &spus, language)?,
        total,
        cut_at: (looked_at >= MAX_COUNTED).then_some(looked_at),
        facets: facets(conn, narrowed.counts, &request.filters, language)?,
        pager: ListPager::new(request, total, page, version, next),
    })
}

/// Loads the products to be filtered, and the version of their list (0 for search results).
fn candidates(
    conn: &mut PgConnection,
    source: &Source,
    request: &ListRequest,
    filters: &Filters,
) -> QueryResult<(Vec<Candidate>, i64)> {
    let rows: Vec<ListedRow> = match source {
        Source::Category(category, sort) => {
            let prices = filters.price_fen.as_ref().filter(|_| sort.column() == Sort::PriceUp.column());
            let stretch = ListRange {
                category: category.map_or(ALL_PRODUCTS, |id| id.0),
                sort: *sort,
                version: request.at,
                after: None,
                prices: prices.map(|range| (*range.start(), *range.end())),
                limit: MAX_COUNTED,
                offset: 0,
            };
            stretch.load(conn)?
        }
        Source::Ranked(products, sort) => return Ok((ranked_candidates(products, *sort), 0)),
    };
    let version = rows.first().map_or(0, |row| row.version);
    Ok((rows.into_iter().map(Candidate::from).collect(), version))
}

/// Returns what was found, sorted if there is a sort.
fn ranked_candidates(products: &[ListedProduct], sort: Option<Sort>) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = products.iter().map(|product| product.candidate(sort)).collect();
    if let Some(sort) = sort {
        candidates.sort_unstable_by_key(|candidate| (candidate.key, candidate.spu.0));
        if sort.is_descending() {
            candidates.reverse();
        }
    }
    candidates
}

impl ListedProduct {
    /// Returns the product with the key by which `sort` sorts it; without a sort, its price.
    fn candidate(&self, sort: Option<Sort>) -> Candidate {
        let key = match sort {
            Some(Sort::Bestselling) => self.sold_30,
            Some(Sort::New) => self.created_us,
            Some(Sort::PriceUp | Sort::PriceDown | Sort::Relevance) | None => self.price_fen,
        };
        let Self { spu, price_fen, brand, in_stock, rating, .. } = *self;
        Candidate { spu, key, price_fen, brand, in_stock, rating, option_values: self.option_values.clone() }
    }
}

/// Groups the chosen option values by their options. A value that does not exist is ignored.
fn filters(conn: &mut PgConnection, fields: &FilterFields) -> QueryResult<Filters> {
    let siblings: Vec<(String, i64)> = match fields.values.as_slice() {
        [] => Vec::new(),
        values => SiblingValues { values: values.to_vec() }.load(conn)?,
    };
    let mut options: Vec<OptionFilter> = Vec::new();
    for option in siblings.chunk_by(|a, b| a.0 == b.0) {
        let ids = |keep: &dyn Fn(&i64) -> bool| -> HashSet<i32> {
            option.iter().map(|(_, id)| id).filter(|id| keep(id)).filter_map(|id| i32::try_from(*id).ok()).collect()
        };
        options.push(OptionFilter { chosen: ids(&|id| fields.values.contains(id)), all: ids(&|_| true) });
    }
    let fen = |price: Money| i64::try_from(price.amount() * rust_decimal::Decimal::ONE_HUNDRED).unwrap_or(i64::MAX);
    let has_price = fields.price_from.is_some() || fields.price_to.is_some();
    let range = fields.price_from.map_or(0, fen)..=fields.price_to.map_or(i64::MAX, fen);
    Ok(Filters {
        brands: fields.brands.iter().copied().collect(),
        options,
        price_fen: has_price.then_some(range),
        in_stock: fields.in_stock,
        stars: fields.stars.map_or(0, crate::kernel::Stars::get),
    })
}

/// Loads the ids of the first `limit` products of a category in this sort order; of all products if `category` is
/// `None`.
pub(crate) fn best(
    conn: &mut PgConnection,
    category: Option<CategoryId>,
    sort: Sort,
    limit: i64,
) -> QueryResult<Vec<SpuId>> {
    let category = category.map_or(ALL_PRODUCTS, |id| id.0);
    let stretch = ListRange { category, sort, version: None, after: None, prices: None, limit, offset: 0 };
    Ok(stretch.load::<ListedRow>(conn)?.into_iter().map(|row| SpuId(row.spu)).collect())
}
