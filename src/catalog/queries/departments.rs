//! The way into the tree of categories.

use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{
    schema::{categories, texts},
    web::{Department, Language},
};

/// The roots of the tree in their order, with their names in a language.
///
/// # Errors
/// The database's own.
pub fn departments(conn: &mut PgConnection, language: Language) -> QueryResult<Vec<Department>> {
    let named = texts::category_id.eq(categories::id.nullable()).and(texts::language.eq(language.code()));
    let rows: Vec<(String, String, Option<String>)> = categories::table
        .left_join(texts::table.on(named))
        .filter(categories::parent_id.is_null())
        .order((categories::position, categories::id))
        .select((categories::slug, categories::name, texts::name.nullable()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(slug, name, translated)| Department { slug, name: translated.unwrap_or(name) }).collect())
}
