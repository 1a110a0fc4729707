//! Imports in the background: files are read, and what was confirmed is applied. The tables are the queue, so that any
//! process goes on where another has stopped.

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

/// How often files that nobody needs any longer are looked for.
const DROP_FILES_EVERY: Duration = Duration::from_secs(3_600);

/// Looks every second for an import that has something to do, one at a time, until the runtime ends.
pub async fn work_on_imports(db: Db) {
    let mut dropped: Option<Instant> = None;
    loop {
        match work_on_an_import(&db).await {
            Ok(true) => {}
            Ok(false) if dropped.is_none_or(|at| at.elapsed() >= DROP_FILES_EVERY) => {
                dropped = Some(Instant::now());
                let now = clock::now();
                if let Err(error) = db.run(move |conn| Ok::<_, DbError>(stock::drop_old_import_files(conn, now)?)).await
                {
                    tracing::warn!(%error, "old files of imports stay");
                }
            }
            Ok(false) => tokio::time::sleep(Duration::from_secs(1)).await,
            Err(error) => {
                tracing::warn!(%error, "imports have to wait");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// One step of [`work_on_imports`]: a batch, or a file. Says whether there was one.
///
/// # Errors
/// The database's own; the step has not happened.
pub async fn work_on_an_import(db: &Db) -> Result<bool, DbError> {
    match db.run_in_line(|conn| db::transaction(conn, apply)).await {
        Ok(BatchOutcome::Nothing) => {}
        // The next time; files can be read meanwhile.
        Err(DbError::Late(why)) => tracing::info!(why, "an import waits for goods that somebody holds"),
        applied => return applied.map(|_| true),
    }
    match db.run(|conn| Ok::<_, DbError>(stock::claim_import_to_read(conn)?)).await? {
        Some(id) => read(db, id).await.map(|()| true),
        None => Ok(false),
    }
}

fn apply(conn: &mut db::Connection) -> Result<BatchOutcome, DbError> {
    db::wait_for_rows(conn, db::A_WHILE)?;
    let applied = stock::apply_import_batch(conn, clock::now())?;
    if let BatchOutcome::Finished(import) = &applied {
        record_finish(conn, import)?;
    }
    Ok(applied)
}

/// Whoever confirmed it has done it.
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

/// On a thread and a connection of its own: a file may take its time.
async fn read(db: &Db, id: ImportId) -> Result<(), DbError> {
    let (tell, told) = oneshot::channel();
    db.apart(move |conn| {
        let _ = tell.send(conn.and_then(|conn| stock::read_import(conn, id)));
    });
    told.await.unwrap_or(Err(DbError::Panicked))
}
