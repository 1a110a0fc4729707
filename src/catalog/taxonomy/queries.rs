//! Queries of the staff pages of categories and brands.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Bool, Integer, Text},
};

use super::{
    model::{BrandDetails, BrandListItem, CategoryDetails, CategoryListItem, Versioned},
    translations::{TaxonId, localized_name},
};
use crate::{
    kernel::{BrandId, CategoryId, Language},
    platform::db::statement,
    schema::{brands, categories},
};

statement! {
    CategoryListLines(language: &'static str as Text) -> (BigInt, Text, Text, Integer, BigInt, Integer, Bool, Bool, Bool) =
    "with recursive tree (id, parent_id, slug, name, depth, place, path, low, own) as (
        select id, parent_id, slug, name, 0, array[position::bigint, id], array[id],
            coalesce(low_stock_at, low_stock_of_category(id)), low_stock_at is not null
        from categories where parent_id is null
        union all
        select c.id, c.parent_id, c.slug, c.name, t.depth + 1, t.place || array[c.position::bigint, c.id], t.path || c.id,
            coalesce(c.low_stock_at, t.low), c.low_stock_at is not null
        from tree t join categories c on c.parent_id = t.id where t.depth < 20
     ),
     counted as (
        select above.id, sum(c.n)::bigint as n
        from (select category_id, count(*) as n from spus group by category_id) c
        join tree on tree.id = c.category_id
        cross join unnest(tree.path) as above (id)
        group by above.id
     )
     select tree.id, coalesce(t.name, tree.name), tree.slug, tree.depth, coalesce(c.n, 0), tree.low, tree.own,
        row_number() over (partition by tree.parent_id order by tree.place) = 1,
        row_number() over (partition by tree.parent_id order by tree.place desc) = 1
     from tree
     left join texts t on t.category_id = tree.id and t.language = " language "
     left join counted c on c.id = tree.id
     order by tree.place"
}

/// Loads all categories, each followed by its descendants.
pub fn category_lines(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<CategoryListItem>> {
    type CategoryListRow = (CategoryId, String, String, i32, i64, i32, bool, bool, bool);
    let rows: Vec<CategoryListRow> = CategoryListLines { language: language.code() }.load(conn)?;
    let line = |(id, name, slug, depth, spus, low_stock_at, low_stock_own, first, last): CategoryListRow| {
        CategoryListItem { id, name, slug, depth, spus, low_stock_at, low_stock_own, first, last }
    };
    Ok(rows.into_iter().map(line).collect())
}

statement! {
    BrandListLines(language: &'static str as Text) -> (BigInt, Text, Text, BigInt) =
    "select b.id, coalesce(t.name, b.name) as called, b.slug, coalesce(c.n, 0)
     from brands b
     left join texts t on t.brand_id = b.id and t.language = " language "
     left join (select brand_id, count(*) as n from spus group by brand_id) c on c.brand_id = b.id
     order by called, b.id"
}

/// Loads all brands, sorted by name.
pub fn brand_lines(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<BrandListItem>> {
    let rows: Vec<(BrandId, String, String, i64)> = BrandListLines { language: language.code() }.load(conn)?;
    Ok(rows.into_iter().map(|(id, name, slug, spus)| BrandListItem { id, name, slug, spus }).collect())
}

/// Loads the details of a category; `main` is the main language of the shop.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such category.
pub fn category_details_of(
    conn: &mut PgConnection,
    id: CategoryId,
    main: Language,
) -> QueryResult<Versioned<CategoryDetails>> {
    type CategoryDetailsRow = (i32, String, String, Option<CategoryId>, Option<i32>);
    let (version, own, slug, parent_id, low_stock_at): CategoryDetailsRow = categories::table
        .find(id)
        .select((
            categories::version,
            categories::name,
            categories::slug,
            categories::parent_id,
            categories::low_stock_at,
        ))
        .first(conn)?;
    let name = localized_name(conn, TaxonId::Category(id), &own, main)?;
    Ok(Versioned { version, details: CategoryDetails { name, slug, parent_id, low_stock_at } })
}

/// Loads the details of a brand; `main` is the main language of the shop.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such brand.
pub fn brand_details_of(conn: &mut PgConnection, id: BrandId, main: Language) -> QueryResult<Versioned<BrandDetails>> {
    let (version, own, slug): (i32, String, String) =
        brands::table.find(id).select((brands::version, brands::name, brands::slug)).first(conn)?;
    let name = localized_name(conn, TaxonId::Brand(id), &own, main)?;
    Ok(Versioned { version, details: BrandDetails { name, slug } })
}
