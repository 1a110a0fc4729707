//! Keeps the search index in the memory of this process up to date with the catalog.

use std::time::Duration;
use tokio::sync::oneshot;

use crate::{
    catalog::SearchEngine,
    platform::db::{Connection, Db, DbError},
};

/// How often changes of products are read into the index. A search first reads the latest changes itself, unless there
/// are many.
const INTERVAL: Duration = Duration::from_secs(1);
/// The number of [`INTERVAL`]s between two checks. Each compares the next part of the index with the catalog.
const INTERVALS_BETWEEN_CHECKS: u32 = 30;

/// Builds the index, and reads changes of the catalog into it until the runtime ends.
pub(super) async fn work(db: &Db, search: &SearchEngine) {
    let mut done = 0_u32;
    loop {
        let search = search.clone();
        let followed = match done {
            0 => build(db, search).await,
            done if done.is_multiple_of(INTERVALS_BETWEEN_CHECKS) => {
                db.run(move |conn| Ok::<_, DbError>(search.follow(conn).and_then(|()| search.maintain(conn))?)).await
            }
            _ => db.run(move |conn| Ok::<_, DbError>(search.follow(conn)?)).await,
        };
        match followed {
            Ok(()) => done = done.wrapping_add(1).max(1),
            Err(error) => tracing::warn!(%error, "the search index could not follow the catalog"),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Builds the index on a connection outside the pool, because in a large shop that takes longer than the pool's
/// timeouts allow.
async fn build(db: &Db, search: SearchEngine) -> Result<(), DbError> {
    let (sender, built) = oneshot::channel();
    db.run_unpooled(move |conn: Result<&mut Connection, DbError>| {
        let _ = sender.send(conn.and_then(|conn| Ok(search.follow(conn)?)));
    });
    built.await.unwrap_or(Err(DbError::Panicked))
}
