//! Waiting for a condition.

use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Waits until the condition is true. The limit of a minute is far longer than anything takes, even on a busy machine.
#[track_caller]
pub fn until(what: &str, mut so: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !so() {
            assert!(Instant::now() < deadline, "{place}: waited in vain: {what}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}
