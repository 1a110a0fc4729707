//! `till reconcile`.

use clap::Args;
use serde_json::json;
use std::{
    io::{self, Write},
    process::ExitCode,
};

use super::Outcome;
use crate::{
    kernel::Language,
    messages::Messages,
    orders::{self, Asked, Disagreement, Finding},
};

/// What operators are told is told in English.
const ENGLISH: Messages = Messages(Language::En);

/// How to ask the books.
#[derive(Args)]
pub(super) struct Reconcile {
    /// Say it as JSON
    #[arg(long)]
    json: bool,
    /// How many of the rows that disagree to show for each book
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u32,
}

/// Asks every book and keeps what they say: 0 if all agree, 1 if one does not, 2 if it could not be found out.
pub(super) fn reconcile(how: &Reconcile) -> Outcome {
    Ok(asked(how).unwrap_or_else(|problem| {
        eprintln!("till: {problem}");
        ExitCode::from(2)
    }))
}

fn asked(how: &Reconcile) -> Outcome {
    let mut conn = super::connect(&super::database_url()?)?;
    // Beside a check from behind the counter this one still goes on; with the turn, that one waits to be pressed again.
    let _ = orders::take_turn_at_books(&mut conn);
    let asked = orders::ask_books(&mut conn, how.limit.max(orders::MOST_KEPT_ROWS));
    // Said first: what cannot be kept is to be heard all the same.
    let heard = said(how, &asked);
    if let Err(error) = orders::keep_reconciliation(&mut conn, &asked) {
        eprintln!("till: this answer could not be kept: {error}");
    }
    heard
}

fn said(how: &Reconcile, asked: &Asked) -> Outcome {
    let findings = asked.findings.as_ref().map_err(|error| format!("the books could not be read: {error}"))?;
    let disagree = findings.iter().filter(|finding| finding.count > 0).count();
    let said = if how.json { say_json(findings, how.limit) } else { say(findings, how.limit, disagree) };
    said.map_err(|error| format!("cannot write the answer: {error}"))?;
    Ok(if disagree == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The rows to show of a book.
fn shown(finding: &Finding, limit: u32) -> &[Disagreement] {
    let most = usize::try_from(limit).unwrap_or(usize::MAX).min(finding.rows.len());
    finding.rows.get(..most).unwrap_or_default()
}

fn say(findings: &[Finding], limit: u32, disagree: usize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in findings {
        let rule = finding.book.rule(ENGLISH);
        match finding.count {
            0 => writeln!(out, "ok    {rule}.")?,
            1 => writeln!(out, "WRONG {rule}: 1 row disagrees.")?,
            n => writeln!(out, "WRONG {rule}: {n} rows disagree.")?,
        }
        let rows = shown(finding, limit);
        for row in rows {
            writeln!(out, "      {}", finding.in_words(row))?;
        }
        let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if shown > 0 && finding.count > shown {
            writeln!(out, "      and {} more", finding.count - shown)?;
        }
    }
    match disagree {
        0 => writeln!(out, "All books agree."),
        n => writeln!(out, "{n} of {} books do not agree.", findings.len()),
    }
}

fn say_json(findings: &[Finding], limit: u32) -> io::Result<()> {
    let row = |finding: &Finding, row: &Disagreement| json!({ "what": row.what, "there": row.there, "sums": row.sums, "words": finding.in_words(row) });
    let books: Vec<_> = findings
        .iter()
        .map(|finding| {
            let rows: Vec<_> = shown(finding, limit).iter().map(|shown| row(finding, shown)).collect();
            json!({
                "number": finding.book.number,
                "name": finding.book.name,
                "rule": finding.book.rule(ENGLISH),
                "of": finding.book.of(ENGLISH),
                "disagree": finding.count,
                "rows": rows,
            })
        })
        .collect();
    let agree = findings.iter().all(|finding| finding.count == 0);
    writeln!(io::stdout().lock(), "{:#}", json!({ "agree": agree, "books": books }))
}
