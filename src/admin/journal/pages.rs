//! `/admin/journal`: what staff did, the newest first.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime, Utc};

use super::{
    model::{JournalFilter, JournalRow},
    queries,
    words::{self, Change},
};
use crate::{
    accounts::{self, Staff},
    admin::counter::Counter,
    config::Config,
    kernel::text,
    platform::{
        clock,
        db::{Db, DbError},
    },
    web::{self, Fields, Page, PageError, Turn},
};

/// How many rows a page lists.
const PER_PAGE: usize = 50;
const JOURNAL: &str = "/admin/journal";
/// The words of the query that a step keeps.
const KEPT: [&str; 4] = ["who", "what", "subject", "day"];

#[derive(Template)]
#[template(path = "admin/journal.html")]
struct JournalPage {
    page: Page,
    counter: Counter,
    query: Fields,
    rows: Vec<JournalRow>,
    /// Everything that was ever done, and everybody who might have done it: to choose from.
    kinds: Vec<String>,
    people: Vec<String>,
    /// Where the pages beside this one are.
    newer: Option<String>,
    older: Option<String>,
    zone: FixedOffset,
}

/// `GET /admin/journal`
pub async fn journal(
    _: Staff,
    page: Page,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (query, zone) = (Fields::of_query(&req), config.zone);
    let (filter, turn) = (filter(&query, zone), Turn::of(&query));
    let (mut rows, kinds, people) = db
        .run(move |conn| {
            // One more than is shown tells whether there is a further page.
            let most = i64::try_from(PER_PAGE + 1).unwrap_or(i64::MAX);
            let rows = queries::journal_rows(conn, &filter, turn, most)?;
            let people = accounts::people_behind_the_counter(conn)?.into_iter().map(|person| person.username);
            Ok::<_, DbError>((rows, queries::kinds(conn)?, people.collect()))
        })
        .await?;
    let (is_newer, is_older) = turn.cut(&mut rows, PER_PAGE);
    let step = |word, row: Option<&JournalRow>| row.map(|row| address(&query, Some((word, row.id))));
    let newer = if is_newer { step("newer", rows.first()) } else { None };
    let older = if is_older { step("older", rows.last()) } else { None };
    let counter = Counter::load(&db).await?;
    web::html(&JournalPage { page, counter, query, rows, kinds, people, newer, older, zone })
}

fn filter(query: &Fields, zone: FixedOffset) -> JournalFilter {
    // A page to read answers whatever it can, so what is too long is cut.
    let folded = |name| text::fold(query.get(name)).trim().chars().take(200).collect::<String>();
    let asked = |name| Some(folded(name)).filter(|word| !word.is_empty());
    JournalFilter {
        who: asked("who"),
        what: asked("what"),
        subject: asked("subject"),
        during: query.get("day").parse().ok().and_then(|day| during(day, zone)),
    }
}

/// A day of the shop's own, from its first moment to the next day's.
fn during(day: NaiveDate, zone: FixedOffset) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    // PostgreSQL's years go less far than chrono's.
    let day = Some(day).filter(|day| (1970..=9000).contains(&chrono::Datelike::year(day)))?;
    let begins = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_local_timezone(zone).earliest();
    Some((begins(day)?.to_utc(), begins(day.checked_add_days(Days::new(1))?)?.to_utc()))
}

/// Where the journal is with what `query` looks for, at this step.
fn address(query: &Fields, step: Option<(&str, i64)>) -> String {
    let kept = KEPT.iter().map(|name| (*name, query.get(name))).filter(|(_, value)| !value.is_empty());
    let mut words = form_urlencoded::Serializer::new(String::new());
    words.extend_pairs(kept);
    if let Some((word, id)) = step {
        words.append_pair(word, &id.to_string());
    }
    let query = words.finish();
    if query.is_empty() { JOURNAL.to_owned() } else { format!("{JOURNAL}?{query}") }
}

impl JournalPage {
    fn deed(&self, what: &str) -> String {
        words::deed(self.page.t, what)
    }

    fn changes(&self, row: &JournalRow) -> Vec<Change> {
        words::changes(self.page.t, row.before.as_ref(), row.after.as_ref())
    }

    fn second(&self, at: &DateTime<Utc>) -> String {
        clock::second(*at, self.zone)
    }

    fn is_filtered(&self) -> bool {
        KEPT.iter().any(|name| !self.query.get(name).is_empty())
    }

    /// Where all is that was done to the same thing.
    fn all_of(&self, subject: &str) -> String {
        let words = form_urlencoded::Serializer::new(String::new()).append_pair("subject", subject).finish();
        format!("{JOURNAL}?{words}")
    }

    fn newest(&self) -> String {
        address(&self.query, None)
    }
}
