//! `GET /metrics` in the OpenMetrics text format, which Prometheus reads.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use chrono::{DateTime, Utc};
use prometheus_client::{
    metrics::{
        gauge::{ConstGauge, Gauge},
        info::Info,
    },
    registry::Registry,
};
use sha2::{Digest, Sha256};
use std::{hash::Hash, time::Duration};
use tokio::time::timeout;

use crate::{
    checkout,
    config::Config,
    orders::{self, ReconciliationStatus, RecordedRun},
    payments::{self, PaymentFigures, PaymentTasks},
    platform::{
        clock,
        db::{Db, DbError},
        metrics::{self, Labeled},
        outbox::{self, Backlog},
        process, redis,
    },
    web::{PageError, reached_limits, register_connections, register_security_events, register_traffic},
};

/// How long to wait for the metrics that come from the database before they are left out. The other metrics are most
/// useful when the database is down.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);

/// `GET /metrics`: all metrics, for clients that send `Authorization: Bearer METRICS_TOKEN`; 404 for other clients, and
/// for all if that setting is missing.
pub async fn metrics(req: HttpRequest, db: Data<Db>, config: Data<Config>) -> Result<HttpResponse, PageError> {
    let token = config.metrics_token.as_deref().ok_or(PageError::NotFound)?;
    if !has_token(&req, token) {
        return Err(PageError::NotFound);
    }
    let mut registry = Registry::default();
    registry.register("till_build", "The version that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
    checkout::register_metrics(&mut registry);
    payments::register_metrics(&mut registry);
    redis::register_metrics(&mut registry);
    register_pool(&db, &mut registry);
    register_stored(&db, &mut registry).await;
    process::register_metrics(&mut registry);
    register_traffic(&mut registry);
    register_security_events(&mut registry);
    register_connections(&mut registry);
    reached_limits::register_reached_limits(&mut registry);
    Ok(HttpResponse::Ok()
        .content_type(metrics::CONTENT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(metrics::exposition(&registry)))
}

/// Returns whether the request has the token of `/metrics`. Compares digests, so that the time it takes reveals nothing
/// about the token.
fn has_token(req: &HttpRequest, token: &str) -> bool {
    let header = req.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent =
        header.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    sent.is_some_and(|(_, sent)| Sha256::digest(sent.trim()) == Sha256::digest(token))
}

fn register_pool(db: &Db, registry: &mut Registry) {
    let pool = db.connections();
    let states = gauges("state", [("in_use", pool.in_use.into()), ("idle", pool.idle.into())]);
    registry.register("till_db_connections", "Connections to PostgreSQL by state", states);
    gauge(registry, "till_db_connections_max", "The limit of connections to PostgreSQL", pool.most);
}

/// Registers the metrics that come from the database. If the database does not answer within [`DATABASE_TIMEOUT`],
/// registers only `till_db_up`, with the value 0.
async fn register_stored(db: &Db, registry: &mut Registry) {
    let query = db.run(|conn| {
        let tasks = payments::payment_tasks(conn, payments::stuck_before(clock::now()))?;
        let payments = (payments::payment_figures(conn)?, tasks);
        let last = (orders::last_runs(conn, 1)?.pop(), tasks.bill_status());
        Ok::<_, DbError>((outbox::backlog(conn)?, payments, last))
    });
    let stored = timeout(DATABASE_TIMEOUT, query).await.ok().and_then(Result::ok);
    gauge(registry, "till_db_up", "Whether PostgreSQL answered", stored.is_some());
    let Some((backlog, payments, (reconciliation, bill))) = stored else { return };
    let now = clock::now();
    register_outbox(&backlog, now, registry);
    register_payments(payments, registry);
    if let Some(reconciliation) = reconciliation {
        register_reconciliation(&reconciliation, now, registry);
    }
    if let Some(bill) = bill {
        register_bill(bill, registry);
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: impl Into<i64>) {
    registry.register(name, help, ConstGauge::new(value.into()));
}

/// Returns gauges with one label, each given as (value of the label, value of the gauge).
fn gauges<V: Clone + Eq + Hash>(label: &'static str, values: impl IntoIterator<Item = (V, i64)>) -> Labeled<V, Gauge> {
    let family = Labeled::<V, Gauge>::default();
    for (value, number) in values {
        family.get_or_create(&[(label, value)]).set(number);
    }
    family
}

fn register_outbox(backlog: &Backlog, now: DateTime<Utc>, registry: &mut Registry) {
    gauge(registry, "till_outbox_waiting", "Jobs of the outbox that will still be tried", backlog.waiting);
    let help = "Jobs of the outbox that were tried too often and wait for staff";
    gauge(registry, "till_outbox_failed", help, backlog.failed);
    let oldest = backlog.waiting_since.map_or(0, |since| (now - since).num_seconds().max(0));
    gauge(registry, "till_outbox_oldest_seconds", "The age of the oldest waiting job, in seconds", oldest);
}

fn register_payments((figures, tasks): (PaymentFigures, PaymentTasks), registry: &mut Registry) {
    gauge(registry, "till_payments_open", "Attempts to pay that a gateway is still asked about", figures.open);
    let waiting = [("strange", tasks.strange), ("out_of_stock", tasks.out_of_stock), ("refund", tasks.refunds)];
    registry.register("till_payments_waiting", "What of payments waits for staff, by kind", gauges("kind", waiting));
    let refunds = [("wanted", figures.wanted), ("sent", figures.sent), ("refused", figures.refused)];
    registry.register("till_refunds", "Refunds that are not done, by status", gauges("status", refunds));
}

fn register_reconciliation(last: &RecordedRun, now: DateTime<Utc>, registry: &mut Registry) {
    let age = (now - last.started_at).num_seconds().max(0);
    gauge(registry, "till_reconciliation_age_seconds", "How long ago the last reconciliation started, in seconds", age);
    let is_completed = last.failed_checks.is_some();
    gauge(registry, "till_reconciliation_completed", "Whether it could run all its checks", is_completed);
    if let Some(failed_checks) = last.failed_checks {
        gauge(registry, "till_reconciliation_failed_checks", "Checks that found a mismatch", failed_checks);
    }
    let mismatches = last.checks.iter().map(|check| (check.name.clone(), check.count));
    registry.register("till_reconciliation_mismatches", "Mismatches by check", gauges("check", mismatches));
}

fn register_bill(last: ReconciliationStatus, registry: &mut Registry) {
    let failed_checks = match last {
        ReconciliationStatus::Passed => Some(0),
        ReconciliationStatus::Mismatched(n) => Some(n),
        ReconciliationStatus::Failed | ReconciliationStatus::Outdated | ReconciliationStatus::Never => None,
    };
    let help = "Whether the last bill of a gateway could be compared";
    gauge(registry, "till_gateway_bill_compared", help, failed_checks.is_some());
    if let Some(failed_checks) = failed_checks {
        let help = "Checks of the last bill that found a mismatch";
        gauge(registry, "till_gateway_bill_failed_checks", help, failed_checks);
    }
}
