//! The `cashier` command.

use std::process::ExitCode;

use cashier::config::Config;

fn main() -> ExitCode {
    let config = match Config::read(|name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(problem) => return fail(&problem.to_string()),
    };
    match cashier::server::run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => fail(&problem.to_string()),
    }
}

fn fail(problem: &str) -> ExitCode {
    eprintln!("cashier: {problem}");
    ExitCode::FAILURE
}
