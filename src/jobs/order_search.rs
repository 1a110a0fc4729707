//! Fills the table from which staff find orders by words.

use std::time::{Duration, Instant};

use crate::{orders, platform::db::Db};

/// How often new orders are looked for: staff find an order within a second.
const INTERVAL: Duration = Duration::from_millis(500);
/// After a step the job pauses this many times as long as the step took: in a rush, orders go first.
const PAUSE_FACTOR: u32 = 3;
/// The pause after an error.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Adds rows for new orders until the runtime ends; and for all others, in steps.
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
