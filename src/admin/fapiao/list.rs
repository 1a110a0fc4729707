//! The list of requests for a fapiao, filtered by status.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        filtered_list::{FilterLink, FilteredList},
        nav_badges::{NavBadges, capped_count},
        waiting_time::waiting_time,
    },
    fapiao::{self, FapiaoFilter, FapiaoListItem, ListPosition, MAX_OPEN_COUNT},
    platform::{clock, db::DbError},
    web::{self, PageResult},
};

pub(super) const LIST: &str = "/admin/fapiao";

#[derive(Template)]
#[template(path = "admin/fapiao/list.html")]
struct RequestsPage {
    page: AdminPage,
    requests: Vec<FapiaoListItem>,
    shown: FapiaoFilter,
    /// The URL of the first page; `None` if this is the first page.
    first: Option<String>,
    /// The URL of the next page; `None` on the last page.
    more: Option<String>,
    now: DateTime<Utc>,
    zone: FixedOffset,
}

/// `GET /admin/fapiao`: the requests that wait for staff, or those with the status in `show`. Waiting requests are
/// sorted by waiting time, longest first; all others by the time of their last change of status, newest first. `after`
/// is the last request of the page before (see [`position`]).
pub async fn requests(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    let shown = FapiaoFilter::from_code(query.get("show"));
    let after = position(query.get("after"));
    let (badges, mut requests) = staff
        .db
        .run(move |conn| {
            let requests = fapiao::requests_in_list(conn, shown, after, FilteredList::LIMIT)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, requests))
        })
        .await?;
    let has_more = requests.len() > FilteredList::PER_PAGE;
    requests.truncate(FilteredList::PER_PAGE);
    let last = requests.last().filter(|_| has_more);
    let more = last.map(|last| {
        let micros = last.status_since.timestamp_micros();
        format!("{}&after={micros}-{}", list_of(shown), last.id)
    });
    let first = after.map(|_| list_of(shown));
    let (page, zone) = (AdminPage::new(staff.page, badges), staff.config.zone);
    web::html(&RequestsPage { page, requests, shown, first, more, now: clock::now(), zone })
}

/// Parses `{micros}-{id}`: the last request of the page before, by the time of its last change of status in
/// microseconds since 1970 (UTC), and its id. `None` if the text has another form.
fn position(typed: &str) -> Option<ListPosition> {
    let (micros, id) = typed.split_once('-')?;
    let since = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
    Some(ListPosition { since, id: id.parse().ok()? })
}

fn list_of(filter: FapiaoFilter) -> String {
    format!("{LIST}?show={}", filter.code())
}

impl RequestsPage {
    fn filters(&self) -> Vec<FilterLink> {
        let open = self.page.badges.open_fapiao();
        let mut links = Vec::new();
        for filter in FapiaoFilter::all() {
            let name = match filter {
                FapiaoFilter::Open => self.page.t.fapiao_open(),
                FapiaoFilter::Of(status) => status.name(&self.page.t),
            };
            let waiting =
                (filter == FapiaoFilter::Open && open.count > 0).then(|| capped_count(open.count, MAX_OPEN_COUNT));
            links.push(FilterLink { name, to: list_of(filter), is_here: filter == self.shown, waiting });
        }
        links
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    /// Returns how long a request has waited for staff, as a text; `None` if it is not waiting.
    fn waiting(&self, request: &FapiaoListItem) -> Option<String> {
        let is_open = request.status.is_open();
        is_open.then(|| waiting_time(self.page.t, request.status_since, self.now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::FapiaoRequestId;

    #[test]
    fn a_position_that_is_none_is_the_beginning() {
        let since = DateTime::from_timestamp_micros(1_764_500_000_000_001).unwrap();
        assert_eq!(position("1764500000000001-7"), Some(ListPosition { since, id: FapiaoRequestId(7) }));
        for typed in ["", "7", "-7", "1-", "x-1", "1-x", "99999999999999999999-1"] {
            assert_eq!(position(typed), None, "{typed}");
        }
    }
}
