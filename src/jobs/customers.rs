//! Keeps the table with which staff find and sort customers.

use std::time::Duration;

use super::repeat;
use crate::{
    customers::refresh_customers_once,
    platform::{clock, db::Db},
};

/// How old the figures in the list of customers are at most, if few orders come in.
const INTERVAL: Duration = Duration::from_secs(5);

/// Writes changed rows of the table until the runtime ends.
pub(super) async fn work(db: &Db) {
    repeat(INTERVAL, "the list of customers could not be refreshed", || {
        db.run(|conn| refresh_customers_once(conn, clock::now()))
    })
    .await;
}
