use diesel::{
    PgConnection,
    migration::{MigrationSource, MigrationVersion},
    pg::Pg,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The version of the migration by which `diesel setup` creates its helper functions; it is not one of the shop's.
const DIESEL_SETUP: &str = "00000000000000";

/// The error message for a database whose tables were made before 2026-11-30. On that day all migrations were replaced,
/// and the new ones cannot run on such tables. Redis has to be emptied too: carts contain ids of the old tables.
const TABLES_TOO_OLD: &str = "DATABASE_URL: an older version made these tables, and this one cannot update them; \
    nothing was changed. In a checkout: `make stop`, delete the folder var/, `make run`. With servers of your own: use \
    an empty PostgreSQL database and an empty Redis database";

/// Runs the migrations that are embedded in the binary and have not run yet, each in its own transaction. Returns their
/// names.
///
/// # Errors
/// If a migration fails, the reason: it is rolled back, and the migrations before it stay applied. If an older version
/// of the shop made the tables, a message that says what to do; nothing is changed.
pub fn migrate(conn: &mut PgConnection) -> Result<Vec<String>, String> {
    refuse_old_tables(conn)?;
    let ran = conn.run_pending_migrations(MIGRATIONS).map_err(|error| error.to_string())?;
    Ok(ran.iter().map(ToString::to_string).collect())
}

/// Returns whether any migration has not run yet.
///
/// # Errors
/// If an older version of the shop made the tables, a message that says what to do; otherwise the database error.
pub fn pending_migrations(conn: &mut PgConnection) -> Result<bool, String> {
    refuse_old_tables(conn)?;
    conn.has_pending_migration(MIGRATIONS).map_err(|error| error.to_string())
}

/// Fails with [`TABLES_TOO_OLD`] if a migration has run that is older than all migrations of this program.
fn refuse_old_tables(conn: &mut PgConnection) -> Result<(), String> {
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(|error| error.to_string())?;
    let first = migrations.iter().map(|migration| migration.name().version().as_owned()).min();
    let applied = conn.applied_migrations().map_err(|error| error.to_string())?;
    let is_old = |version: &MigrationVersion<'_>| {
        *version != MigrationVersion::from(DIESEL_SETUP) && first.as_ref().is_some_and(|first| version < first)
    };
    if applied.iter().any(is_old) { Err(TABLES_TOO_OLD.to_owned()) } else { Ok(()) }
}
