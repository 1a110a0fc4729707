//! When a gateway is asked about a payment attempt, and what the units of an order line are worth.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::kernel::Money;

/// How many seconds after a payment attempt was created the gateway is asked about it for the first times. Later
/// queries follow every 30 seconds.
const FIRST_QUERIES: [i64; 3] = [5, 15, 30];
const QUERY_INTERVAL: TimeDelta = TimeDelta::seconds(30);
/// For how long after its expiry the gateway is still asked about a payment attempt, because a payment of the last
/// moment may become known late.
const QUERY_AFTER_EXPIRY: TimeDelta = TimeDelta::minutes(15);

/// A refund that is not done this long after it was stored is stuck, so that staff look at it.
const REFUND_STUCK_AFTER: TimeDelta = TimeDelta::hours(1);

/// Returns the time one hour before `now`. A refund that was stored before this time and is not done is stuck.
pub fn stuck_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - REFUND_STUCK_AFTER
}

/// Returns when to ask the gateway next about an open payment attempt after `queries` queries; `None` if it is not
/// asked any more.
pub fn next_query(
    opened: DateTime<Utc>,
    expires: DateTime<Utc>,
    queries: i32,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let first = usize::try_from(queries).ok().and_then(|queries| FIRST_QUERIES.get(queries));
    let next = match first {
        Some(seconds) => (opened + TimeDelta::seconds(*seconds)).max(now),
        None => now + QUERY_INTERVAL,
    };
    (next <= expires + QUERY_AFTER_EXPIRY).then_some(next)
}

/// Returns what the units number `from` + 1 to `to` of an order line are worth, in whole fen, if all its `count` units
/// together cost `net`. However a line is divided, its parts add up to exactly `net`.
pub fn worth_of_units(net: Money, count: i32, from: i32, to: i32) -> Money {
    let up_to =
        |units: i32| (net.amount() * Decimal::from(units) / Decimal::from(count.max(1)) * Decimal::from(100)).floor();
    let fen = up_to(to.min(count)) - up_to(from.clamp(0, to));
    Money::new(fen / Decimal::from(100)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_gateway_is_asked_soon_then_each_half_minute_until_a_while_after_the_expiry() {
        let opened = DateTime::UNIX_EPOCH;
        let at = |seconds| opened + TimeDelta::seconds(seconds);
        let expires = at(1800);
        assert_eq!(next_query(opened, expires, 0, opened), Some(at(5)));
        assert_eq!(next_query(opened, expires, 1, at(6)), Some(at(15)));
        assert_eq!(next_query(opened, expires, 2, at(40)), Some(at(40)), "late ones at once");
        assert_eq!(next_query(opened, expires, 3, at(40)), Some(at(70)));
        assert_eq!(next_query(opened, expires, 90, at(1800 + 870)), Some(at(1800 + 900)));
        assert_eq!(next_query(opened, expires, 91, at(1800 + 871)), None);
    }

    #[test]
    fn three_parts_of_a_line_that_does_not_divide_by_three_add_up() {
        let net: Money = "100.00".parse().unwrap();
        let parts = [(0, 1), (1, 2), (2, 3)].map(|(from, to)| worth_of_units(net, 3, from, to).plain());
        assert_eq!(parts, ["33.33", "33.33", "33.34"]);
    }

    proptest! {
        #[test]
        fn parts_of_a_line_add_up_to_its_net(fen in 0_i64..10_000_000, count in 1_i32..200, cuts in prop::collection::vec(0_i32..200, 0..6)) {
            let net = Money::new(Decimal::new(fen, 2)).unwrap();
            let mut cuts: Vec<i32> = cuts.into_iter().map(|cut| cut.min(count)).chain([0, count]).collect();
            cuts.sort_unstable();
            let sum: Money = cuts.windows(2).map(|pair| worth_of_units(net, count, pair[0], pair[1])).sum();
            prop_assert_eq!(sum, net);
        }
    }
}
