//! The list of payment attempts for staff.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::labels;
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        filtered_list::{FilterLink, FilteredList, PageLinks},
        nav_badges::NavBadges,
    },
    kernel::thousands,
    payments::{self, PaymentFilter, PaymentListItem, PaymentSearch},
    platform::{clock, db::DbError},
    web::{self, Fields, PageResult},
};

const LIST: FilteredList = FilteredList { path: "/admin/payments", filters: &["q", "show"] };

#[derive(Template)]
#[template(path = "admin/payments/list.html")]
struct PaymentsPage {
    page: AdminPage,
    query: Fields,
    show: PaymentFilter,
    payments: Vec<PaymentListItem>,
    links: PageLinks,
    zone: FixedOffset,
}

/// `GET /admin/payments`: the list of payment attempts, newest first; reads `q`, `show`, and `older` or `newer` for the
/// page.
pub async fn payments(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    let (show, cursor) = (PaymentFilter::from_code(query.get("show")).unwrap_or_default(), query.cursor());
    let words = Some(FilteredList::search_words(&query)).filter(|words| !words.is_empty());
    let search = PaymentSearch { words, show, cursor, stuck_before: payments::stuck_before(clock::now()) };
    let (badges, mut payments) = staff
        .db
        .run(move |conn| {
            let found = payments::payments_matching(conn, &search, FilteredList::LIMIT)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, found))
        })
        .await?;
    let links = LIST.cut(&mut payments, &query, cursor, |payment| payment.id);
    let (page, zone) = (AdminPage::new(staff.page, badges), staff.config.zone);
    web::html(&PaymentsPage { page, query, show, payments, links, zone })
}

/// Returns the URL of the list of payment attempts, filtered by `show`.
pub(in crate::admin) fn list_of(show: PaymentFilter) -> String {
    LIST.with([("show", show.code())])
}

impl PaymentsPage {
    fn filters(&self) -> Vec<FilterLink> {
        let tasks = self.page.badges.payment_tasks();
        let all = PaymentFilter::ALL.into_iter().map(|show| {
            let waiting = match show {
                PaymentFilter::All | PaymentFilter::Open => 0,
                PaymentFilter::Strange => tasks.strange,
                PaymentFilter::OutOfStock => tasks.out_of_stock,
                PaymentFilter::Refunds => tasks.refunds,
            };
            FilterLink {
                name: labels::filter(&self.page.t, show),
                to: LIST.address(&self.query, &[("show", show.code())]),
                is_here: show == self.show,
                waiting: (waiting > 0).then(|| thousands(&waiting)),
            }
        });
        all.collect()
    }

    fn q(&self) -> String {
        FilteredList::search_words(&self.query)
    }

    fn is_filtered(&self) -> bool {
        LIST.is_filtered(&self.query)
    }

    fn status(&self, payment: &PaymentListItem) -> &'static str {
        labels::status(&self.page.t, payment.status)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
