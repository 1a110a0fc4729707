//! The books: whether stock, sales and orders add up, as they said when they were last asked.

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
    orders::{self, Book, Entry, Reconciliation, Standing},
    platform::{
        clock,
        db::{Db, DbError},
    },
    web::{self, Flash, Page, PageError, grouped, see_other},
};

/// How many earlier times are listed.
const EARLIER: i64 = 10;
const BOOKS: &str = "/admin/books";

#[derive(Template)]
#[template(path = "admin/operations/reconciliation.html")]
struct BooksPage {
    page: Page,
    badges: NavBadges,
    running: bool,
    last: Option<Reconciliation>,
    earlier: Vec<Reconciliation>,
    zone: FixedOffset,
    now: DateTime<Utc>,
}

/// `GET /admin/books`
pub async fn reconciliation(
    _: Staff,
    page: Page,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (running, mut asked) = db
        .run(|conn| {
            // Whether it runs is asked first: what ended in between is then on the list already.
            let running = orders::books_are_being_asked(conn)?;
            Ok::<_, DbError>((running, orders::last_reconciliations(conn, EARLIER + 1)?))
        })
        .await?;
    let earlier = asked.split_off(asked.len().min(1));
    let (badges, last) = (NavBadges::load(&db).await?, asked.pop());
    web::html(&BooksPage { page, badges, running, last, earlier, zone: config.zone, now: clock::now() })
}

/// `POST /admin/books/checks`: asks the books now, in the background.
pub async fn run_reconciliation(
    Staff(person): Staff,
    page: Page,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (staff, from) = (person.id, web::client_address(&req));
    let begun = orders::begin_reconciliation(&db, staff, move |conn, disagreeing| {
        let entry = NewAuditEntry {
            staff_id: staff,
            action: AuditAction::CheckBooks,
            target: String::new(),
            before: None,
            after: Some(json!({"disagreeing": disagreeing})),
            ip_address: Some(from.clone()),
        };
        audit::record(conn, &entry)
    });
    if begun.await? {
        Ok(see_other(BOOKS))
    } else {
        Ok(Flash::notice(page.t.reconciliation_running_already()).see_other(BOOKS, &config))
    }
}

impl BooksPage {
    fn standing(&self, of: &Reconciliation) -> Standing {
        of.standing(self.now)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn took(&self, took: &Duration) -> String {
        self.page.t.reconciliation_seconds(format!("{:.2}", took.as_secs_f64()))
    }

    fn by(&self, of: &Reconciliation) -> String {
        of.by.clone().unwrap_or_else(|| "till reconcile".to_owned())
    }

    /// What must be true; of a book that this version does not know, its name.
    fn rule<'a>(&self, entry: &'a Entry) -> &'a str {
        Book::named(&entry.name).map_or(&entry.name, |book| book.rule(self.page.t))
    }

    fn of(&self, entry: &Entry) -> &'static str {
        Book::named(&entry.name).map_or(self.page.t.reconciliation_row(), |book| book.of(self.page.t))
    }

    /// How many rows disagree beside those that are listed.
    fn more(&self, entry: &Entry) -> Option<String> {
        let more = entry.count - i64::try_from(entry.rows.len()).unwrap_or(entry.count);
        (more > 0).then(|| self.page.t.reconciliation_more(grouped(&more)))
    }
}
