//! The copy of the shop's settings in this process. Reading it costs no query; a query each second asks whether it is
//! still the newest. LISTEN is not used: behind a pooler a process has no connection of its own.

use std::{
    sync::{Arc, PoisonError, RwLock, Weak},
    time::Duration,
};

use super::{actions, model::Settings, queries};
use crate::{
    config::FirstSettings,
    platform::db::{self, Db, DbError, Share},
};

const POLL_INTERVAL: Duration = Duration::from_secs(1);

type Snapshot = RwLock<Arc<Settings>>;

/// This process's copy of the shop's settings: cheap to clone and to read; it follows a change within about a second.
#[derive(Clone, Debug)]
pub struct SettingsCache(Arc<Snapshot>);

impl SettingsCache {
    /// Loads the settings; in a new shop, stores `first` and loads that. A task on the current Tokio runtime then looks
    /// for changes each second until the last clone is dropped. While PostgreSQL is away, the last known settings stay.
    pub async fn open(db: &Db, first: &FirstSettings) -> Result<Self, DbError> {
        let first = first.clone();
        let stored = db.run(move |conn| db::transaction(conn, |conn| Ok::<_, DbError>(actions::create(conn, &first)?)));
        let cache = Self(Arc::new(RwLock::new(Arc::new(stored.await?))));
        tokio::spawn(poll(db.sharing(Share::Background), Arc::downgrade(&cache.0)));
        Ok(cache)
    }

    /// Returns the current settings. Call it once for a page or a job, so that all its parts use the same settings.
    pub fn get(&self) -> Arc<Settings> {
        read(&self.0)
    }

    /// Loads the settings now if they have changed. The process that changed them calls it after its commit.
    pub async fn refresh(&self, db: &Db) -> Result<(), DbError> {
        refresh(&self.0, db).await
    }
}

fn read(snapshot: &Snapshot) -> Arc<Settings> {
    Arc::clone(&snapshot.read().unwrap_or_else(PoisonError::into_inner))
}

async fn poll(db: Db, snapshot: Weak<Snapshot>) {
    let mut is_known = true;
    loop {
        tokio::time::sleep(POLL_INTERVAL).await;
        let Some(snapshot) = snapshot.upgrade() else { return };
        let result = refresh(&snapshot, &db).await;
        if let Err(error) = &result
            && is_known
        {
            tracing::warn!(%error, "the settings of the shop may be out of date");
        }
        is_known = result.is_ok();
    }
}

async fn refresh(snapshot: &Snapshot, db: &Db) -> Result<(), DbError> {
    let known = read(snapshot).version;
    if let Some(newest) = db.run(move |conn| Ok::<_, DbError>(queries::changed_since(conn, known)?)).await? {
        let mut current = snapshot.write().unwrap_or_else(PoisonError::into_inner);
        // Another task may have loaded newer ones meanwhile.
        if current.version == known {
            *current = Arc::new(newest);
        }
    }
    Ok(())
}
