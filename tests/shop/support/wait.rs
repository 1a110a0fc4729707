//! Waiting for what others do in their own time.

use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Waits until it is so. A minute is far longer than anything takes, also on a machine with much else to do.
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
