//! Runs work in parallel batches with a progress bar; each batch is a transaction.

use diesel::{PgConnection, QueryResult};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use std::{
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::SeedError;
use crate::{config::Stores, platform::db};

/// The maximum number of concurrent batches. PostgreSQL's checks of each row take most of the time, and each
/// connection uses another core.
const MAX_CONNECTIONS: usize = 4;

/// Generates rows in batches and shows a progress bar, in which `what` names the rows.
pub(super) struct BatchRunner<'a> {
    pub(super) what: &'static str,
    pub(super) count: i64,
    pub(super) stores: &'a Stores,
}

impl BatchRunner<'_> {
    /// Calls `work` with the range of row numbers of each batch, in any order, in parallel; it returns the number of
    /// rows that it wrote. After an error, no further batch is started; rows written before stay.
    pub(super) fn run<B, W>(&self, batches: B, work: W) -> Result<(), SeedError>
    where
        B: Iterator<Item = Range<i64>> + Send,
        W: Fn(&mut PgConnection, Range<i64>) -> QueryResult<i64> + Sync,
    {
        if self.count == 0 {
            return Ok(());
        }
        let bar = self.bar();
        let (batches, failed) = (Mutex::new(batches), AtomicBool::new(false));
        let next = || batches.lock().unwrap_or_else(PoisonError::into_inner).next();
        let worker = || {
            let mut conn = super::super::connect(&self.stores.database_url)?;
            while !failed.load(Ordering::Relaxed)
                && let Some(batch) = next()
            {
                let made = db::transaction(&mut conn, |conn| work(conn, batch.clone()));
                bar.inc(made.inspect_err(|_| failed.store(true, Ordering::Relaxed))?.unsigned_abs());
            }
            Ok(())
        };
        let workers = thread::available_parallelism().map_or(1, usize::from).min(MAX_CONNECTIONS);
        let done: Result<(), SeedError> = thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
            let ended = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err(SeedError::Panicked)));
            // All workers are joined before the first error is returned.
            ended.collect::<Vec<_>>().into_iter().collect()
        });
        bar.finish_and_clear();
        done.map(|()| self.report(&bar))
    }

    fn bar(&self) -> ProgressBar {
        let style = ProgressStyle::with_template("{msg:>6} {wide_bar} {human_pos} of {human_len}, {eta} left");
        let bar = ProgressBar::new(self.count.unsigned_abs()).with_message(self.what);
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    fn report(&self, bar: &ProgressBar) {
        let (made, took) = (bar.position(), bar.elapsed());
        let rate = made.saturating_mul(1000) / u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
        let (made, rate) = (HumanCount(made), HumanCount(rate));
        super::print_line(&format!("{}: {made} in {:.1} s, {rate} a second", self.what, took.as_secs_f64()));
    }
}

/// Splits `0..count` into ranges of `size`; the last range may be shorter.
pub(super) fn batches(count: i64, size: i64) -> impl Iterator<Item = Range<i64>> {
    let starts = std::iter::successors(Some(0), move |start| Some(start + size));
    starts.take_while(move |start| *start < count).map(move |start| start..count.min(start + size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_cover_everything_once() {
        assert_eq!(batches(10, 4).collect::<Vec<_>>(), [0..4, 4..8, 8..10]);
        assert_eq!(batches(0, 4).count(), 0);
    }
}
