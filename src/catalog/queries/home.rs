use diesel::{PgConnection, QueryResult, dsl::exists, prelude::*};

use super::cards::cards;
use crate::{
    catalog::model::{CategoryCard, Home},
    kernel::{Language, SpuId},
    schema::{categories, skus, spus, texts},
};

/// Loads the content of the home page: the root categories, and at most `most` bestsellers and `most` new products.
pub(crate) fn home(conn: &mut PgConnection, language: Language, most: i64) -> QueryResult<Home> {
    let on_sale = exists(skus::table.filter(skus::spu_id.eq(spus::id)).filter(skus::active));
    let shown = spus::table.filter(spus::published).filter(on_sale).select(spus::id).limit(most);
    let best: Vec<SpuId> = shown.order((spus::sales.desc(), spus::id)).load(conn)?;
    let newest: Vec<SpuId> = shown.order((spus::created_at.desc(), spus::id.desc())).load(conn)?;
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
