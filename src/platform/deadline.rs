//! The deadline of a request: all its waits for PostgreSQL and Redis end at the same time, so that slow answers do not
//! add up.

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

/// Runs `work`; every wait within it for PostgreSQL or Redis ends at a deadline, `budget` from now.
pub async fn scope<F: Future>(budget: Duration, work: F) -> F::Output {
    DEADLINE.scope(Cell::new(Deadline { at: Instant::now() + budget, budget }), work).await
}

/// Gives the current request its whole time limit again, from now on, after an upload or a step with its own time
/// limit.
pub fn restart() {
    let _ = DEADLINE.try_with(|deadline| {
        let budget = deadline.get().budget;
        deadline.set(Deadline { at: Instant::now() + budget, budget });
    });
}

/// Sets the deadline of the current request to `budget` from now, for work that takes longer than showing a page.
pub fn extend(budget: Duration) {
    let _ = DEADLINE.try_with(|deadline| deadline.set(Deadline { at: Instant::now() + budget, budget }));
}

/// Returns the time at which a wait with this timeout ends: `timeout` from now, or the request's deadline if that is
/// earlier.
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
