//! `/admin/reconciliation`: the result of the last reconciliation, and a button that starts another.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;
use std::time::Duration;

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
    },
    audit::AuditAction,
    kernel::{Money, thousands},
    orders::{self, Check, ReconciliationStatus, RecordedCheck, RecordedRun},
    payments::{self, BillCheck, RecordedBill},
    platform::{clock, db::DbError},
    web::{self, Flash, PageResult, filters, see_other},
};

/// The maximum number of runs before the last one that the page lists, newest first.
const MAX_EARLIER_RUNS: i64 = 10;
/// The maximum number of bills of payment gateways that the page lists, newest first.
const MAX_BILLS: i64 = 10;
const RECONCILIATION: &str = "/admin/reconciliation";

#[derive(Template)]
#[template(path = "admin/operations/reconciliation.html")]
struct ReconciliationPage {
    page: AdminPage,
    is_running: bool,
    last: Option<RecordedRun>,
    earlier_runs: Vec<RecordedRun>,
    /// The last compared bills of the payment gateway, the latest first.
    bills: Vec<RecordedBill>,
    zone: FixedOffset,
    now: DateTime<Utc>,
}

/// `GET /admin/reconciliation`: the result of the last reconciliation.
pub async fn reconciliation(staff: StaffRequest) -> PageResult {
    let (is_running, mut runs, bills) = staff
        .db
        .run(|conn| {
            // In this order: a run that ends between the two queries is then in the list.
            let is_running = orders::reconciliation_is_running(conn)?;
            let runs = orders::last_runs(conn, MAX_EARLIER_RUNS + 1)?;
            Ok::<_, DbError>((is_running, runs, payments::last_bills(conn, MAX_BILLS)?))
        })
        .await?;
    let earlier_runs = runs.split_off(runs.len().min(1));
    let (page, last) = (AdminPage::load(staff.page, &staff.db).await?, runs.pop());
    let (zone, now) = (staff.config.zone, clock::now());
    web::html(&ReconciliationPage { page, is_running, last, earlier_runs, bills, zone, now })
}

/// `POST /admin/reconciliation/checks`: starts the checks in the background, unless they are running.
pub async fn run_reconciliation(staff: StaffRequest) -> PageResult {
    let audit = AuditContext::of(&staff);
    let started = orders::start_reconciliation(&staff.db, audit.staff_id, move |conn, failed_checks| {
        let after = json!({ "mismatches": failed_checks });
        audit.record(conn, AuditAction::RunReconciliation, "", Diff::after(after))
    });
    if started.await? {
        Ok(see_other(RECONCILIATION))
    } else {
        Ok(Flash::notice(staff.page.t.reconciliation_running_already()).see_other(RECONCILIATION, &staff.config))
    }
}

impl ReconciliationPage {
    fn status(&self, run: &RecordedRun) -> ReconciliationStatus {
        run.status(self.now)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn took(&self, took: &Duration) -> String {
        self.page.t.reconciliation_seconds(format!("{:.2}", took.as_secs_f64()))
    }

    fn by(&self, run: &RecordedRun) -> String {
        run.by.clone().unwrap_or_else(|| "till reconcile".to_owned())
    }

    /// Returns the rule that a check verifies, as a sentence; if this version of the program does not know the check,
    /// its name.
    fn rule<'a>(&self, recorded: &'a RecordedCheck) -> &'a str {
        let (t, name) = (self.page.t, recorded.name.as_str());
        let rule = Check::by_name(name).map(|check| check.rule(t));
        rule.or_else(|| BillCheck::by_name(name).map(|check| check.rule(t))).unwrap_or(name)
    }

    fn key_label(&self, recorded: &RecordedCheck) -> &'static str {
        let (t, name) = (self.page.t, recorded.name.as_str());
        let label = Check::by_name(name).map(|check| check.key_label(t));
        label.or_else(|| BillCheck::by_name(name).map(|check| check.key_label(t))).unwrap_or(t.reconciliation_row())
    }

    fn count_and_sum(&self, count: &i32, sum: &Money) -> String {
        self.page.t.bills_count_and_sum(thousands(&i64::from(*count)), sum)
    }

    fn fees(&self, bill: &RecordedBill) -> String {
        format!("{:.2}", bill.totals.fees)
    }

    /// Returns the formatted number of mismatches that are not listed; `None` if all are listed.
    fn more(&self, recorded: &RecordedCheck) -> Option<String> {
        let more = recorded.count - i64::try_from(recorded.mismatches.len()).unwrap_or(recorded.count);
        (more > 0).then(|| thousands(&more))
    }
}
