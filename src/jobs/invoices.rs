//! Issues the invoices of paid orders and the credit notes of completed refunds in the background.

use chrono::FixedOffset;
use std::time::Duration;

use super::repeat;
use crate::{
    invoices,
    platform::{
        clock,
        db::{Db, DbError},
    },
    store::SettingsCache,
};

const POLL_INTERVAL: Duration = Duration::from_secs(10);
/// The maximum number of documents of each kind that one step issues.
const MAX_ISSUED: i64 = 50;

/// Issues invoices and credit notes that are due, until the runtime ends.
pub(super) async fn work(db: &Db, settings: &SettingsCache, zone: FixedOffset) {
    repeat(POLL_INTERVAL, "invoices could not be issued", || issue_documents(db, settings, zone)).await;
}

/// Issues invoices and credit notes that are due. Returns true if more are due. Several processes may call it at the
/// same time.
pub async fn issue_documents(db: &Db, settings: &SettingsCache, zone: FixedOffset) -> Result<bool, DbError> {
    let shop = settings.get();
    let step = db.run_in_line(move |conn| invoices::issue_due(conn, (&shop, zone), MAX_ISSUED, clock::now())).await?;
    if step.issued > 0 {
        tracing::info!(documents = step.issued, "issued invoices and credit notes");
    }
    Ok(step.has_more)
}
