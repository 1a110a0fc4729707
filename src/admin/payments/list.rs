//! The list of attempts to pay.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::labels;
use crate::{
    accounts::Staff,
    admin::nav_badges::NavBadges,
    config::Config,
    kernel::thousands,
    payments::{self, PaymentFilter, PaymentListItem, PaymentSearch},
    platform::{
        clock,
        cursor::Cursor,
        db::{Db, DbError},
    },
    web::{self, Fields, Page, PageError},
};

const PER_PAGE: usize = 50;
const PAYMENTS: &str = "/admin/payments";
/// The parameters that filter the list; links to other pages of it keep them.
const FILTERS: [&str; 2] = ["q", "show"];
/// In characters.
const MAX_SEARCH_LEN: usize = 100;

#[derive(Template)]
#[template(path = "admin/payments/list.html")]
struct PaymentsPage {
    page: Page,
    badges: NavBadges,
    query: Fields,
    show: PaymentFilter,
    payments: Vec<PaymentListItem>,
    /// The addresses of the pages before and after this one.
    newer: Option<String>,
    older: Option<String>,
    is_first: bool,
    zone: FixedOffset,
}

/// `GET /admin/payments`: the newest first; `q`, `show`, and `older` or `newer` by query.
pub async fn payments(
    _: Staff,
    page: Page,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let query = Fields::of_query(&req);
    // Values that are too long are truncated and not refused, because this page only reads.
    let words: String = query.get("q").chars().take(MAX_SEARCH_LEN).collect();
    let (show, cursor) = (PaymentFilter::from_code(query.get("show")).unwrap_or_default(), query.cursor());
    let words = Some(words).filter(|words| !words.is_empty());
    let search = PaymentSearch { words, show, cursor, stuck_before: payments::stuck_before(clock::now()) };
    let (badges, mut payments) = db
        .run(move |conn| {
            // One attempt more than is shown tells whether there is a further page.
            let most = i64::try_from(PER_PAGE + 1).unwrap_or(i64::MAX);
            Ok::<_, DbError>((NavBadges::load_with(conn)?, payments::payments_matching(conn, &search, most)?))
        })
        .await?;
    let (is_newer, is_older) = cursor.split_page(&mut payments, PER_PAGE);
    let to = |word, item: Option<&PaymentListItem>| item.map(|item| address(&query, &[(word, &item.id.to_string())]));
    let newer = if is_newer { to("newer", payments.first()) } else { None };
    let older = if is_older { to("older", payments.last()) } else { None };
    let is_first = cursor == Cursor::Newest;
    web::html(&PaymentsPage { page, badges, query, show, payments, newer, older, is_first, zone: config.zone })
}

/// The address of the list with the filters of `query`, some of them changed.
fn address(query: &Fields, changed: &[(&str, &str)]) -> String {
    let kept = FILTERS.into_iter().filter(|name| changed.iter().all(|(word, _)| word != name));
    let words = kept.map(|name| (name, query.get(name))).chain(changed.iter().copied());
    list(words.filter(|(_, value)| !value.is_empty()))
}

fn list<'a>(words: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let words = form_urlencoded::Serializer::new(String::new()).extend_pairs(words).finish();
    if words.is_empty() { PAYMENTS.to_owned() } else { format!("{PAYMENTS}?{words}") }
}

/// The address of the attempts of this kind.
pub(in crate::admin) fn list_of(show: PaymentFilter) -> String {
    list([("show", show.code())].into_iter())
}

impl PaymentsPage {
    /// The filters: each with its name, its address, and how many wait for staff.
    fn shows(&self) -> Vec<(PaymentFilter, &'static str, String, Option<String>)> {
        let tasks = self.badges.payment_tasks();
        let all = PaymentFilter::ALL.into_iter().map(|show| {
            let waiting = match show {
                PaymentFilter::All | PaymentFilter::Open => 0,
                PaymentFilter::Strange => tasks.strange,
                PaymentFilter::OutOfStock => tasks.out_of_stock,
                PaymentFilter::Refunds => tasks.refunds,
            };
            let to = address(&self.query, &[("show", show.code())]);
            (show, labels::filter(&self.page.t, show), to, (waiting > 0).then(|| thousands(&waiting)))
        });
        all.collect()
    }

    fn q(&self) -> String {
        self.query.get("q").chars().take(MAX_SEARCH_LEN).collect()
    }

    fn is_filtered(&self) -> bool {
        FILTERS.iter().any(|name| !self.query.get(name).is_empty())
    }

    fn newest(&self) -> String {
        address(&self.query, &[])
    }

    fn status(&self, payment: &PaymentListItem) -> &'static str {
        labels::status(&self.page.t, payment.status)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
