//! Shares of the pool (the bulkhead pattern): no kind of work may take all connections, so that one locked table or
//! many slow reads stop only work of the same kind.

use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

/// A kind of work that has timeouts of its own and its own share of the database connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    Checkout,
    /// Reads that load the data of many page requests at once, by a [`batch_loader`](crate::platform::batch_loader).
    Loader,
    Pages,
    Staff,
    Background,
}

tokio::task_local! {
    static SHARE: Share;
}

/// Runs `work` so that the connections it uses count towards `share` instead of [`Share::Pages`].
pub async fn with_share<F: Future>(share: Share, work: F) -> F::Output {
    SHARE.scope(share, work).await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionLimits {
    pub(super) lock_timeout: Duration,
    pub(super) statement_timeout: Duration,
}

/// The number of workers that place orders, each of which uses one connection at a time.
pub(super) const CHECKOUT_CONNECTIONS: u32 = 4;

pub(super) const SHORT: SessionLimits =
    SessionLimits { lock_timeout: Duration::from_millis(1000), statement_timeout: Duration::from_millis(2000) };
/// Timeouts for background jobs and for the work of staff, who upload files and change many rows at once.
pub(super) const LONG: SessionLimits =
    SessionLimits { lock_timeout: Duration::from_secs(2), statement_timeout: Duration::from_secs(15) };

/// Timeouts for connections that belong to no pool: no limit on a statement, except while it waits for a lock.
pub(super) const UNLIMITED: SessionLimits =
    SessionLimits { lock_timeout: Duration::from_secs(3), statement_timeout: Duration::ZERO };

impl Share {
    const ALL: [Self; 5] = [Self::Checkout, Self::Loader, Self::Pages, Self::Staff, Self::Background];

    /// Returns how many connections are reserved for this share, in a pool of eight or more.
    fn reserved(self) -> usize {
        match self {
            Self::Checkout | Self::Loader | Self::Pages => 2,
            Self::Staff | Self::Background => 1,
        }
    }

    pub(super) fn limits(self) -> SessionLimits {
        if matches!(self, Self::Staff | Self::Background) { LONG } else { SHORT }
    }

    /// Returns the time limit of one call of [`Db::run`](super::Db::run), including the wait for a connection.
    pub(super) fn timeout(self) -> Duration {
        match self {
            Self::Loader | Self::Pages => Duration::from_millis(2500),
            // The deadline of the request usually comes first.
            Self::Staff => Duration::from_secs(15),
            // Several round trips; the page that waits for the order has its own time limit.
            Self::Checkout => Duration::from_secs(8),
            Self::Background => Duration::from_secs(60),
        }
    }

    /// Returns the share towards which a connection of this handle counts: if `self` is [`Share::Pages`] and the code
    /// runs within [`with_share`], the share that was set there; otherwise `self`.
    pub(super) fn of_request(self) -> Self {
        if self == Self::Pages { SHARE.try_with(|share| *share).unwrap_or(self) } else { self }
    }

    fn index(self) -> usize {
        match self {
            Self::Checkout => 0,
            Self::Loader => 1,
            Self::Pages => 2,
            Self::Staff => 3,
            Self::Background => 4,
        }
    }
}

pub(super) struct Permit {
    _of_share: OwnedSemaphorePermit,
    _of_pool: OwnedSemaphorePermit,
}

pub(super) struct Shares {
    pool: Arc<Semaphore>,
    shares: [Arc<Semaphore>; Share::ALL.len()],
}

impl Shares {
    /// Divides a pool of `size` connections among the shares. In a pool of less than eight, the sum of all reserved
    /// connections, none is reserved.
    pub(super) fn new(size: usize) -> Self {
        let reserved: usize = Share::ALL.iter().map(|share| share.reserved()).sum();
        let of = |share: Share| {
            let limit = if size < reserved { size } else { size - reserved + share.reserved() };
            Arc::new(Semaphore::new(limit.max(1)))
        };
        Self { pool: Arc::new(Semaphore::new(size.max(1))), shares: Share::ALL.map(of) }
    }

    pub(super) async fn acquire(&self, share: Share, deadline: Instant) -> Option<Permit> {
        let of_share = self.shares.get(share.index()).map(Arc::clone)?;
        let of_share = timeout_at(deadline, of_share.acquire_owned()).await.ok()?.ok()?;
        let of_pool = timeout_at(deadline, Arc::clone(&self.pool).acquire_owned()).await.ok()?.ok()?;
        Some(Permit { _of_share: of_share, _of_pool: of_pool })
    }

    pub(super) fn in_use(&self, size: usize) -> usize {
        size.saturating_sub(self.pool.available_permits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_share_that_takes_all_it_can_leaves_each_other_one_its_own() {
        let shares = Shares::new(10);
        let soon = || Instant::now() + Duration::from_millis(5);
        let mut taken = Vec::new();
        while let Some(permit) = shares.acquire(Share::Pages, soon()).await {
            taken.push(permit);
        }
        assert_eq!(taken.len(), 4);
        for share in [Share::Checkout, Share::Checkout, Share::Loader, Share::Loader, Share::Staff, Share::Background] {
            taken.push(shares.acquire(share, soon()).await.expect("its own connection"));
        }
        assert!(shares.acquire(Share::Checkout, soon()).await.is_none());
        assert_eq!(shares.in_use(10), 10);
    }

    #[tokio::test]
    async fn a_small_pool_is_everybodys() {
        let shares = Shares::new(1);
        let permit = shares.acquire(Share::Background, Instant::now()).await;
        assert!(permit.is_some());
        assert!(shares.acquire(Share::Checkout, Instant::now()).await.is_none());
    }
}
