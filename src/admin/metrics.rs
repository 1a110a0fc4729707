//! What the shop says of itself to the machines of whoever runs it; to nobody else.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::time::timeout;

use crate::{
    checkout,
    config::Config,
    orders::{self, Reconciliation},
    platform::{
        clock,
        db::{Db, DbError},
        metrics::{Exposition, Metric},
        outbox::{self, Backlog},
        process, redis,
    },
    web::{PageError, stops, write_connections as write_connections_open, write_security_events, write_traffic},
};

/// How long the database has for its part; what watches the shop wants to hear the rest above all when it is away.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /metrics`: for those who bring `Authorization: Bearer METRICS_TOKEN`. For everybody else, and where that is not set,
/// there is nothing here.
pub async fn metrics(req: HttpRequest, db: Data<Db>, config: Data<Config>) -> Result<HttpResponse, PageError> {
    let token = config.metrics_token.as_deref().ok_or(PageError::NotFound)?;
    if !brings(&req, token) {
        return Err(PageError::NotFound);
    }
    let mut page = Exposition::default();
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    page.family("till_build_info", "gauge", "The version that runs");
    page.sample("till_build_info", &version, 1);
    checkout::METRICS.iter().for_each(|metric| metric.write(&mut page));
    redis::ERRORS.write(&mut page);
    write_connections(&db, &mut page);
    write_kept(&db, &mut page).await;
    process::write(&mut page);
    write_traffic(&mut page);
    write_security_events(&mut page);
    write_connections_open(&mut page);
    stops::write_stops(&mut page);
    Ok(HttpResponse::Ok()
        .content_type(Exposition::KIND)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page.into_text()))
}

/// Digests are compared, so that how long it takes tells nothing of how much of the token was right.
fn brings(req: &HttpRequest, token: &str) -> bool {
    let said = req.headers().get(header::AUTHORIZATION).and_then(|said| said.to_str().ok());
    let brought = said.and_then(|said| said.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    brought.is_some_and(|(_, brought)| Sha256::digest(brought.trim()) == Sha256::digest(token))
}

fn write_connections(db: &Db, page: &mut Exposition) {
    let pool = db.connections();
    let name = "till_db_connections";
    page.family(name, "gauge", "Connections to PostgreSQL, by what they do");
    page.sample(name, &[("state", "in_use")], pool.in_use);
    page.sample(name, &[("state", "idle")], pool.idle);
    page.gauge("till_db_connections_most", "As many connections to PostgreSQL as there may be", pool.most);
}

/// What only the database knows.
async fn write_kept(db: &Db, page: &mut Exposition) {
    let asking =
        db.run(|conn| Ok::<_, DbError>((outbox::backlog(conn)?, orders::last_reconciliations(conn, 1)?.pop())));
    let kept = timeout(PATIENCE, asking).await.ok().and_then(Result::ok);
    page.gauge("till_db_up", "Whether PostgreSQL answered", u8::from(kept.is_some()));
    let Some((backlog, books)) = kept else { return };
    let now = clock::now();
    write_outbox(&backlog, now, page);
    if let Some(books) = books {
        write_books(&books, now, page);
    }
}

fn write_outbox(backlog: &Backlog, now: DateTime<Utc>, page: &mut Exposition) {
    page.gauge("till_outbox_waiting", "Promises of orders that will still be tried", backlog.waiting);
    page.gauge("till_outbox_given_up", "Promises of orders that wait for a person", backlog.given_up);
    let oldest = backlog.waiting_since.map_or(0, |since| (now - since).num_seconds().max(0));
    page.gauge("till_outbox_oldest_seconds", "The age of the oldest promise that waits, in seconds", oldest);
}

fn write_books(books: &Reconciliation, now: DateTime<Utc>, page: &mut Exposition) {
    let age = (now - books.started_at).num_seconds().max(0);
    page.gauge("till_books_age_seconds", "How long ago the books were asked, in seconds", age);
    page.gauge("till_books_read", "Whether they could be read then", u8::from(books.disagreeing.is_some()));
    if let Some(disagreeing) = books.disagreeing {
        page.gauge("till_books_disagreeing", "Books that did not agree", disagreeing);
    }
    let name = "till_books_rows_disagreeing";
    page.family(name, "gauge", "Rows that did not agree, by book");
    for entry in &books.entries {
        page.sample(name, &[("book", &entry.name)], entry.count);
    }
}
