//! Where the program says what happened to it.

use std::io::IsTerminal;
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
