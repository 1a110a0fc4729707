//! Counts which products were bought together.

use std::time::{Duration, Instant};

use crate::{
    catalog,
    platform::db::{Db, DbError},
};

const INTERVAL: Duration = Duration::from_secs(2);
/// The maximum number of new order lines that one step reads. Counting for one product takes up to 5 ms, and statements
/// on a connection of the pool are canceled after two seconds.
const MAX_LINES: i32 = 100;
/// The number of products that one step counts again although they have no new order line.
const CHECKED: i32 = 10;
/// After a step, the job pauses for at least this many times the duration of the step, to leave the database to
/// checkouts. Nobody waits for the counts.
const PAUSE_FACTOR: u32 = 20;

/// Counts which products were bought together, for new orders and for all products in turn, until the runtime ends.
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
