//! Edits of the category tree, each inside the caller's transaction. They lock the table, so that the tree cannot
//! change between the check of a rule and the write.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, dsl::max, prelude::*};
use serde_json::{Value, json};

use super::{
    defaults::{enqueue_low_stock_defaults, lock_category_tree},
    model::{CategoryDetails, MoveDirection},
    queries::category_details_of,
    translations::{TaxonId, delete_translations, save_translations},
};
use crate::{
    catalog::edits::{EditError, EditOutcome, EditRefusal, creation_result, edit_result, insert_with_slug},
    kernel::{CategoryId, Language},
    platform::db,
    schema::categories,
};

/// Creates a category as the last of its siblings, and returns its id and slug. The inner `Err` says why the category
/// is refused; then nothing is written.
pub fn create_category(
    conn: &mut PgConnection,
    details: &CategoryDetails,
    main: Language,
) -> QueryResult<Result<(CategoryId, String), EditRefusal>> {
    creation_result(db::savepoint(conn, |conn| insert_category(conn, details, main)))
}

/// Creates a category as the last of its siblings, without a savepoint: an error aborts the caller's transaction.
pub(in crate::catalog) fn insert_category(
    conn: &mut PgConnection,
    details: &CategoryDetails,
    main: Language,
) -> Result<(CategoryId, String), EditError> {
    lock_category_tree(conn)?;
    let position = last_place(conn, details.parent_id)?;
    let typed = Some(details.slug.as_str()).filter(|slug| !slug.is_empty());
    let (id, slug) = insert_with_slug(conn, typed, "category", |conn, slug| {
        let id: CategoryId = diesel::insert_into(categories::table)
            .values((
                categories::slug.eq(slug),
                categories::name.eq(details.name.of(main)),
                categories::parent_id.eq(details.parent_id),
                categories::low_stock_at.eq(details.low_stock_at),
                categories::position.eq(position),
            ))
            .returning(categories::id)
            .get_result(conn)?;
        Ok(id)
    })?;
    save_translations(conn, TaxonId::Category(id), &details.name, main)?;
    Ok((id, slug))
}

/// Saves a category; [`EditOutcome::Stale`] if its version is no longer `seen`. A category with a new parent becomes
/// the last of its siblings. If the low-stock threshold changed, a job writes it to the SKUs.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such category.
pub fn save_category(
    conn: &mut PgConnection,
    id: CategoryId,
    seen: i32,
    details: &CategoryDetails,
    (main, now): (Language, DateTime<Utc>),
) -> QueryResult<EditOutcome> {
    edit_result(db::savepoint(conn, |conn| {
        lock_category_tree(conn)?;
        let there = category_details_of(conn, id, main)?;
        if there.version != seen {
            return Err(EditError::Stale);
        }
        let was = there.details;
        let mut details = details.clone();
        if details.slug.is_empty() {
            details.slug.clone_from(&was.slug);
        }
        if was == details {
            return Ok(EditOutcome::Unchanged);
        }
        if details.parent_id == Some(id) {
            return Err(EditError::Refused(EditRefusal::BelowItself));
        }
        let moves = was.parent_id != details.parent_id;
        if moves {
            let position = last_place(conn, details.parent_id)?;
            diesel::update(categories::table.find(id)).set(categories::position.eq(position)).execute(conn)?;
        }
        diesel::update(categories::table.find(id))
            .set((
                categories::slug.eq(&details.slug),
                categories::name.eq(details.name.of(main)),
                categories::parent_id.eq(details.parent_id),
                categories::low_stock_at.eq(details.low_stock_at),
                categories::version.eq(categories::version + 1),
            ))
            .execute(conn)?;
        save_translations(conn, TaxonId::Category(id), &details.name, main)?;
        if moves || was.low_stock_at != details.low_stock_at {
            enqueue_low_stock_defaults(conn, id, now)?;
        }
        Ok(EditOutcome::Done { before: audit_value(conn, &was)?, after: audit_value(conn, &details)? })
    }))
}

/// Moves a category one place up or down among its siblings; `Unchanged` if it is already first or last.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such category.
pub fn place_category(conn: &mut PgConnection, id: CategoryId, place: MoveDirection) -> QueryResult<EditOutcome> {
    edit_result(db::savepoint(conn, |conn| {
        lock_category_tree(conn)?;
        let parent: Option<CategoryId> = categories::table.find(id).select(categories::parent_id).first(conn)?;
        let mut siblings: Vec<CategoryId> = categories::table
            .filter(categories::parent_id.is_not_distinct_from(parent))
            .order((categories::position, categories::id))
            .select(categories::id)
            .load(conn)?;
        let at = siblings.iter().position(|sibling| *sibling == id).unwrap_or_default();
        let to = match place {
            MoveDirection::Up => at.checked_sub(1),
            MoveDirection::Down => Some(at + 1).filter(|to| *to < siblings.len()),
        };
        let Some(to) = to else { return Ok::<_, EditError>(EditOutcome::Unchanged) };
        siblings.swap(at, to);
        for (position, sibling) in (0_i32..).zip(&siblings) {
            diesel::update(categories::table.find(sibling).filter(categories::position.ne(position)))
                .set(categories::position.eq(position))
                .execute(conn)?;
        }
        Ok(EditOutcome::Done { before: json!({ "place": at + 1 }), after: json!({ "place": to + 1 }) })
    }))
}

/// Removes a category, or refuses with [`EditRefusal::InUse`] if it has products or children.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such category.
pub fn remove_category(conn: &mut PgConnection, id: CategoryId, main: Language) -> QueryResult<EditOutcome> {
    edit_result(db::savepoint(conn, |conn| {
        lock_category_tree(conn)?;
        let there = category_details_of(conn, id, main)?;
        let before = audit_value(conn, &there.details)?;
        delete_translations(conn, TaxonId::Category(id))?;
        diesel::delete(categories::table.find(id)).execute(conn).map_err(EditError::in_use)?;
        Ok(EditOutcome::Done { before, after: Value::Null })
    }))
}

fn last_place(conn: &mut PgConnection, parent: Option<CategoryId>) -> QueryResult<i32> {
    let last: Option<i32> = categories::table
        .filter(categories::parent_id.is_not_distinct_from(parent))
        .select(max(categories::position))
        .first(conn)?;
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

/// Returns the details of a category as JSON for the audit log, with the slug of the parent instead of its id.
fn audit_value(conn: &mut PgConnection, details: &CategoryDetails) -> QueryResult<Value> {
    let parent: Option<String> = match details.parent_id {
        Some(parent) => categories::table.find(parent).select(categories::slug).first(conn).optional()?,
        None => None,
    };
    Ok(json!({
        "slug": details.slug,
        "name_en": details.name.en,
        "name_zh": details.name.zh,
        "parent": parent,
        "low_stock_at": details.low_stock_at,
    }))
}
