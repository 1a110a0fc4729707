//! Where the program says what happened to it.

use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Logs to standard error: for people, or as one JSON object a line (`json`). `LOG` filters, as `tracing` reads it
/// (`info`, `till=debug,warn`).
///
/// # Errors
/// Says what is wrong with the filter.
pub fn start(filter: &str, json: bool) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let subscriber = tracing_subscriber::registry().with(filter);
    if json {
        subscriber.with(lines.json()).init();
    } else {
        subscriber.with(lines).init();
    }
    Ok(())
}
