//! Stock imports in the background: reads files, and applies confirmed imports in batches. The tables are the queue, so
//! any process can continue an import.

use serde_json::json;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

use crate::{
    audit::{self, AuditAction, NewAuditEntry},
    kernel::ImportId,
    platform::{
        clock,
        db::{self, Db, DbError},
    },
    stock::{self, BatchOutcome, Import},
};

/// How often stored files that are too old are deleted.
const DELETE_FILES_EVERY: Duration = Duration::from_secs(3_600);

/// Processes imports one after another until the runtime ends; polls every second for new ones.
pub async fn run_stock_imports(db: Db) {
    let mut deleted_at: Option<Instant> = None;
    loop {
        match run_stock_import_step(&db).await {
            Ok(true) => {}
            Ok(false) if deleted_at.is_none_or(|at| at.elapsed() >= DELETE_FILES_EVERY) => {
                deleted_at = Some(Instant::now());
                let now = clock::now();
                if let Err(error) = db.run(move |conn| Ok::<_, DbError>(stock::drop_old_import_files(conn, now)?)).await
                {
                    tracing::warn!(%error, "old files of imports could not be deleted");
                }
            }
            Ok(false) => tokio::time::sleep(Duration::from_secs(1)).await,
            Err(error) => {
                tracing::warn!(%error, "an import could not continue");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Applies one batch of an import, or reads one file. Returns whether there was anything to do.
pub async fn run_stock_import_step(db: &Db) -> Result<bool, DbError> {
    match db.run_in_line(|conn| db::transaction(conn, apply)).await {
        Ok(BatchOutcome::Nothing) => {}
        // The batch is retried in the next step; a file can be read meanwhile.
        Err(DbError::Late(why)) => tracing::info!(why, "an import waits for locked SKUs"),
        applied => return applied.map(|_| true),
    }
    match db.run(|conn| Ok::<_, DbError>(stock::claim_import_to_read(conn)?)).await? {
        Some(id) => read(db, id).await.map(|()| true),
        None => Ok(false),
    }
}

fn apply(conn: &mut db::Connection) -> Result<BatchOutcome, DbError> {
    db::set_lock_timeout(conn, db::BACKGROUND_LOCK_TIMEOUT)?;
    let applied = stock::apply_import_batch(conn, clock::now())?;
    if let BatchOutcome::Finished(import) = &applied {
        record_finish(conn, import)?;
    }
    Ok(applied)
}

/// Records in the audit log that an import was applied, in the name of the member of staff who confirmed it.
fn record_finish(conn: &mut db::Connection, import: &Import) -> Result<(), DbError> {
    let Some(staff_id) = import.confirmed_by else { return Ok(()) };
    let after = json!({ "import": import.id.0, "applied": import.applied, "failed": import.failed });
    let entry = NewAuditEntry {
        staff_id,
        action: AuditAction::FinishImport,
        target: import.file_name.clone(),
        before: None,
        after: Some(after),
        ip_address: None,
    };
    Ok(audit::record(conn, &entry)?)
}

/// Reads the file of an import into lines, on a connection of its own, because a large file takes longer than the
/// pool's statement timeout.
async fn read(db: &Db, id: ImportId) -> Result<(), DbError> {
    let (sender, result) = oneshot::channel();
    db.run_unpooled(move |conn| {
        let _ = sender.send(conn.and_then(|conn| stock::read_import(conn, id)));
    });
    result.await.unwrap_or(Err(DbError::Panicked))
}
