//! Keeps the lists of products up to date: follows changes of stock, deletes old versions, and compares the lists with
//! the products.

use std::time::Duration;

use super::repeat;
use crate::{
    catalog,
    platform::db::{Db, DbError},
};

/// How often the job looks for products that came into stock or sold out. Lists show such a change within a second.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(400);
/// The maximum number of products that one call of `follow_stock` refreshes.
const MAX_FLIPPED: i32 = 1_000;
const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// The maximum number of rows of old versions that one run deletes.
const MAX_DELETED: i64 = 5_000;

pub(super) async fn work(db: &Db) {
    tokio::join!(follow_stock(db), check(db));
}

async fn follow_stock(db: &Db) {
    repeat(FOLLOW_INTERVAL, "the lists of products do not follow the stock", || async {
        let flipped = db.run(|conn| Ok::<_, DbError>(catalog::follow_stock(conn)?)).await?;
        Ok(flipped >= MAX_FLIPPED)
    })
    .await;
}

async fn check(db: &Db) {
    repeat(CHECK_INTERVAL, "the lists of products could not be checked", || async {
        let deleted = db.run(|conn| Ok::<_, DbError>(catalog::delete_ended_listings(conn, MAX_DELETED)?)).await?;
        if let Some(wrong) = db.run(catalog::check_listings).await?.filter(|wrong| *wrong > 0) {
            tracing::warn!(wrong, "corrected products in the lists");
        }
        Ok(i64::try_from(deleted) == Ok(MAX_DELETED))
    })
    .await;
}
