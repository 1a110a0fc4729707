//! Edits of brands, each inside somebody's transaction.

use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::{Value, json};

use super::{
    model::BrandDetails,
    queries::brand_details_of,
    said::{About, forget, say_in_chinese},
};
use crate::{
    catalog::goods::{Edited, Refused, Stop, ended, made},
    kernel::BrandId,
    platform::db,
    schema::brands,
};

/// Makes a brand.
///
/// # Errors
/// The database's own.
pub fn create_brand(conn: &mut PgConnection, details: &BrandDetails) -> QueryResult<Result<BrandId, Refused>> {
    made(db::savepoint(conn, |conn| {
        let id: BrandId = diesel::insert_into(brands::table)
            .values((brands::slug.eq(&details.slug), brands::name.eq(&details.name.en)))
            .returning(brands::id)
            .get_result(conn)?;
        say_in_chinese(conn, About::Brand(id), &details.name)?;
        Ok::<_, Stop>(id)
    }))
}

/// Writes what a brand is called, if it still is as `seen`.
///
/// # Errors
/// The database's own; [`diesel::result::Error::NotFound`] where there is no such brand.
pub fn save_brand(conn: &mut PgConnection, id: BrandId, seen: i32, details: &BrandDetails) -> QueryResult<Edited> {
    ended(db::savepoint(conn, |conn| {
        brands::table.find(id).select(brands::id).for_no_key_update().first::<BrandId>(conn)?;
        let there = brand_details_of(conn, id)?;
        if there.version != seen {
            return Err(Stop::Stale);
        }
        if there.details == *details {
            return Ok(Edited::Unchanged);
        }
        diesel::update(brands::table.find(id))
            .set((
                brands::slug.eq(&details.slug),
                brands::name.eq(&details.name.en),
                brands::version.eq(brands::version + 1),
            ))
            .execute(conn)?;
        say_in_chinese(conn, About::Brand(id), &details.name)?;
        Ok(Edited::Done { before: told(&there.details), after: told(details) })
    }))
}

/// Takes away a brand that makes nothing.
///
/// # Errors
/// The database's own; [`diesel::result::Error::NotFound`] where there is no such brand.
pub fn remove_brand(conn: &mut PgConnection, id: BrandId) -> QueryResult<Edited> {
    ended(db::savepoint(conn, |conn| {
        // Whoever edits it or takes it away at the same moment is waited for here.
        brands::table.find(id).select(brands::id).for_update().first::<BrandId>(conn)?;
        let there = brand_details_of(conn, id)?;
        forget(conn, About::Brand(id))?;
        diesel::delete(brands::table.find(id)).execute(conn).map_err(Stop::in_use)?;
        Ok(Edited::Done { before: told(&there.details), after: Value::Null })
    }))
}

fn told(details: &BrandDetails) -> Value {
    json!({ "slug": details.slug, "name_en": details.name.en, "name_zh": details.name.zh })
}
