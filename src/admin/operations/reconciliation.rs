//! `/admin/reconciliation`: the result of the last reconciliation, and a button that starts another.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use std::time::Duration;

use serde_json::json;

use crate::admin::nav_badges::NavBadges;
use crate::{
    accounts::Staff,
    audit::{self, AuditAction, NewAuditEntry},
    config::Config,
    kernel::{Money, thousands},
    orders::{self, Check, ReconciliationStatus, RecordedCheck, RecordedRun},
    payments::{self, BillCheck, RecordedBill},
    platform::{
        clock,
        db::{Db, DbError},
    },
    web::{self, Flash, Page, PageError, see_other},
};

/// The maximum number of earlier runs that are listed.
const MAX_EARLIER_RUNS: i64 = 10;
/// The maximum number of bills that are listed.
const MAX_BILLS: i64 = 10;
const RECONCILIATION: &str = "/admin/reconciliation";

#[derive(Template)]
#[template(path = "admin/operations/reconciliation.html")]
struct ReconciliationPage {
    page: Page,
    badges: NavBadges,
    is_running: bool,
    last: Option<RecordedRun>,
    earlier_runs: Vec<RecordedRun>,
    /// Of the last days, the latest first.
    bills: Vec<RecordedBill>,
    zone: FixedOffset,
    now: DateTime<Utc>,
}

/// `GET /admin/reconciliation`
pub async fn reconciliation(
    _: Staff,
    page: Page,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (is_running, mut runs, bills) = db
        .run(|conn| {
            // In this order: a run that ends between the two queries is then in the list.
            let is_running = orders::reconciliation_is_running(conn)?;
            let runs = orders::last_runs(conn, MAX_EARLIER_RUNS + 1)?;
            Ok::<_, DbError>((is_running, runs, payments::last_bills(conn, MAX_BILLS)?))
        })
        .await?;
    let earlier_runs = runs.split_off(runs.len().min(1));
    let (badges, last) = (NavBadges::load(&db).await?, runs.pop());
    web::html(&ReconciliationPage {
        page,
        badges,
        is_running,
        last,
        earlier_runs,
        bills,
        zone: config.zone,
        now: clock::now(),
    })
}

/// `POST /admin/reconciliation/checks`: starts a run in the background, unless one is running.
pub async fn run_reconciliation(
    Staff(person): Staff,
    page: Page,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (staff, from) = (person.id, web::client_address(&req));
    let started = orders::start_reconciliation(&db, staff, move |conn, failed_checks| {
        let entry = NewAuditEntry {
            staff_id: staff,
            action: AuditAction::RunReconciliation,
            target: String::new(),
            before: None,
            after: Some(json!({"mismatches": failed_checks})),
            ip_address: Some(from.clone()),
        };
        audit::record(conn, &entry)
    });
    if started.await? {
        Ok(see_other(RECONCILIATION))
    } else {
        Ok(Flash::notice(page.t.reconciliation_running_already()).see_other(RECONCILIATION, &config))
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

    /// Returns the rule that a check verifies, in words; the check's name if this version does not know it.
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

    /// Returns the number of mismatches that are not listed; `None` if all are listed.
    fn more(&self, recorded: &RecordedCheck) -> Option<String> {
        let more = recorded.count - i64::try_from(recorded.mismatches.len()).unwrap_or(recorded.count);
        (more > 0).then(|| thousands(&more))
    }
}
