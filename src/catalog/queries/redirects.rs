//! Finds categories by slugs that they no longer have.

use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};

use crate::schema::{categories, former_category_slugs};

/// The present state of a category that once had a slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormerSlug {
    /// The category has this slug now.
    Replaced(String),
    /// The category was removed.
    Removed,
}

/// Looks up a slug that a category once had; `None` if no category ever had it. Call it only for a slug that no
/// category has now.
pub(crate) fn former_category_slug(conn: &mut PgConnection, slug: &str) -> QueryResult<Option<FormerSlug>> {
    let found: Option<Option<String>> = former_category_slugs::table
        .left_join(categories::table)
        .filter(former_category_slugs::slug.eq(slug))
        .select(categories::slug.nullable())
        .first(conn)
        .optional()?;
    Ok(found.map(|slug| slug.map_or(FormerSlug::Removed, FormerSlug::Replaced)))
}
