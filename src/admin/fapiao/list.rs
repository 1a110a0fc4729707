//! The list of requests for a fapiao, filtered by status.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        filtered_list::{FilterLink, FilteredList, ForwardLinks},
        nav_badges::{NavBadges, capped_count},
        waiting_time::waiting_time,
    },
    fapiao::{self, FapiaoFilter, FapiaoListItem, MAX_OPEN_COUNT},
    platform::{clock, cursor::TimePosition, db::DbError},
    web::{self, PageResult},
};

pub(super) const PATH: &str = "/admin/fapiao";
const LIST: FilteredList = FilteredList { path: PATH, filters: &["show"] };

#[derive(Template)]
#[template(path = "admin/fapiao/list.html")]
struct RequestsPage {
    page: AdminPage,
    requests: Vec<FapiaoListItem>,
    shown: FapiaoFilter,
    links: ForwardLinks,
    now: DateTime<Utc>,
    zone: FixedOffset,
}

/// `GET /admin/fapiao`: the requests that wait for staff, or those with the status in `show`. Waiting requests are
/// sorted by waiting time, longest first; all others by the time of their last change of status, newest first. `after`
/// is the last request of the page before (see [`TimePosition`]).
pub async fn requests(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    let shown = FapiaoFilter::from_code(query.get("show"));
    let after: Option<TimePosition<_>> = query.get("after").parse().ok();
    let (badges, mut requests) = staff
        .db
        .run(move |conn| {
            let requests = fapiao::requests_in_list(conn, shown, after, FilteredList::LIMIT)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, requests))
        })
        .await?;
    let position = |last: &FapiaoListItem| TimePosition { since: last.status_since, id: last.id };
    let links = LIST.cut_forward(&mut requests, &query, after.is_none(), position);
    let (page, zone) = (AdminPage::new(staff.page, badges), staff.config.zone);
    web::html(&RequestsPage { page, requests, shown, links, now: clock::now(), zone })
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
            links.push(FilterLink {
                name,
                to: LIST.with([("show", filter.code())]),
                is_here: filter == self.shown,
                waiting,
            });
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
