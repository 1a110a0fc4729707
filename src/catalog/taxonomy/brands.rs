//! Edits of brands, each inside the caller's transaction.

use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::{Value, json};

use super::{
    model::BrandDetails,
    queries::brand_details_of,
    translations::{TaxonId, delete_translations, save_translations},
};
use crate::{
    catalog::edits::{EditError, EditOutcome, EditRefusal, creation_result, edit_result, insert_with_slug},
    kernel::{BrandId, Language},
    platform::db,
    schema::brands,
};

/// Creates a brand, and returns its id and slug. The inner `Err` says why the brand is refused; then nothing is
/// written.
pub fn create_brand(
    conn: &mut PgConnection,
    details: &BrandDetails,
    main: Language,
) -> QueryResult<Result<(BrandId, String), EditRefusal>> {
    creation_result(db::savepoint(conn, |conn| insert_brand(conn, details, main)))
}

/// Creates a brand, without a savepoint: an error aborts the caller's transaction.
pub(in crate::catalog) fn insert_brand(
    conn: &mut PgConnection,
    details: &BrandDetails,
    main: Language,
) -> Result<(BrandId, String), EditError> {
    let typed = Some(details.slug.as_str()).filter(|slug| !slug.is_empty());
    let (id, slug) = insert_with_slug(conn, typed, "brand", |conn, slug| {
        let id: BrandId = diesel::insert_into(brands::table)
            .values((brands::slug.eq(slug), brands::name.eq(details.name.of(main))))
            .returning(brands::id)
            .get_result(conn)?;
        Ok(id)
    })?;
    save_translations(conn, TaxonId::Brand(id), &details.name, main)?;
    Ok((id, slug))
}

/// Saves the name and slug of a brand; [`EditOutcome::Stale`] if its version is no longer `seen`.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such brand.
pub fn save_brand(
    conn: &mut PgConnection,
    id: BrandId,
    seen: i32,
    details: &BrandDetails,
    main: Language,
) -> QueryResult<EditOutcome> {
    edit_result(db::savepoint(conn, |conn| {
        brands::table.find(id).select(brands::id).for_no_key_update().first::<BrandId>(conn)?;
        let there = brand_details_of(conn, id, main)?;
        if there.version != seen {
            return Err(EditError::Stale);
        }
        let mut details = details.clone();
        if details.slug.is_empty() {
            details.slug.clone_from(&there.details.slug);
        }
        if there.details == details {
            return Ok(EditOutcome::Unchanged);
        }
        diesel::update(brands::table.find(id))
            .set((
                brands::slug.eq(&details.slug),
                brands::name.eq(details.name.of(main)),
                brands::version.eq(brands::version + 1),
            ))
            .execute(conn)?;
        save_translations(conn, TaxonId::Brand(id), &details.name, main)?;
        Ok(EditOutcome::Done { before: audit_value(&there.details), after: audit_value(&details) })
    }))
}

/// Removes a brand, or refuses with [`EditRefusal::InUse`] if it has products.
///
/// # Errors
/// [`diesel::result::Error::NotFound`] if there is no such brand.
pub fn remove_brand(conn: &mut PgConnection, id: BrandId, main: Language) -> QueryResult<EditOutcome> {
    edit_result(db::savepoint(conn, |conn| {
        // Waits for a concurrent edit or removal.
        brands::table.find(id).select(brands::id).for_update().first::<BrandId>(conn)?;
        let there = brand_details_of(conn, id, main)?;
        delete_translations(conn, TaxonId::Brand(id))?;
        diesel::delete(brands::table.find(id)).execute(conn).map_err(EditError::in_use)?;
        Ok(EditOutcome::Done { before: audit_value(&there.details), after: Value::Null })
    }))
}

fn audit_value(details: &BrandDetails) -> Value {
    json!({ "slug": details.slug, "name_en": details.name.en, "name_zh": details.name.zh })
}
