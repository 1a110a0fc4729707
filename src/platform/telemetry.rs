//! Where the program says what happened to it.

use std::{
    io::IsTerminal,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};
use tracing_subscriber::{EnvFilter, filter::Directive, fmt, prelude::*};

/// The target of the security log: its events are written whatever the filter says.
pub const SECURITY: &str = "security";

/// Logs to standard error: for people, or as one JSON object a line (`json`). `LOG` filters, as `tracing` reads it
/// (`info`, `till=debug,warn`); the security log passes every filter, `off` too.
///
/// # Errors
/// Says what is wrong with the filter.
pub fn start(filter: &str, json: bool) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let always = format!("{SECURITY}=info").parse::<Directive>().map_err(|error| error.to_string())?;
    let filter = filter.add_directive(always);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let subscriber = tracing_subscriber::registry().with(filter);
    if json {
        subscriber.with(lines.json()).init();
    } else {
        subscriber.with(lines).init();
    }
    Ok(())
}

/// Lines that a stranger could cause a thousand times a second are written now and then.
#[derive(Debug)]
pub struct Sparingly {
    /// When the next may be written, in seconds since the program began.
    next: AtomicU64,
    left_out: AtomicU64,
}

impl Sparingly {
    /// Seconds from one line to the next.
    const INTERVAL: u64 = 10;

    /// Of which none was written.
    pub const fn new() -> Self {
        Self { next: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    /// How many lines were left out since the last one, if one may be written now.
    pub fn turn(&self) -> Option<u64> {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        let (now, next) = (BEGAN.elapsed().as_secs(), self.next.load(Relaxed));
        let due = now >= next && self.next.compare_exchange(next, now + Self::INTERVAL, Relaxed, Relaxed).is_ok();
        if due {
            return Some(self.left_out.swap(0, Relaxed));
        }
        self.left_out.fetch_add(1, Relaxed);
        None
    }
}

impl Default for Sparingly {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_written_and_the_next_ones_are_counted() {
        let lines = Sparingly::new();
        assert_eq!(lines.turn(), Some(0));
        assert_eq!((lines.turn(), lines.turn()), (None, None));
        lines.next.store(0, Relaxed);
        assert_eq!(lines.turn(), Some(2));
    }
}
