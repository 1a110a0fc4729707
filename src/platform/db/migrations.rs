//! The migrations, carried inside the binary: the same files the Diesel command line runs.

use diesel::PgConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Runs what has not run yet, each in a transaction of its own, and names what it ran.
///
/// # Errors
/// The migration that failed, and why; it has left nothing behind, those before it stay.
pub fn migrate(conn: &mut PgConnection) -> Result<Vec<String>, String> {
    let ran = conn.run_pending_migrations(MIGRATIONS).map_err(|error| error.to_string())?;
    Ok(ran.iter().map(ToString::to_string).collect())
}

/// Whether this program expects tables that are not there yet.
pub fn pending_migrations(conn: &mut PgConnection) -> Result<bool, String> {
    conn.has_pending_migration(MIGRATIONS).map_err(|error| error.to_string())
}
