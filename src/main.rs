//! The `till` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    till::cli::run()
}
