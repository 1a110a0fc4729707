//! How long a request may wait for PostgreSQL and Redis in all. Every wait of a request keeps to the same deadline, so that
//! several slow answers in a row do not add up.

use std::{cell::Cell, time::Duration};
use tokio::time::Instant;

#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    budget: Duration,
}

tokio::task_local! {
    static DEADLINE: Cell<Deadline>;
}

/// Runs `work`, all waits of which together end after `budget`.
pub async fn scope<F: Future>(budget: Duration, work: F) -> F::Output {
    DEADLINE.scope(Cell::new(Deadline { at: Instant::now() + budget, budget }), work).await
}

/// Starts the budget of the running request anew: what went by until now was the client's time, such as that of an upload,
/// or that of a step with a time limit of its own.
pub fn restart() {
    // Outside of a request there is nothing to start.
    let _ = DEADLINE.try_with(|deadline| {
        let budget = deadline.get().budget;
        deadline.set(Deadline { at: Instant::now() + budget, budget });
    });
}

/// Gives the running request another budget, from now on: it does what takes longer than showing a page.
pub fn extend(budget: Duration) {
    let _ = DEADLINE.try_with(|deadline| deadline.set(Deadline { at: Instant::now() + budget, budget }));
}

/// When a wait that may take `timeout` ends: no later than the deadline of the request that waits.
pub fn within(timeout: Duration) -> Instant {
    let end = Instant::now() + timeout;
    DEADLINE.try_with(|deadline| end.min(deadline.get().at)).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_secs(2);
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn every_wait_of_a_request_ends_at_its_deadline() {
        scope(BUDGET, async {
            let (first, short) = (within(LONG), within(Duration::ZERO));
            assert!(first <= Instant::now() + BUDGET);
            assert!(short <= Instant::now());
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(within(LONG), first);
            restart();
            assert!(within(LONG) > first);
        })
        .await;
    }

    #[tokio::test]
    async fn outside_of_a_request_a_wait_has_its_own_timeout_alone() {
        restart();
        assert!(within(LONG) > Instant::now() + BUDGET);
    }
}
