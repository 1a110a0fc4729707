//! Queries of the staff pages of categories and brands.

use diesel::{PgConnection, QueryResult, prelude::*, sql_types::Text};

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
    CategoryListLines(language: &'static str as Text) -> [CategoryListItem] =
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
     select tree.id, coalesce(t.name, tree.name) as name, tree.slug, tree.depth, coalesce(c.n, 0) as spus,
        tree.low as low_stock_at, tree.own as low_stock_own,
        row_number() over (partition by tree.parent_id order by tree.place) = 1 as first,
        row_number() over (partition by tree.parent_id order by tree.place desc) = 1 as last
     from tree
     left join texts t on t.category_id = tree.id and t.language = " language "
     left join counted c on c.id = tree.id
     order by tree.place"
}

/// Loads all categories, each followed by its descendants.
pub fn category_lines(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<CategoryListItem>> {
    CategoryListLines { language: language.code() }.load(conn)
}

statement! {
    BrandListLines(language: &'static str as Text) -> [BrandListItem] =
    "select b.id, coalesce(t.name, b.name) as name, b.slug, coalesce(c.n, 0) as spus
     from brands b
     left join texts t on t.brand_id = b.id and t.language = " language "
     left join (select brand_id, count(*) as n from spus group by brand_id) c on c.brand_id = b.id
     order by name, b.id"
}

/// Loads all brands, sorted by name.
pub fn brand_lines(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<BrandListItem>> {
    BrandListLines { language: language.code() }.load(conn)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = categories)]
struct CategoryRow {
    version: i32,
    /// The name of the category in the shop's main language.
    name: String,
    slug: String,
    parent_id: Option<CategoryId>,
    low_stock_at: Option<i32>,
}

/// Loads the details of a category; `main` is the language of the name in the row itself.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such category.
pub fn category_details_of(
    conn: &mut PgConnection,
    id: CategoryId,
    main: Language,
) -> QueryResult<Versioned<CategoryDetails>> {
    let row: CategoryRow = categories::table.find(id).select(CategoryRow::as_select()).first(conn)?;
    let name = localized_name(conn, TaxonId::Category(id), &row.name, main)?;
    let CategoryRow { version, slug, parent_id, low_stock_at, .. } = row;
    Ok(Versioned { version, details: CategoryDetails { name, slug, parent_id, low_stock_at } })
}

/// Loads the details of a brand; `main` is the language of the name in the row itself.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such brand.
pub fn brand_details_of(conn: &mut PgConnection, id: BrandId, main: Language) -> QueryResult<Versioned<BrandDetails>> {
    let (version, own, slug): (i32, String, String) =
        brands::table.find(id).select((brands::version, brands::name, brands::slug)).first(conn)?;
    let name = localized_name(conn, TaxonId::Brand(id), &own, main)?;
    Ok(Versioned { version, details: BrandDetails { name, slug } })
}
