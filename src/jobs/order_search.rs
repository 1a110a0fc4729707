//! Fills the table with which staff find orders by words.

use std::time::{Duration, Instant};

use crate::{orders, platform::db::Db};

/// How often the search table is checked for missing rows of new orders: often enough that staff find an order within a
/// second.
const INTERVAL: Duration = Duration::from_millis(500);
/// After a step that leaves more to do, the job pauses for this many times the duration of the step, so that checkouts
/// go first when many orders come in at once.
const PAUSE_FACTOR: u32 = 3;
/// The pause after a database error.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Adds missing rows to the search table until the runtime ends: at once for new orders, and in small steps for all
/// others.
pub(super) async fn work(db: &Db) {
    loop {
        let began = Instant::now();
        match db.run(orders::fill_search).await {
            Ok(true) => tokio::time::sleep(began.elapsed() * PAUSE_FACTOR).await,
            Ok(false) => tokio::time::sleep(INTERVAL).await,
            Err(error) => {
                tracing::warn!(%error, "orders could not be made searchable");
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}
