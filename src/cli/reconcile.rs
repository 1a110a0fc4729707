//! `till reconcile`.

use clap::Args;
use diesel::PgConnection;
use serde_json::json;
use std::{
    io::{self, Write},
    process::ExitCode,
};

use super::Outcome;
use crate::{
    orders::{self, BOOKS, Finding},
    platform::db,
};

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

/// Asks every book: 0 if all agree, 1 if one does not, 2 if it could not be found out.
pub(super) fn reconcile(how: &Reconcile) -> Outcome {
    Ok(asked(how).unwrap_or_else(|problem| {
        eprintln!("till: {problem}");
        ExitCode::from(2)
    }))
}

fn asked(how: &Reconcile) -> Outcome {
    let findings = findings(&mut super::connect(&super::stores()?)?, how.limit)?;
    let disagree = findings.iter().filter(|finding| finding.count > 0).count();
    let said = if how.json { say_json(&findings) } else { say(&findings, disagree) };
    said.map_err(|error| format!("cannot write the answer: {error}"))?;
    Ok(if disagree == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// All books in one snapshot: the shop may be open meanwhile.
fn findings(conn: &mut PgConnection, limit: u32) -> Result<Vec<Finding>, String> {
    db::snapshot(conn, |conn| BOOKS.into_iter().map(|book| orders::check_book(conn, book, limit)).collect())
        .map_err(|error: diesel::result::Error| format!("the books could not be read: {error}"))
}

fn say(findings: &[Finding], disagree: usize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in findings {
        match finding.count {
            0 => writeln!(out, "ok    {}.", finding.book.rule)?,
            1 => writeln!(out, "WRONG {}: 1 row disagrees.", finding.book.rule)?,
            n => writeln!(out, "WRONG {}: {n} rows disagree.", finding.book.rule)?,
        }
        for row in &finding.rows {
            writeln!(out, "      {}", finding.in_words(row))?;
        }
        let shown = i64::try_from(finding.rows.len()).unwrap_or(i64::MAX);
        if shown > 0 && finding.count > shown {
            writeln!(out, "      and {} more", finding.count - shown)?;
        }
    }
    match disagree {
        0 => writeln!(out, "All books agree."),
        n => writeln!(out, "{n} of {} books do not agree.", findings.len()),
    }
}

fn say_json(findings: &[Finding]) -> io::Result<()> {
    let books: Vec<_> = findings
        .iter()
        .map(|finding| {
            let rows: Vec<_> = finding
                .rows
                .iter()
                .map(|row| json!({ "what": row.what, "there": row.there, "sums": row.sums, "words": finding.in_words(row) }))
                .collect();
            json!({ "name": finding.book.name, "rule": finding.book.rule, "disagree": finding.count, "rows": rows })
        })
        .collect();
    let agree = findings.iter().all(|finding| finding.count == 0);
    writeln!(io::stdout().lock(), "{:#}", json!({ "agree": agree, "books": books }))
}
