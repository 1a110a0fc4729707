use std::{
    io::IsTerminal,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};
use tracing_subscriber::{EnvFilter, filter::Directive, fmt, prelude::*};

pub const SECURITY: &str = "security";

/// Starts to log to standard error, as text or as one JSON object per line. `filter` is an `EnvFilter` directive
/// (`info`, `till=debug,warn`); the security log passes every filter, even `off`.
///
/// # Errors
/// The filter cannot be parsed.
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

/// Limits log lines that clients could cause very often to one in [`LogThrottle::INTERVAL`] seconds.
#[derive(Debug)]
pub struct LogThrottle {
    /// When the next line may be written, in seconds since the first call of [`LogThrottle::try_log`].
    next: AtomicU64,
    suppressed: AtomicU64,
}

impl LogThrottle {
    /// The minimum number of seconds between two lines.
    const INTERVAL: u64 = 10;

    pub const fn new() -> Self {
        Self { next: AtomicU64::new(0), suppressed: AtomicU64::new(0) }
    }

    /// Decides whether a log line may be written now. Returns the number of lines suppressed since the last line was
    /// written; `None` if this line is to be suppressed too.
    pub fn try_log(&self) -> Option<u64> {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        let (now, next) = (BEGAN.elapsed().as_secs(), self.next.load(Relaxed));
        let due = now >= next && self.next.compare_exchange(next, now + Self::INTERVAL, Relaxed, Relaxed).is_ok();
        if due {
            return Some(self.suppressed.swap(0, Relaxed));
        }
        self.suppressed.fetch_add(1, Relaxed);
        None
    }
}

impl Default for LogThrottle {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_written_and_the_next_ones_are_counted() {
        let lines = LogThrottle::new();
        assert_eq!(lines.try_log(), Some(0));
        assert_eq!((lines.try_log(), lines.try_log()), (None, None));
        lines.next.store(0, Relaxed);
        assert_eq!(lines.try_log(), Some(2));
    }
}
