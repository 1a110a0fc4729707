//! Since when a connection waits for a request, and whether it must close to give way to another.

use futures_util::task::AtomicWaker;
use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::Waker,
    time::Instant,
};

/// Shared by a connection's stream and the limits on all connections, which live on several threads.
#[derive(Debug, Default)]
pub(super) struct IdleState {
    /// Milliseconds since the program started; 0 while the connection does not wait, [`EVICTED`] when it must close.
    since: AtomicU64,
    waker: AtomicWaker,
}

const EVICTED: u64 = u64::MAX;

impl IdleState {
    /// From now on the connection waits for a request of which nothing has come yet.
    pub(super) fn begin(&self) {
        let _ = self.since.compare_exchange(0, now(), Relaxed, Relaxed);
    }

    /// Something has come. It is answered, even where the connection was about to close.
    pub(super) fn end(&self) {
        self.since.store(0, Relaxed);
    }

    /// Since when it waits; `None` if it does not, or is about to close.
    pub(super) fn since(&self) -> Option<u64> {
        Some(self.since.load(Relaxed)).filter(|since| ![0, EVICTED].contains(since))
    }

    /// Has the connection close. Returns false if it no longer waits since that moment.
    pub(super) fn evict(&self, since: u64) -> bool {
        let evicted = self.since.compare_exchange(since, EVICTED, Relaxed, Relaxed).is_ok();
        if evicted {
            self.waker.wake();
        }
        evicted
    }

    /// Whether it must close now; later that is told by `waker`.
    pub(super) fn must_close(&self, waker: &Waker) -> bool {
        self.waker.register(waker);
        self.since.load(Relaxed) == EVICTED
    }
}

/// Milliseconds since the program started, at least 1.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(EVICTED - 2) + 1
}
