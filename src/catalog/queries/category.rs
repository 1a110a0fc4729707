//! Queries of a category's page: the category, its ancestors, and the products in it.

use diesel::{
    OptionalExtension, PgConnection, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Text},
};

use crate::{
    catalog::model::{Category, CategoryLink},
    kernel::{CategoryId, Language},
    platform::db::statement,
};

statement! {
    CategoryBySlug(slug: String as Text, language: &'static str as Text) -> (BigInt, Text, Text) =
    "select c.id, coalesce(t.name, c.name), coalesce(t.description, '')
     from categories c
     left join texts t on t.category_id = c.id and t.language = " language "
     where c.slug = " slug
}

statement! {
    /// Selects the slug and the name of each category on the way from the root to this category.
    CategoryPath(category: i64 as BigInt, language: &'static str as Text) -> (Text, Text) =
    "with recursive up (id, parent_id, height) as (
        select id, parent_id, 0 from categories where id = " category "
        union all
        select c.id, c.parent_id, up.height + 1 from up join categories c on c.id = up.parent_id where up.height < 20
     )
     select c.slug, coalesce(t.name, c.name)
     from up join categories c on c.id = up.id
     left join texts t on t.category_id = c.id and t.language = " language "
     order by up.height desc"
}

statement! {
    CategoryChildren(category: i64 as BigInt, language: &'static str as Text) -> (Text, Text) =
    "select c.slug, coalesce(t.name, c.name)
     from categories c
     left join texts t on t.category_id = c.id and t.language = " language "
     where c.parent_id = " category "
     order by c.position, c.id"
}

/// Loads the category with this slug, with its ancestors and children; `None` if there is no such category.
pub(crate) fn category(conn: &mut PgConnection, slug: &str, language: Language) -> QueryResult<Option<Category>> {
    let language = language.code();
    let found = CategoryBySlug { slug: slug.to_owned(), language }
        .get_result::<(CategoryId, String, String)>(conn)
        .optional()?;
    let Some((id, name, description)) = found else {
        return Ok(None);
    };
    let path = category_links(CategoryPath { category: id.0, language }.load(conn)?);
    let children = category_links(CategoryChildren { category: id.0, language }.load(conn)?);
    Ok(Some(Category { id, name, description, path, children }))
}

/// Loads links to the ancestors of a category, root first, and to the category itself.
pub(super) fn path(
    conn: &mut PgConnection,
    category: CategoryId,
    language: Language,
) -> QueryResult<Vec<CategoryLink>> {
    Ok(category_links(CategoryPath { category: category.0, language: language.code() }.load(conn)?))
}

fn category_links(rows: Vec<(String, String)>) -> Vec<CategoryLink> {
    rows.into_iter().map(|(slug, name)| CategoryLink { slug, name }).collect()
}
