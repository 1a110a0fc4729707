//! `/admin/outbox`: how many background jobs are due, and the jobs that failed too often, which can be retried here.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
    },
    audit::AuditAction,
    catalog::LOW_STOCK_DEFAULTS,
    checkout::CLEAR_CART,
    customers::ERASE_CUSTOMER,
    kernel::thousands,
    order_mails::{ORDER_MAIL, STAFF_MAIL},
    platform::{
        clock,
        db::{self, DbError},
        outbox::{self, Backlog, FailedJob},
    },
    questions::QUESTION_MAIL,
    stock::LOW_STOCK_MAIL,
    web::{self, Flash, PageResult, Paging, filters},
};

const PER_PAGE: i64 = 50;
const OUTBOX: &str = "/admin/outbox";

#[derive(Template)]
#[template(path = "admin/operations/outbox.html")]
struct OutboxPage {
    page: AdminPage,
    backlog: Backlog,
    failed_jobs: Vec<FailedJob>,
    paging: Paging,
    zone: FixedOffset,
}

/// `GET /admin/outbox`: the page of background jobs.
pub async fn outbox(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    let (backlog, paging, failed_jobs) = staff
        .db
        .run(move |conn| {
            let backlog = outbox::backlog(conn)?;
            let paging = Paging::new(&query, &[], backlog.failed, PER_PAGE);
            let failed_jobs = outbox::failed_jobs(conn, (paging.offset(), paging.limit()))?;
            Ok::<_, DbError>((backlog, paging, failed_jobs))
        })
        .await?;
    let page = AdminPage::load(staff.page, &staff.db).await?;
    web::html(&OutboxPage { page, backlog, failed_jobs, paging, zone: staff.config.zone })
}

/// `POST /admin/outbox/{job}/attempt`: retries a failed job.
pub async fn retry_job(staff: StaffRequest, job: Path<i64>) -> PageResult {
    try_again(staff, Some(job.into_inner())).await
}

/// `POST /admin/outbox/attempts`: retries all failed jobs.
pub async fn retry_jobs(staff: StaffRequest) -> PageResult {
    try_again(staff, None).await
}

async fn try_again(staff: StaffRequest, which: Option<i64>) -> PageResult {
    let audit = AuditContext::of(&staff);
    let again = staff
        .db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let again = outbox::try_again(conn, which, clock::now())?;
                if again > 0 {
                    let target = which.map(|id| id.to_string()).unwrap_or_default();
                    audit.record(conn, AuditAction::RetryOutbox, &target, Diff::after(json!({ "jobs": again })))?;
                }
                Ok::<_, DbError>(again)
            })
        })
        .await?;
    let flash = match again {
        // It is done meanwhile, or somebody else has retried it.
        0 => Flash::notice(staff.page.t.outbox_nothing_to_try()),
        n => Flash::success(staff.page.t.outbox_tried_again(n)),
    };
    Ok(flash.see_other(OUTBOX, &staff.config))
}

impl OutboxPage {
    /// Returns the name of the job's kind; if this version of the program does not know the kind, its code.
    fn work<'a>(&self, job: &'a FailedJob) -> &'a str {
        match job.kind.as_str() {
            CLEAR_CART => self.page.t.job_clear_cart(),
            LOW_STOCK_MAIL => self.page.t.job_low_stock_mail(),
            ORDER_MAIL => self.page.t.job_order_mail(),
            STAFF_MAIL => self.page.t.job_staff_mail(),
            QUESTION_MAIL => self.page.t.job_question_mail(),
            LOW_STOCK_DEFAULTS => self.page.t.job_low_stock_defaults(),
            ERASE_CUSTOMER => self.page.t.job_erase_customer(),
            kind => kind,
        }
    }

    /// Returns the number of the order for which the job was enqueued; `None` if it is not for an order.
    fn order<'a>(&self, job: &'a FailedJob) -> Option<&'a str> {
        job.payload.get("order")?.as_str()
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn waiting(&self) -> String {
        match self.backlog.waiting_since {
            Some(since) => self.page.t.outbox_waiting(thousands(&self.backlog.waiting), self.minute(&since)),
            None => self.page.t.outbox_none_waiting().to_owned(),
        }
    }
}
