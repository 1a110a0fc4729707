//! `till reconcile`.

use clap::Args;
use serde_json::json;
use std::{
    io::{self, Write},
    process::ExitCode,
};

use super::CommandResult;
use crate::{
    kernel::Language,
    messages::Messages,
    orders::{self, CheckResult, Mismatch, Run},
};

const ENGLISH: Messages = Messages(Language::En);

/// The options of the command.
#[derive(Args)]
pub(super) struct Reconcile {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// How many mismatches to show for each check
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u32,
}

/// Runs all checks and stores the result. The exit code is 0 if all pass, 1 if one finds a mismatch, 2 if they could
/// not run.
pub(super) fn reconcile(how: &Reconcile) -> CommandResult {
    Ok(run(how).unwrap_or_else(|problem| {
        eprintln!("till: {problem}");
        ExitCode::from(2)
    }))
}

fn run(how: &Reconcile) -> CommandResult {
    let mut conn = super::connect(&super::database_url()?)?;
    // Runs even if an admin page has started a run. If this one holds the lock, the page cannot start another.
    let _ = orders::lock_reconciliation(&mut conn);
    let run = orders::run_reconciliation(&mut conn, how.limit.max(orders::MAX_RECORDED_MISMATCHES));
    // Printed first, so that it is seen even if it cannot be stored.
    let outcome = print(how, &run);
    if let Err(error) = orders::record_run(&mut conn, &run) {
        eprintln!("till: this result could not be stored: {error}");
    }
    outcome
}

fn print(how: &Reconcile, run: &Run) -> CommandResult {
    let results = run.results.as_ref().map_err(|error| format!("reconciliation could not run: {error}"))?;
    let failed_checks = results.iter().filter(|result| result.count > 0).count();
    let printed = if how.json { print_json(results, how.limit) } else { print_text(results, how.limit, failed_checks) };
    printed.map_err(|error| format!("cannot write the result: {error}"))?;
    Ok(if failed_checks == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Returns the mismatches of a check to print, `limit` at most.
fn shown(result: &CheckResult, limit: u32) -> &[Mismatch] {
    let count = usize::try_from(limit).unwrap_or(usize::MAX).min(result.mismatches.len());
    result.mismatches.get(..count).unwrap_or_default()
}

fn print_text(results: &[CheckResult], limit: u32, failed_checks: usize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for result in results {
        let rule = result.check.rule(ENGLISH);
        match result.count {
            0 => writeln!(out, "ok    {rule}.")?,
            1 => writeln!(out, "WRONG {rule}: 1 mismatch.")?,
            n => writeln!(out, "WRONG {rule}: {n} mismatches.")?,
        }
        let rows = shown(result, limit);
        for row in rows {
            writeln!(out, "      {}", result.describe(row))?;
        }
        let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if shown > 0 && result.count > shown {
            writeln!(out, "      and {} more", result.count - shown)?;
        }
    }
    match failed_checks {
        0 => writeln!(out, "No mismatches."),
        n => writeln!(out, "{n} of {} checks found mismatches.", results.len()),
    }
}

fn print_json(results: &[CheckResult], limit: u32) -> io::Result<()> {
    let row = |result: &CheckResult, row: &Mismatch| json!({ "key": row.key, "actual": row.actual, "expected": row.expected, "description": result.describe(row) });
    let checks: Vec<_> = results
        .iter()
        .map(|result| {
            let rows: Vec<_> = shown(result, limit).iter().map(|shown| row(result, shown)).collect();
            json!({
                "number": result.check.number,
                "name": result.check.name,
                "rule": result.check.rule(ENGLISH),
                "key_label": result.check.key_label(ENGLISH),
                "count": result.count,
                "mismatches": rows,
            })
        })
        .collect();
    let passed = results.iter().all(|result| result.count == 0);
    writeln!(io::stdout().lock(), "{:#}", json!({ "passed": passed, "checks": checks }))
}
