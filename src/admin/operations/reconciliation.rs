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
    kernel::thousands,
    orders::{self, Check, ReconciliationStatus, RecordedCheck, RecordedRun},
    platform::{
        clock,
        db::{Db, DbError},
    },
    web::{self, Flash, Page, PageError, see_other},
};

/// The maximum number of earlier runs that are listed.
const MAX_EARLIER_RUNS: i64 = 10;
const RECONCILIATION: &str = "/admin/reconciliation";

#[derive(Template)]
#[template(path = "admin/operations/reconciliation.html")]
struct ReconciliationPage {
    page: Page,
    badges: NavBadges,
    is_running: bool,
    last: Option<RecordedRun>,
    earlier_runs: Vec<RecordedRun>,
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
    let (is_running, mut runs) = db
        .run(|conn| {
            // In this order: a run that ends between the two queries is then in the list.
            let is_running = orders::reconciliation_is_running(conn)?;
            Ok::<_, DbError>((is_running, orders::last_runs(conn, MAX_EARLIER_RUNS + 1)?))
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
        Check::by_name(&recorded.name).map_or(&recorded.name, |check| check.rule(self.page.t))
    }

    fn key_label(&self, recorded: &RecordedCheck) -> &'static str {
        Check::by_name(&recorded.name).map_or(self.page.t.reconciliation_row(), |check| check.key_label(self.page.t))
    }

    /// Returns the number of mismatches that are not listed, in words; `None` if all are listed.
    fn more(&self, recorded: &RecordedCheck) -> Option<String> {
        let more = recorded.count - i64::try_from(recorded.mismatches.len()).unwrap_or(recorded.count);
        (more > 0).then(|| self.page.t.reconciliation_more(thousands(&more)))
    }
}
