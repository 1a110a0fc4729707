use diesel::{PgConnection, QueryResult, prelude::*};

use super::model::{NewSettings, Settings};
use crate::{config::FirstSettings, schema::store_settings};

/// Stores `first` as the shop's settings, unless it has settings already. Returns those that it has now. Several
/// processes may call it at once.
pub fn create(conn: &mut PgConnection, first: &FirstSettings) -> QueryResult<Settings> {
    // Read first: a shop that has settings also starts while PostgreSQL takes no writes.
    if let Some(stored) = store_settings::table.select(Settings::as_select()).first(conn).optional()? {
        return Ok(stored);
    }
    diesel::insert_into(store_settings::table)
        .values(NewSettings::first(first))
        .on_conflict_do_nothing()
        .execute(conn)?;
    store_settings::table.select(Settings::as_select()).first(conn)
}

/// Stores `new` if the version of the stored settings is still `seen`. Returns the settings (before, after); `None`,
/// with nothing stored, if somebody else has changed them since.
pub fn save(conn: &mut PgConnection, new: &NewSettings, seen: i64) -> QueryResult<Option<(Settings, Settings)>> {
    // Concurrent changes wait here for each other.
    let before: Settings = store_settings::table.select(Settings::as_select()).for_update().first(conn)?;
    if before.version != seen {
        return Ok(None);
    }
    if before.values == *new {
        return Ok(Some((before.clone(), before)));
    }
    let after = diesel::update(store_settings::table)
        .set((new, store_settings::version.eq(store_settings::version + 1)))
        .returning(Settings::as_returning())
        .get_result(conn)?;
    Ok(Some((before, after)))
}
