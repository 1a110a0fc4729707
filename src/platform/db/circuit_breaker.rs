//! Whether the database answers at all. While it does not, nobody waits to find that out again: work is refused at once, and
//! one connection attempt each second tells when it is back (the circuit breaker pattern).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::pool::Progress;

/// Shared by the pool and whoever wants a connection of it.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    /// A statement was not answered, and since then no new connection was made.
    unanswered: AtomicBool,
    /// The last attempt to connect failed.
    refused: AtomicBool,
    /// Connections of an earlier generation are not used any more.
    generation: AtomicU64,
    /// When the last statement of any connection was answered, on the clock of [`Progress`].
    answered: AtomicU64,
}

impl CircuitBreaker {
    /// True while statements are not answered.
    pub(super) fn is_open(&self) -> bool {
        self.unanswered.load(Ordering::Acquire)
    }

    /// True if the last attempt to connect failed.
    pub(super) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Acquire)
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// A new connection was made: the database is there.
    pub(super) fn connected(&self) {
        self.refused.store(false, Ordering::Release);
        self.unanswered.store(false, Ordering::Release);
    }

    /// No new connection could be made.
    pub(super) fn connect_failed(&self) {
        self.refused.store(true, Ordering::Release);
    }

    /// Work was done.
    pub(super) fn worked(&self) {
        self.answered.store(Progress::now(), Ordering::Release);
    }

    /// A statement sent at `since` was not answered in time. Opens the breaker unless others were answered meanwhile: then it is
    /// that connection alone. Returns true to the first who opens it.
    pub(super) fn unanswered(&self, since: u64) -> bool {
        if self.answered.load(Ordering::Acquire) > since {
            return false;
        }
        let opened = !self.unanswered.swap(true, Ordering::AcqRel);
        if opened {
            // What hangs now may hang for ever.
            self.discard_connections();
        }
        opened
    }

    /// Has the pool let go of all connections that there are: they hang, or lead to a server that takes no writes.
    pub(super) fn discard_connections(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}
