//! `/admin/outbox`: jobs that wait, and jobs that failed too often and can be retried here.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use serde_json::json;

use crate::admin::nav_badges::NavBadges;
use crate::{
    accounts::Staff,
    audit::{self, AuditAction, NewAuditEntry},
    catalog::LOW_STOCK_DEFAULTS,
    checkout::CLEAR_CART,
    config::Config,
    kernel::thousands,
    platform::{
        clock,
        db::{self, Db, DbError},
        outbox::{self, Backlog, FailedJob},
    },
    stock::LOW_STOCK_MAIL,
    web::{self, Fields, Flash, Page, PageError, Paging},
};

const PER_PAGE: i64 = 50;
const OUTBOX: &str = "/admin/outbox";

#[derive(Template)]
#[template(path = "admin/operations/outbox.html")]
struct OutboxPage {
    page: Page,
    badges: NavBadges,
    backlog: Backlog,
    failed_jobs: Vec<FailedJob>,
    paging: Paging,
    zone: FixedOffset,
}

/// `GET /admin/outbox`
pub async fn outbox(
    _: Staff,
    page: Page,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let query = Fields::of_query(&req);
    let (backlog, paging, failed_jobs) = db
        .run(move |conn| {
            let backlog = outbox::backlog(conn)?;
            let paging = Paging::new(&query, &[], backlog.failed, PER_PAGE);
            let failed_jobs = outbox::failed_jobs(conn, (paging.offset(), paging.limit()))?;
            Ok::<_, DbError>((backlog, paging, failed_jobs))
        })
        .await?;
    let badges = NavBadges::load(&db).await?;
    web::html(&OutboxPage { page, badges, backlog, failed_jobs, paging, zone: config.zone })
}

/// `POST /admin/outbox/{job}/attempt`: retries a failed job.
pub async fn retry_job(
    staff: Staff,
    page: Page,
    job: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    try_again(Some(job.into_inner()), staff, page, &req, (&db, &config)).await
}

/// `POST /admin/outbox/attempts`: retries all failed jobs.
pub async fn retry_jobs(
    staff: Staff,
    page: Page,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    try_again(None, staff, page, &req, (&db, &config)).await
}

async fn try_again(
    which: Option<i64>,
    Staff(person): Staff,
    page: Page,
    req: &HttpRequest,
    (db, config): (&Db, &Config),
) -> Result<HttpResponse, PageError> {
    let from = web::client_address(req);
    let again = db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let again = outbox::try_again(conn, which, clock::now())?;
                if again > 0 {
                    let entry = NewAuditEntry {
                        staff_id: person.id,
                        action: AuditAction::RetryOutbox,
                        target: which.map(|id| id.to_string()).unwrap_or_default(),
                        before: None,
                        after: Some(json!({"jobs": again})),
                        ip_address: Some(from.clone()),
                    };
                    audit::record(conn, &entry)?;
                }
                Ok::<_, DbError>(again)
            })
        })
        .await?;
    let flash = match again {
        // It is done meanwhile, or somebody else has retried it.
        0 => Flash::notice(page.t.outbox_nothing_to_try()),
        n => Flash::success(page.t.outbox_tried_again(n)),
    };
    Ok(flash.see_other(OUTBOX, config))
}

impl OutboxPage {
    /// Returns the name of the job's kind; the kind's code if this version does not know it.
    fn work<'a>(&self, job: &'a FailedJob) -> &'a str {
        match job.kind.as_str() {
            CLEAR_CART => self.page.t.job_clear_cart(),
            LOW_STOCK_MAIL => self.page.t.job_low_stock_mail(),
            LOW_STOCK_DEFAULTS => self.page.t.job_low_stock_defaults(),
            kind => kind,
        }
    }

    /// Returns the number of the order for which the job was enqueued, if any.
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
