//! `GET /metrics` in the Prometheus text format.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::time::timeout;

use crate::{
    checkout,
    config::Config,
    orders::{self, ReconciliationStatus, RecordedRun},
    payments::{self, PaymentFigures, PaymentTasks},
    platform::{
        clock,
        db::{Db, DbError},
        metrics::{Exposition, Metric},
        outbox::{self, Backlog},
        process, redis,
    },
    web::{
        PageError, reached_limits, write_connections as write_connections_open, write_security_events, write_traffic,
    },
};

/// How long to wait for the metrics from the database before they are left out. The other metrics are needed most when
/// the database is down.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);

/// `GET /metrics`, for clients that send `Authorization: Bearer METRICS_TOKEN`; 404 for others, and for all if it is
/// unset.
pub async fn metrics(req: HttpRequest, db: Data<Db>, config: Data<Config>) -> Result<HttpResponse, PageError> {
    let token = config.metrics_token.as_deref().ok_or(PageError::NotFound)?;
    if !has_token(&req, token) {
        return Err(PageError::NotFound);
    }
    let mut page = Exposition::default();
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    page.family("till_build_info", "gauge", "The version that runs");
    page.sample("till_build_info", &version, 1);
    checkout::METRICS.iter().for_each(|metric| metric.write(&mut page));
    payments::METRICS.iter().for_each(|metric| metric.write(&mut page));
    redis::ERRORS.write(&mut page);
    write_connections(&db, &mut page);
    write_stored(&db, &mut page).await;
    process::write(&mut page);
    write_traffic(&mut page);
    write_security_events(&mut page);
    write_connections_open(&mut page);
    reached_limits::write_reached_limits(&mut page);
    Ok(HttpResponse::Ok()
        .content_type(Exposition::KIND)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page.into_text()))
}

/// Returns whether the request has the token. Compares digests, so that the time it takes reveals nothing about it.
fn has_token(req: &HttpRequest, token: &str) -> bool {
    let header = req.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent =
        header.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    sent.is_some_and(|(_, sent)| Sha256::digest(sent.trim()) == Sha256::digest(token))
}

fn write_connections(db: &Db, page: &mut Exposition) {
    let pool = db.connections();
    let name = "till_db_connections";
    page.family(name, "gauge", "Connections to PostgreSQL by state");
    page.sample(name, &[("state", "in_use")], pool.in_use);
    page.sample(name, &[("state", "idle")], pool.idle);
    page.gauge("till_db_connections_max", "The limit of connections to PostgreSQL", pool.most);
}

/// Writes the metrics from the database, or only that it did not answer within [`DATABASE_TIMEOUT`].
async fn write_stored(db: &Db, page: &mut Exposition) {
    let query = db.run(|conn| {
        let tasks = payments::payment_tasks(conn, payments::stuck_before(clock::now()))?;
        let payments = (payments::payment_figures(conn)?, tasks);
        let last = (orders::last_runs(conn, 1)?.pop(), tasks.bill_status());
        Ok::<_, DbError>((outbox::backlog(conn)?, payments, last))
    });
    let stored = timeout(DATABASE_TIMEOUT, query).await.ok().and_then(Result::ok);
    page.gauge("till_db_up", "Whether PostgreSQL answered", u8::from(stored.is_some()));
    let Some((backlog, payments, (reconciliation, bill))) = stored else { return };
    let now = clock::now();
    write_outbox(&backlog, now, page);
    write_payments(payments, page);
    if let Some(reconciliation) = reconciliation {
        write_reconciliation(&reconciliation, now, page);
    }
    if let Some(bill) = bill {
        write_bill(bill, page);
    }
}

fn write_outbox(backlog: &Backlog, now: DateTime<Utc>, page: &mut Exposition) {
    page.gauge("till_outbox_waiting", "Jobs of the outbox that will still be tried", backlog.waiting);
    page.gauge("till_outbox_failed", "Jobs of the outbox that were tried too often and wait for staff", backlog.failed);
    let oldest = backlog.waiting_since.map_or(0, |since| (now - since).num_seconds().max(0));
    page.gauge("till_outbox_oldest_seconds", "The age of the oldest waiting job, in seconds", oldest);
}

fn write_payments((figures, tasks): (PaymentFigures, PaymentTasks), page: &mut Exposition) {
    page.gauge("till_payments_open", "Attempts to pay that a gateway is still asked about", figures.open);
    let name = "till_payments_waiting";
    page.family(name, "gauge", "What of payments waits for staff, by kind");
    page.sample(name, &[("kind", "strange")], tasks.strange);
    page.sample(name, &[("kind", "out_of_stock")], tasks.out_of_stock);
    page.sample(name, &[("kind", "refund")], tasks.refunds);
    let name = "till_refunds";
    page.family(name, "gauge", "Refunds that are not done, by status");
    page.sample(name, &[("status", "wanted")], figures.wanted);
    page.sample(name, &[("status", "sent")], figures.sent);
    page.sample(name, &[("status", "refused")], figures.refused);
}

fn write_reconciliation(last: &RecordedRun, now: DateTime<Utc>, page: &mut Exposition) {
    let age = (now - last.started_at).num_seconds().max(0);
    page.gauge("till_reconciliation_age_seconds", "How long ago the last reconciliation started, in seconds", age);
    page.gauge(
        "till_reconciliation_completed",
        "Whether it could run all its checks",
        u8::from(last.failed_checks.is_some()),
    );
    if let Some(failed_checks) = last.failed_checks {
        page.gauge("till_reconciliation_failed_checks", "Checks that found a mismatch", failed_checks);
    }
    let name = "till_reconciliation_mismatches";
    page.family(name, "gauge", "Mismatches by check");
    for check in &last.checks {
        page.sample(name, &[("check", &check.name)], check.count);
    }
}

fn write_bill(last: ReconciliationStatus, page: &mut Exposition) {
    let failed_checks = match last {
        ReconciliationStatus::Passed => Some(0),
        ReconciliationStatus::Mismatched(n) => Some(n),
        ReconciliationStatus::Failed | ReconciliationStatus::Outdated | ReconciliationStatus::Never => None,
    };
    let is_compared = u8::from(failed_checks.is_some());
    page.gauge("till_gateway_bill_compared", "Whether the last bill of a gateway could be compared", is_compared);
    if let Some(failed_checks) = failed_checks {
        let help = "Checks of the last bill that found a mismatch";
        page.gauge("till_gateway_bill_failed_checks", help, failed_checks);
    }
}
