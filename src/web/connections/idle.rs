//! Since when a connection is idle, and whether it was evicted: told to close to make room for another.

use futures_util::task::AtomicWaker;
use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::Waker,
    time::Instant,
};

/// Whether a connection is idle, busy or evicted (told to close). Its stream and the limits share this across threads.
#[derive(Debug, Default)]
pub(super) struct IdleState {
    /// Since when the connection is idle, in microseconds of the clock of [`now`]; 0 while it is busy, [`EVICTED`] when
    /// it has to close.
    since: AtomicU64,
    waker: AtomicWaker,
}

const EVICTED: u64 = u64::MAX;

impl IdleState {
    /// Marks the connection as idle from now on; does nothing if it is idle or evicted.
    pub(super) fn begin(&self) {
        let _ = self.since.compare_exchange(0, now(), Relaxed, Relaxed);
    }

    /// Marks the connection as busy, because bytes have arrived. That also undoes an eviction.
    pub(super) fn end(&self) {
        self.since.store(0, Relaxed);
    }

    /// Returns since when the connection is idle, in microseconds of the clock of [`now`]; `None` if it is busy or
    /// evicted.
    pub(super) fn since(&self) -> Option<u64> {
        Some(self.since.load(Relaxed)).filter(|since| ![0, EVICTED].contains(since))
    }

    /// Evicts the connection and wakes its stream, if it is still idle since `since`; otherwise returns false without
    /// effect.
    pub(super) fn evict(&self, since: u64) -> bool {
        let evicted = self.since.compare_exchange(since, EVICTED, Relaxed, Relaxed).is_ok();
        if evicted {
            self.waker.wake();
        }
        evicted
    }

    /// Returns whether the connection was evicted (told to close); if it is evicted later, `waker` is woken.
    pub(super) fn must_close(&self, waker: &Waker) -> bool {
        self.waker.register(waker);
        self.since.load(Relaxed) == EVICTED
    }
}

/// Returns the microseconds since this function was first called, at least 1.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_micros()).unwrap_or(EVICTED - 2) + 1
}
