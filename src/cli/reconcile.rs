//! The command `till reconcile`.

use chrono::NaiveDate;
use clap::Args;
use serde_json::{Value, json};
use std::{
    io::{self, Write},
    process::ExitCode,
};

use super::CommandResult;
use crate::{
    config::{self, Env},
    kernel::{Language, PayMethod},
    messages::Messages,
    orders::{self, CheckResult, Mismatch, Run},
    payments::{self, BillCheckResult, BillOutcome, BillReconciliation, BillTotals, ClaimedBill, Gateway, Gateways},
    platform::{
        clock,
        db::{Db, DbError},
    },
};

const ENGLISH: Messages = Messages(Language::En);

/// The options of `till reconcile`.
#[derive(Args)]
pub(super) struct Reconcile {
    /// Instead of checking stock, sales and orders, compare the gateway's statement of a day (YYYY-MM-DD, its own time zone)
    /// with payments and refunds
    #[arg(long, value_name = "DAY")]
    bill: Option<NaiveDate>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// How many mismatches to show for each check
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u32,
}

/// Runs all checks of the shop's tables, or compares a gateway's bill with them, and stores the result. The exit code
/// is 0 if no check finds a mismatch, 1 if one does, 2 if they could not be run.
pub(super) fn reconcile(how: &Reconcile) -> CommandResult {
    let outcome = match how.bill {
        Some(day) => reconcile_bill(how, day),
        None => run(how),
    };
    Ok(outcome.unwrap_or_else(|problem| {
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
    let outcome = print_run(how, &run);
    if let Err(error) = orders::record_run(&mut conn, &run) {
        eprintln!("till: this result could not be stored: {error}");
    }
    outcome
}

fn print_run(how: &Reconcile, run: &Run) -> CommandResult {
    let results = run.results.as_ref().map_err(|error| format!("reconciliation could not run: {error}"))?;
    let checks: Vec<PrintedCheck<'_>> = results.iter().map(PrintedCheck::of).collect();
    print(how, &checks, None)
}

/// A check with its result, as the command prints it.
struct PrintedCheck<'a> {
    /// The number of the guarantee in `docs/checkout.md` that the check verifies; `None` for a check of a gateway's
    /// bill.
    number: Option<u8>,
    name: &'static str,
    rule: &'static str,
    key_label: &'static str,
    /// The number of all mismatches of the check.
    count: i64,
    /// The first mismatches of the check, each with a sentence that describes it.
    mismatches: Vec<(&'a Mismatch, String)>,
}

impl<'a> PrintedCheck<'a> {
    fn of(result: &'a CheckResult) -> Self {
        Self {
            number: Some(result.check.number),
            name: result.check.name,
            rule: result.check.rule(ENGLISH),
            key_label: result.check.key_label(ENGLISH),
            count: result.count,
            mismatches: result.mismatches.iter().map(|row| (row, result.describe(row))).collect(),
        }
    }

    fn of_bill(result: &'a BillCheckResult) -> Self {
        let key_label = result.check.key_label(ENGLISH);
        let describe =
            |row: &Mismatch| format!("{key_label} {}: here {}, in the bill {}", row.key, row.actual, row.expected);
        Self {
            number: None,
            name: result.check.name(),
            rule: result.check.rule(ENGLISH),
            key_label,
            count: i64::try_from(result.mismatches.len()).unwrap_or(i64::MAX),
            mismatches: result.mismatches.iter().map(|row| (row, describe(row))).collect(),
        }
    }

    /// Returns the mismatches to print: the first `limit`.
    fn shown(&self, limit: u32) -> &[(&'a Mismatch, String)] {
        let count = usize::try_from(limit).unwrap_or(usize::MAX).min(self.mismatches.len());
        self.mismatches.get(..count).unwrap_or_default()
    }
}

/// Prints the checks and returns the exit code. `bill` is (day, totals) of the compared bill; `None` if the shop's own
/// tables were checked.
fn print(how: &Reconcile, checks: &[PrintedCheck<'_>], bill: Option<(NaiveDate, &BillTotals)>) -> CommandResult {
    let failed_checks = checks.iter().filter(|check| check.count > 0).count();
    let printed =
        if how.json { print_json(checks, how.limit, bill) } else { print_text(checks, how.limit, failed_checks, bill) };
    printed.map_err(|error| format!("cannot write the result: {error}"))?;
    Ok(if failed_checks == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print_text(
    checks: &[PrintedCheck<'_>],
    limit: u32,
    failed_checks: usize,
    bill: Option<(NaiveDate, &BillTotals)>,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if let Some((day, totals)) = bill {
        writeln!(
            out,
            "The bill of {day}: payments {}, {}; refunds {}, {}; fees {:.2}.",
            totals.payments,
            totals.paid.plain(),
            totals.refunds,
            totals.refunded.plain(),
            totals.fees,
        )?;
    }
    for check in checks {
        let rule = check.rule;
        match check.count {
            0 => writeln!(out, "ok    {rule}.")?,
            1 => writeln!(out, "WRONG {rule}: 1 mismatch.")?,
            n => writeln!(out, "WRONG {rule}: {n} mismatches.")?,
        }
        let rows = check.shown(limit);
        for (_, description) in rows {
            writeln!(out, "      {description}")?;
        }
        let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if shown > 0 && check.count > shown {
            writeln!(out, "      and {} more", check.count - shown)?;
        }
    }
    match failed_checks {
        0 => writeln!(out, "No mismatches."),
        n => writeln!(out, "{n} of {} checks found mismatches.", checks.len()),
    }
}

fn print_json(checks: &[PrintedCheck<'_>], limit: u32, bill: Option<(NaiveDate, &BillTotals)>) -> io::Result<()> {
    let mut printed = Vec::with_capacity(checks.len());
    for check in checks {
        let mut rows = Vec::new();
        for (row, description) in check.shown(limit) {
            rows.push(json!({
                "key": row.key,
                "actual": row.actual,
                "expected": row.expected,
                "description": description,
            }));
        }
        printed.push(json!({
            "number": check.number,
            "name": check.name,
            "rule": check.rule,
            "key_label": check.key_label,
            "count": check.count,
            "mismatches": rows,
        }));
    }
    let passed = checks.iter().all(|check| check.count == 0);
    let mut result = json!({ "passed": passed, "checks": printed });
    if let (Some((day, totals)), Value::Object(result)) = (bill, &mut result) {
        let bill = json!({
            "day": day.to_string(),
            "payments": totals.payments,
            "paid": totals.paid.plain(),
            "refunds": totals.refunds,
            "refunded": totals.refunded.plain(),
            "fees": format!("{:.2}", totals.fees),
        });
        result.insert("bill".to_owned(), bill);
    }
    writeln!(io::stdout().lock(), "{result:#}")
}

fn reconcile_bill(how: &Reconcile, day: NaiveDate) -> CommandResult {
    let alipay = config::alipay(&Env(&super::environment)).map_err(|error| error.to_string())?;
    let gateways = Gateways::open(alipay.as_ref()).map_err(|error| error.to_string())?;
    let gateway = gateways.of(PayMethod::Alipay).ok_or("ALIPAY_APP_ID: no gateway is set, so there is no bill")?;
    let db =
        Db::connect(&super::database_url()?, 1).map_err(|error| format!("DATABASE_URL: cannot connect: {error}"))?;
    let bill = ClaimedBill { pay_method: PayMethod::Alipay, day };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no calls can be made: {error}"))?;
    let found = runtime.block_on(compare(&db, &gateway, bill))?;
    let checks: Vec<PrintedCheck<'_>> = found.results.iter().map(PrintedCheck::of_bill).collect();
    // Printed first, so that it is seen even if it cannot be stored.
    let outcome = print(how, &checks, Some((day, &found.totals)));
    let now = clock::now();
    let next = payments::bill_due_at(day, gateway.bill_time(), gateway.bill_zone()).filter(|due| *due > now);
    let recorded = db.run(move |conn| Ok::<_, DbError>(payments::record_bill(conn, bill, &found, next, now)?));
    if let Err(error) = runtime.block_on(recorded) {
        eprintln!("till: this result could not be stored: {error}");
    }
    outcome
}

/// Compares a gateway's bill with the shop's payments. If that is impossible, returns the reason as `Err`.
async fn compare(db: &Db, gateway: &Gateway, bill: ClaimedBill) -> Result<BillReconciliation, String> {
    let due = payments::bill_due_at(bill.day, gateway.bill_time(), gateway.bill_zone());
    let is_due = due.is_some_and(|due| due <= clock::now());
    let day = bill.day;
    match payments::reconcile_bill(db, gateway, bill, is_due).await.map_err(|error| error.to_string())? {
        BillOutcome::Compared(found) => Ok(found),
        BillOutcome::NotFound(_) if !is_due => {
            let time = gateway.bill_time().format("%H:%M");
            Err(format!(
                "the bill of {day} is not there yet: bills are made by {time} of the next day, in the gateway's time zone"
            ))
        }
        BillOutcome::NotFound(expected) => {
            Err(format!("the gateway has no bill of {day}, but payments and refunds of it are here: {expected}"))
        }
        BillOutcome::Unsure(why) => Err(format!("the bill of {day} could not be compared: {why}")),
    }
}
