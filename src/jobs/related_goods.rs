//! Counts which products were bought together.

use std::time::{Duration, Instant};

use crate::{
    catalog,
    platform::db::{Db, DbError},
};

const INTERVAL: Duration = Duration::from_secs(2);
/// How many new order lines one step reads at most. To count for one product takes up to 5 ms, and a statement of the
/// pool ends after two seconds.
const MAX_LINES: i32 = 100;
/// How many products one step counts again without a new order.
const CHECKED: i32 = 10;
/// After a step, the job pauses for at least this many times the duration of the step: nobody waits for it, and checkouts
/// go first.
const PAUSE_FACTOR: u32 = 20;

/// Counts for new orders, and for all products in turn, until the runtime ends.
pub(super) async fn work(db: &Db) {
    loop {
        let began = Instant::now();
        let step = db.run(|conn| Ok::<_, DbError>(catalog::follow_related(conn, MAX_LINES, CHECKED)?));
        if let Err(error) = step.await {
            tracing::warn!(%error, "what was bought together could not be counted");
        }
        tokio::time::sleep(INTERVAL.max(began.elapsed() * PAUSE_FACTOR)).await;
    }
}
