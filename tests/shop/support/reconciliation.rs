//! Reconciliation of a test's shop.

use diesel::PgConnection;
use till::{kernel::Language, messages::Messages, orders::run_checks, platform::db};

use super::Database;

impl Database {
    /// Fails if reconciliation finds a mismatch, with a description of each.
    #[track_caller]
    pub fn assert_reconciled(&self) {
        let wrong = self.reconciliation_mismatches();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// The mismatches that reconciliation finds, as texts.
    pub fn reconciliation_mismatches(&self) -> Vec<String> {
        reconciliation_mismatches(&mut self.connect())
    }
}

/// The mismatches that reconciliation finds on a connection, as texts.
pub fn reconciliation_mismatches(conn: &mut PgConnection) -> Vec<String> {
    let findings = db::snapshot(conn, |conn| run_checks(conn, 5)).unwrap();
    let wrong = findings.into_iter().filter(|found| found.count > 0);
    wrong
        .map(|found| {
            let said: Vec<String> = found.mismatches.iter().map(|row| found.describe(row)).collect();
            format!("{}\n{}", found.check.rule(Messages(Language::En)), said.join("\n"))
        })
        .collect()
}
