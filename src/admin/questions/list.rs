//! The list of questions by status.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        filtered_list::{FilterLink, FilteredList},
        nav_badges::{NavBadges, capped_count},
    },
    platform::{clock, db::DbError},
    questions::{self, ListPosition, MAX_OPEN_COUNT, OpenQuestions, QuestionListItem, QuestionStatus},
    web::{self, PageResult},
};

pub(super) const LIST: &str = "/admin/questions";

#[derive(Template)]
#[template(path = "admin/questions/list.html")]
struct QuestionsPage {
    page: AdminPage,
    questions: Vec<QuestionListItem>,
    shown: QuestionStatus,
    open: OpenQuestions,
    /// The URL of the first page; `None` if this is the first page.
    first: Option<String>,
    /// The URL of the next page; `None` on the last page.
    more: Option<String>,
    zone: FixedOffset,
}

/// `GET /admin/questions`: the questions with the status `show`, by default open ones. Open questions are sorted by how
/// long they have waited, longest first; all others by the time of their last change of status, newest first. `after`
/// is the last question of the page before (see [`position`]).
pub async fn questions(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    let shown = QuestionStatus::from_code(query.get("show")).unwrap_or(QuestionStatus::Open);
    let after = position(query.get("after"));
    let (badges, open, mut questions) = staff
        .db
        .run(move |conn| {
            let questions = questions::questions_with_status(conn, shown, after, FilteredList::LIMIT)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, questions::open_questions(conn)?, questions))
        })
        .await?;
    let has_more = questions.len() > FilteredList::PER_PAGE;
    questions.truncate(FilteredList::PER_PAGE);
    let last = questions.last().filter(|_| has_more);
    let more = last.map(|last| {
        let micros = last.status_since.timestamp_micros();
        format!("{}&after={micros}-{}", list_of(shown), last.id)
    });
    let first = after.map(|_| list_of(shown));
    let (page, zone) = (AdminPage::new(staff.page, badges), staff.config.zone);
    web::html(&QuestionsPage { page, questions, shown, open, first, more, zone })
}

/// Parses `{micros}-{id}`: the last question of the page before, by the time of its last change of status in
/// microseconds since 1970 (UTC), and its id. `None` if the text has another form.
fn position(typed: &str) -> Option<ListPosition> {
    let (micros, id) = typed.split_once('-')?;
    let since = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
    Some(ListPosition { since, id: id.parse().ok()? })
}

fn list_of(status: QuestionStatus) -> String {
    format!("{LIST}?show={}", status.code())
}

impl QuestionsPage {
    fn filters(&self) -> Vec<FilterLink> {
        let open = (self.open.count > 0).then(|| capped_count(self.open.count, MAX_OPEN_COUNT));
        let mut links = Vec::with_capacity(QuestionStatus::ALL.len());
        for status in QuestionStatus::ALL {
            links.push(FilterLink {
                name: status.name(&self.page.t),
                to: list_of(status),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::QuestionId;

    #[test]
    fn a_position_that_is_none_is_the_beginning() {
        let since = DateTime::from_timestamp_micros(1_764_500_000_000_001).unwrap();
        assert_eq!(position("1764500000000001-7"), Some(ListPosition { since, id: QuestionId(7) }));
        for typed in ["", "7", "-7", "1-", "x-1", "1-x", "9223372036854775807-1", "99999999999999999999-1"] {
            assert_eq!(position(typed), None, "{typed}");
        }
    }
}
