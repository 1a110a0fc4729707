use diesel::{PgConnection, QueryResult, prelude::*};

use super::model::{NewSettings, Settings};
use crate::{config::FirstSettings, schema::store_settings};

/// Loads the settings if their version is not `known`; `None` if it is `known`, or if no settings are stored.
pub(super) fn changed_since(conn: &mut PgConnection, known: i64) -> QueryResult<Option<Settings>> {
    store_settings::table.filter(store_settings::version.ne(known)).select(Settings::as_select()).first(conn).optional()
}

/// Loads the settings; if none are stored yet, returns those that the first start of the shop would store.
pub fn settings_or_first(conn: &mut PgConnection, first: &FirstSettings) -> QueryResult<Settings> {
    let stored = store_settings::table.select(Settings::as_select()).first(conn).optional()?;
    Ok(stored.unwrap_or_else(|| Settings { version: 0, values: NewSettings::first(first) }))
}
