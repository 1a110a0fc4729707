use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{
    catalog::{
        cards::cards,
        listings,
        model::{CategoryCard, Home},
        rules::Sort,
    },
    kernel::Language,
    schema::{categories, texts},
};

/// Loads the content of the home page: the root categories, and at most `most` bestsellers and `most` new products.
pub(crate) fn home(conn: &mut PgConnection, language: Language, most: i64) -> QueryResult<Home> {
    let best = listings::best(conn, None, Sort::Bestselling, most)?;
    let newest = listings::best(conn, None, Sort::New, most)?;
    Ok(Home {
        root_categories: category_cards(conn, language)?,
        bestsellers: cards(conn, &best, language)?,
        newest: cards(conn, &newest, language)?,
    })
}

#[derive(Queryable)]
struct RootCategoryRow {
    slug: String,
    name: String,
    translation: Option<String>,
    background: String,
    picture: Option<String>,
}

fn category_cards(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<CategoryCard>> {
    let named = texts::category_id.eq(categories::id.nullable()).and(texts::language.eq(language.code()));
    let rows: Vec<RootCategoryRow> = categories::table
        .left_join(texts::table.on(named))
        .filter(categories::parent_id.is_null())
        .order((categories::position, categories::id))
        .select((
            categories::slug,
            categories::name,
            texts::name.nullable(),
            categories::background,
            categories::picture,
        ))
        .load(conn)?;
    let mut cards = Vec::with_capacity(rows.len());
    for RootCategoryRow { slug, name, translation, background, picture } in rows {
        cards.push(CategoryCard { slug, name: translation.unwrap_or(name), background, picture });
    }
    Ok(cards)
}
