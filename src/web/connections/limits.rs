//! How many connections may be open, in all and from one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use crate::{
    platform::metrics::{Counters, Gauge},
    web::client::network_of,
};

/// Connections that are open.
pub(super) static OPEN: Gauge = Gauge::new("till_http_connections", "Connections that are open");

/// Connections that were refused.
pub(super) static REFUSED: Counters<2> = Counters::new(
    "till_http_connections_refused_total",
    "Connections that were refused since too many were open, in all or from one address",
    "limit",
    ["address", "total"],
);

/// The bounds.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// In all.
    pub total: usize,
    /// From one address; `None` for no bound.
    pub per_address: Option<usize>,
    /// Whether that holds for this machine's own addresses too.
    pub bounds_loopback: bool,
}

/// Which bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    Address,
    Total,
}

impl Limit {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Total => "total",
        }
    }
}

/// The connections of all workers.
#[derive(Debug)]
pub(super) struct Connections {
    limits: ConnectionLimits,
    open: AtomicUsize,
    by_address: Mutex<HashMap<String, usize>>,
}

impl Connections {
    pub(super) fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self { limits, open: AtomicUsize::new(0), by_address: Mutex::default() })
    }

    /// One more, until what is returned is dropped.
    ///
    /// # Errors
    /// Which bound was reached.
    pub(super) fn admit(self: &Arc<Self>, peer: Option<IpAddr>) -> Result<OpenConnection, Limit> {
        let bounded = |ip: &IpAddr| self.limits.bounds_loopback || !ip.is_loopback();
        let per_address = self.limits.per_address.filter(|_| peer.as_ref().is_some_and(bounded));
        if self.open.fetch_add(1, Relaxed) >= self.limits.total {
            self.open.fetch_sub(1, Relaxed);
            return Err(Limit::Total);
        }
        let mut counted = None;
        if let (Some(most), Some(peer)) = (per_address, peer) {
            let network = network_of(peer.to_canonical());
            let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
            let open = by_address.entry(network.clone()).or_default();
            if *open >= most {
                self.open.fetch_sub(1, Relaxed);
                return Err(Limit::Address);
            }
            *open += 1;
            counted = Some(network);
        }
        OPEN.add(1);
        Ok(OpenConnection { connections: Arc::clone(self), peer, counted })
    }

    fn leave(&self, counted: Option<&String>) {
        OPEN.add(-1);
        self.open.fetch_sub(1, Relaxed);
        if let Some(network) = counted {
            let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(open) = by_address.get_mut(network) {
                *open = open.saturating_sub(1);
                if *open == 0 {
                    by_address.remove(network);
                }
            }
        }
    }
}

/// A connection that is counted until this is dropped.
#[derive(Debug)]
pub(super) struct OpenConnection {
    connections: Arc<Connections>,
    peer: Option<IpAddr>,
    counted: Option<String>,
}

impl OpenConnection {
    /// Whose it is, as limits tell addresses apart.
    pub(super) fn address(&self) -> String {
        self.peer.map_or_else(|| "unknown".to_owned(), |peer| network_of(peer.to_canonical()))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.connections.leave(self.counted.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(total: usize, per_address: usize, bounds_loopback: bool) -> Arc<Connections> {
        Connections::new(ConnectionLimits { total, per_address: Some(per_address), bounds_loopback })
    }

    fn from(address: &str) -> Option<IpAddr> {
        Some(address.parse().unwrap())
    }

    #[test]
    fn connections_are_bounded_in_all_and_from_one_address() {
        let connections = limits(4, 2, false);
        let refused = |address: &str| connections.admit(from(address)).unwrap_err();
        let mut open =
            vec![connections.admit(from("192.0.2.1")).unwrap(), connections.admit(from("192.0.2.1")).unwrap()];
        assert_eq!(refused("192.0.2.1"), Limit::Address);
        open.push(connections.admit(from("2001:db8::1")).unwrap());
        open.push(connections.admit(from("2001:db8::2")).unwrap());
        assert_eq!(refused("192.0.2.2"), Limit::Total);
        open.clear();
        assert!(connections.by_address.lock().unwrap().is_empty());
        let _open = connections.admit(from("192.0.2.1")).unwrap();
    }

    #[test]
    fn this_machine_is_bounded_only_where_that_is_wanted() {
        for (bounds_loopback, allowed) in [(false, true), (true, false)] {
            let connections = limits(10, 1, bounds_loopback);
            let _first = connections.admit(from("127.0.0.1")).unwrap();
            assert_eq!(connections.admit(from("127.0.0.1")).is_ok(), allowed);
        }
    }
}
