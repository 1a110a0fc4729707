//! Measures how long the batches of the checkout take; the size of the next batches follows from it.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};
use tokio::sync::Notify;

use super::actions;
use crate::platform::db;

const MAX_BATCH: usize = 64;
/// The maximum size of a batch never falls below this, however slow the database is.
const MIN_BATCH: usize = 8;
/// A batch that takes longer than this halves the maximum size of the next ones; a quicker one doubles it.
const SLOW_BATCH: Duration = Duration::from_secs(3);
/// After a batch that takes longer than this, one more worker takes a batch, because most of the time goes into round
/// trips and not into waiting for locks.
const EXTRA_WORKER_FROM: Duration = Duration::from_millis(500);

/// Measures how long batches take, from which their maximum size and the lock timeout follow. All workers share it.
pub(super) struct Pace {
    /// The exponentially smoothed duration of a batch, in microseconds.
    micros: AtomicU64,
    max_batch: AtomicUsize,
    /// Wakes the extra worker, which places only one more batch after each slow one.
    pub(super) extra: Notify,
}

impl Default for Pace {
    fn default() -> Self {
        Self { micros: AtomicU64::new(0), max_batch: AtomicUsize::new(MAX_BATCH), extra: Notify::new() }
    }
}

impl Pace {
    pub(super) fn record(&self, took: Duration) {
        let before = self.micros.load(Ordering::Relaxed);
        let took_micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).min(60_000_000);
        self.micros.store((before * 3 + took_micros) / 4, Ordering::Relaxed);
        let size = self.max_batch.load(Ordering::Relaxed);
        let next = if took > SLOW_BATCH { size / 2 } else { size * 2 };
        self.max_batch.store(next.clamp(MIN_BATCH, MAX_BATCH), Ordering::Relaxed);
        if took > EXTRA_WORKER_FROM {
            self.extra.notify_one();
        }
    }

    pub(super) fn max_batch(&self) -> usize {
        self.max_batch.load(Ordering::Relaxed)
    }

    /// Returns the lock timeout: the usual duration of a batch, which is longer than a batch holds its locks.
    pub(super) fn lock_timeout(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed)).clamp(db::LOCK_TIMEOUT, actions::MAX_LOCK_TIMEOUT)
    }
}
