use diesel::{
    PgConnection,
    migration::{MigrationSource, MigrationVersion},
    pg::Pg,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The version of the migration by which `diesel setup` creates its helper functions; it is not one of the shop's.
const DIESEL_SETUP: &str = "00000000000000";

/// The message for a database with tables of before 2026-11-30, when all migrations were replaced; the new ones cannot
/// run on them. Redis has to be emptied too: carts contain ids of the old tables.
const TABLES_TOO_OLD: &str = "DATABASE_URL: an older version made these tables, and this one cannot update them; \
    nothing was changed. In a checkout: `make stop`, delete the folder var/, `make run`. With servers of your own: use \
    an empty PostgreSQL database and an empty Redis database";

/// Runs the migrations that are embedded in the binary and have not run yet, each in its own transaction. Returns their
/// names.
///
/// # Errors
/// The migration that failed; it is rolled back, those before it stay. Or what to do if an older version of the shop
/// made the tables; then nothing is changed.
pub fn migrate(conn: &mut PgConnection) -> Result<Vec<String>, String> {
    refuse_old_tables(conn)?;
    let ran = conn.run_pending_migrations(MIGRATIONS).map_err(|error| error.to_string())?;
    Ok(ran.iter().map(ToString::to_string).collect())
}

/// Returns whether any migration has not run yet.
///
/// # Errors
/// What to do if an older version of the shop made the tables; or the database error.
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
