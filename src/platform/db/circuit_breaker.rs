//! The circuit breaker of the database: while PostgreSQL does not answer, work is refused at once instead of waiting
//! for a timeout, and one connection attempt per second finds out when it is back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::pool::Progress;

#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    /// True if PostgreSQL did not answer a statement in time and no connection has been opened since.
    unanswered: AtomicBool,
    refused: AtomicBool,
    /// How often all connections have been discarded. The pool drops a connection that was opened when this number was
    /// lower.
    generation: AtomicU64,
    /// When any connection last finished its work, in milliseconds of the clock of [`Progress::now`].
    answered: AtomicU64,
}

impl CircuitBreaker {
    pub(super) fn is_open(&self) -> bool {
        self.unanswered.load(Ordering::Acquire)
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Acquire)
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn connected(&self) {
        self.refused.store(false, Ordering::Release);
        self.unanswered.store(false, Ordering::Release);
    }

    pub(super) fn connect_failed(&self) {
        self.refused.store(true, Ordering::Release);
    }

    pub(super) fn worked(&self) {
        self.answered.store(Progress::now(), Ordering::Release);
    }

    /// Reports that a statement, sent at `since` (a time of [`Progress::now`]), was not answered in time. Opens the
    /// breaker, unless another connection has worked since then, which shows that only this connection hangs. Returns
    /// whether the call opened the breaker.
    pub(super) fn unanswered(&self, since: u64) -> bool {
        if self.answered.load(Ordering::Acquire) > since {
            return false;
        }
        let opened = !self.unanswered.swap(true, Ordering::AcqRel);
        if opened {
            self.discard_connections();
        }
        opened
    }

    /// Makes the pool drop all open connections, because they hang or are connected to a read-only server.
    pub(super) fn discard_connections(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}
