//! The list of questions by status.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        filtered_list::{FilterLink, FilteredList, ForwardLinks},
        nav_badges::{NavBadges, capped_count},
    },
    platform::{clock, cursor::TimePosition, db::DbError},
    questions::{self, MAX_OPEN_COUNT, QuestionListItem, QuestionStatus},
    web::{self, PageResult},
};

pub(super) const PATH: &str = "/admin/questions";
const LIST: FilteredList = FilteredList { path: PATH, filters: &["show"] };

#[derive(Template)]
#[template(path = "admin/questions/list.html")]
struct QuestionsPage {
    page: AdminPage,
    questions: Vec<QuestionListItem>,
    shown: QuestionStatus,
    links: ForwardLinks,
    zone: FixedOffset,
}

/// `GET /admin/questions`: the questions with the status `show`, by default open ones. Open questions are sorted by how
/// long they have waited, longest first; all others by the time of their last change of status, newest first. `after`
/// is the last question of the page before (see [`TimePosition`]).
pub async fn questions(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    let shown = QuestionStatus::from_code(query.get("show")).unwrap_or(QuestionStatus::Open);
    let after: Option<TimePosition<_>> = query.get("after").parse().ok();
    let (badges, mut questions) = staff
        .db
        .run(move |conn| {
            let questions = questions::questions_with_status(conn, shown, after, FilteredList::LIMIT)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, questions))
        })
        .await?;
    let position = |last: &QuestionListItem| TimePosition { since: last.status_since, id: last.id };
    let links = LIST.cut_forward(&mut questions, &query, after.is_none(), position);
    let (page, zone) = (AdminPage::new(staff.page, badges), staff.config.zone);
    web::html(&QuestionsPage { page, questions, shown, links, zone })
}

impl QuestionsPage {
    fn filters(&self) -> Vec<FilterLink> {
        let count = self.page.badges.open_questions().count;
        let open = (count > 0).then(|| capped_count(count, MAX_OPEN_COUNT));
        let mut links = Vec::with_capacity(QuestionStatus::ALL.len());
        for status in QuestionStatus::ALL {
            links.push(FilterLink {
                name: status.name(&self.page.t),
                to: LIST.with([("show", status.code())]),
                is_here: status == self.shown,
                waiting: open.clone().filter(|_| status.is_open()),
            });
        }
        links
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
