//! Limits on open connections, in all and from one address. When one is reached, the connection that has been idle
//! longest is evicted: told to close.

use prometheus_client::{metrics::gauge::Gauge, registry::Registry};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

use super::idle::IdleState;
use crate::{kernel::codes, platform::metrics::Counters, web::client::network_of};

static OPEN: LazyLock<Gauge> = LazyLock::new(Gauge::default);

pub(super) static REFUSED: LazyLock<Counters> = LazyLock::new(|| Counters::new("limit", &ConnectionLimit::CODES));

/// Registers the metrics of open and refused connections.
pub fn register_connections(registry: &mut Registry) {
    registry.register("till_http_connections", "Connections that are open", OPEN.clone());
    let help = "Connections that were refused since too many were open, in all or from one address";
    registry.register("till_http_connections_refused", help, REFUSED.family());
}

/// The maximum numbers of open connections.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// The maximum number of open connections of all clients together.
    pub total: usize,
    /// The maximum number of open connections of one IPv4 address or one /64 network of IPv6; `None` for no maximum.
    pub per_address: Option<usize>,
    /// True if `per_address` applies to loopback addresses too.
    pub bounds_loopback: bool,
}

codes! {
    /// The limit because of which a connection is refused.
    pub(super) enum ConnectionLimit {
        Address = "address",
        Total = "total",
    }
}

/// The open connections of all workers.
#[derive(Debug)]
pub(super) struct OpenConnections {
    limits: ConnectionLimits,
    open: AtomicUsize,
    by_address: Mutex<HashMap<String, usize>>,
    /// All open connections, by a number that is unique in this process.
    registered: Mutex<HashMap<u64, RegisteredConnection>>,
    next_number: AtomicU64,
}

#[derive(Debug)]
struct RegisteredConnection {
    /// The address or network whose connections are counted together with this one; `None` if they are not limited.
    network: Option<String>,
    idle: Arc<IdleState>,
}

/// Whether a limit allows one more connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Free,
    /// One more connection may be opened: another one was told to close, and may still be open for a moment.
    Evicted,
    Full,
}

#[derive(Default)]
struct CountedAddress {
    /// The address or network under which the connection is counted; `None` if the number of its connections is not
    /// limited.
    network: Option<String>,
    has_evicted: bool,
}

/// Returns how many connections may be open while evicted ones are closing: a quarter more than the limit `bound`, and
/// at least eight more.
fn with_reserve(bound: usize) -> usize {
    bound + (bound / 4).max(8)
}

impl OpenConnections {
    pub(super) fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            open: AtomicUsize::new(0),
            by_address: Mutex::default(),
            registered: Mutex::default(),
            next_number: AtomicU64::new(0),
        })
    }

    /// Counts a new connection as open until the returned guard is dropped. At the limit of all connections, evicts the
    /// one that has been idle longest; at the limit of an address, the one of that address.
    ///
    /// # Errors
    /// The limit that is reached, if no idle connection can be evicted.
    pub(super) fn admit(self: &Arc<Self>, peer: Option<IpAddr>) -> Result<OpenConnection, ConnectionLimit> {
        let open = self.open.fetch_add(1, Relaxed);
        let admitted = self.count_address(peer).and_then(|counted| {
            // A connection that gave way for the address makes room here, too.
            let has_room = counted.has_evicted && open < with_reserve(self.limits.total);
            if has_room || self.make_room(open, self.limits.total, None) != Room::Full {
                return Ok(counted.network);
            }
            self.uncount_address(counted.network.as_ref());
            Err(ConnectionLimit::Total)
        });
        let network = admitted.inspect_err(|_| {
            self.open.fetch_sub(1, Relaxed);
        })?;
        OPEN.inc();
        let (number, idle) = (self.next_number.fetch_add(1, Relaxed), Arc::new(IdleState::default()));
        let registered = RegisteredConnection { network, idle: Arc::clone(&idle) };
        self.registered.lock().unwrap_or_else(PoisonError::into_inner).insert(number, registered);
        Ok(OpenConnection { connections: Arc::clone(self), peer, number, idle })
    }

    /// Counts a new connection for its address, if the address has a limit. At the limit, evicts an idle connection of
    /// that address.
    fn count_address(&self, peer: Option<IpAddr>) -> Result<CountedAddress, ConnectionLimit> {
        let bounded = |ip: &IpAddr| self.limits.bounds_loopback || !ip.is_loopback();
        let (Some(bound), Some(peer)) = (self.limits.per_address, peer.filter(bounded)) else {
            return Ok(CountedAddress::default());
        };
        let network = network_of(peer.to_canonical());
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let open = by_address.entry(network.clone()).or_default();
        let room = self.make_room(*open, bound, Some(&network));
        if room == Room::Full {
            return Err(ConnectionLimit::Address);
        }
        *open += 1;
        Ok(CountedAddress { network: Some(network), has_evicted: room == Room::Evicted })
    }

    fn uncount_address(&self, network: Option<&String>) {
        let Some(network) = network else { return };
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = by_address.get_mut(network) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                by_address.remove(network);
            }
        }
    }

    /// Returns whether one more connection may be opened beside `open` others. At the limit `bound`, evicts an idle
    /// one; only one from `network` if that is given.
    fn make_room(&self, open: usize, bound: usize, network: Option<&str>) -> Room {
        if open < bound {
            Room::Free
        } else if open < with_reserve(bound) && self.evict_one(network) {
            Room::Evicted
        } else {
            Room::Full
        }
    }

    /// Evicts the connection that has been idle longest; with a `network`, the one of that network. Returns false if
    /// none is idle.
    fn evict_one(&self, network: Option<&str>) -> bool {
        let registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let waiting = registered
                .iter()
                .filter(|(_, connection)| network.is_none() || connection.network.as_deref() == network)
                .filter_map(|(number, connection)| Some((connection.idle.since()?, number, &connection.idle)));
            match waiting.min_by_key(|(since, number, _)| (*since, **number)) {
                None => return false,
                Some((since, _, idle)) if idle.evict(since) => return true,
                // It has got a request just now.
                Some(_) => {}
            }
        }
    }

    fn leave(&self, number: u64) {
        OPEN.dec();
        self.open.fetch_sub(1, Relaxed);
        let left = self.registered.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        self.uncount_address(left.and_then(|left| left.network).as_ref());
    }
}

/// The guard of a connection, which is counted as open until the guard is dropped.
#[derive(Debug)]
pub(super) struct OpenConnection {
    connections: Arc<OpenConnections>,
    peer: Option<IpAddr>,
    number: u64,
    idle: Arc<IdleState>,
}

impl OpenConnection {
    pub(super) fn idle(&self) -> &IdleState {
        &self.idle
    }

    /// Returns the IPv4 address or the /64 network of the client; `unknown` if the client has no address.
    pub(super) fn address(&self) -> String {
        self.peer.map_or_else(|| "unknown".to_owned(), |peer| network_of(peer.to_canonical()))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.connections.leave(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn limits(total: usize, per_address: usize, bounds_loopback: bool) -> Arc<OpenConnections> {
        OpenConnections::new(ConnectionLimits { total, per_address: Some(per_address), bounds_loopback })
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
        assert_eq!(refused("192.0.2.1"), ConnectionLimit::Address);
        open.push(connections.admit(from("2001:db8::1")).unwrap());
        open.push(connections.admit(from("2001:db8::2")).unwrap());
        assert_eq!(refused("192.0.2.2"), ConnectionLimit::Total);
        open.clear();
        assert!(connections.registered.lock().unwrap().is_empty());
        assert!(connections.by_address.lock().unwrap().is_empty());
        let _open = connections.admit(from("192.0.2.1")).unwrap();
    }

    #[test]
    fn the_connection_that_waits_longest_for_a_request_gives_way() {
        let connections = limits(4, 2, false);
        let admit = |address: &str| connections.admit(from(address));
        let mut open = Vec::new();
        for address in ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            open.push(admit(address).unwrap());
        }
        let must_close = |open: &OpenConnection| open.idle().must_close(Waker::noop());
        // Of the same address, where that bound is reached.
        open[2].idle().begin();
        assert_eq!(admit("192.0.2.1").unwrap_err(), ConnectionLimit::Address);
        open[1].idle().begin();
        let _same_address = admit("192.0.2.1").unwrap();
        assert!(must_close(&open[1]) && !must_close(&open[2]), "one gives way for both bounds");
        let _other_address = admit("192.0.2.4").unwrap();
        assert!(must_close(&open[2]));
        // One that has got something since does not give way.
        open[0].idle().begin();
        open[0].idle().end();
        assert_eq!(admit("192.0.2.5").unwrap_err(), ConnectionLimit::Total);
    }

    #[test]
    fn those_that_give_way_and_are_not_closed_yet_are_few() {
        let connections = limits(100, 1000, false);
        let admit = || connections.admit(from("192.0.2.1"));
        let mut open: Vec<OpenConnection> = (0..100).map(|_| admit().unwrap()).collect();
        open.iter().for_each(|connection| connection.idle().begin());
        while let Ok(connection) = admit() {
            open.push(connection);
        }
        assert_eq!(open.len(), 125);
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
