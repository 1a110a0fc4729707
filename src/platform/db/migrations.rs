use diesel::PgConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Runs the pending migrations, which are embedded in the binary, each in its own transaction. Returns their names.
///
/// # Errors
/// The migration that failed; it is rolled back, those before it stay.
pub fn migrate(conn: &mut PgConnection) -> Result<Vec<String>, String> {
    let ran = conn.run_pending_migrations(MIGRATIONS).map_err(|error| error.to_string())?;
    Ok(ran.iter().map(ToString::to_string).collect())
}

/// Whether any migration has not run yet.
pub fn pending_migrations(conn: &mut PgConnection) -> Result<bool, String> {
    conn.has_pending_migration(MIGRATIONS).map_err(|error| error.to_string())
}
