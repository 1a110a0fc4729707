//! The list of a shopper's own questions.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    accounts::ShopperRequest,
    kernel::QuestionId,
    platform::{clock, db::DbError},
    questions::{self, QuestionListItem},
    web::{self, Page, PageResult},
};

const PER_PAGE: usize = 20;
/// One more row than a page shows, which tells whether there is a further page.
const LIMIT: i64 = 21;

#[derive(Template)]
#[template(path = "questions/list.html")]
struct OwnQuestionsPage {
    page: Page,
    questions: Vec<QuestionListItem>,
    newer: Option<String>,
    older: Option<String>,
    zone: FixedOffset,
}

/// `GET /questions`: the questions that the shopper has asked, newest first.
pub async fn own_questions(shopper: ShopperRequest) -> PageResult {
    let (owner, cursor) = (shopper.user.id, shopper.query().cursor::<QuestionId>());
    let loaded = shopper.db.run(move |conn| Ok::<_, DbError>(questions::own_questions(conn, owner, cursor, LIMIT)?));
    let mut questions = loaded.await?;
    let (is_newer, is_older) = cursor.split_page(&mut questions, PER_PAGE);
    let to = |name: &str, row: Option<&QuestionListItem>| row.map(|row| format!("/questions?{name}={}", row.id));
    let newer = if is_newer { to("newer", questions.first()) } else { None };
    let older = if is_older { to("older", questions.last()) } else { None };
    web::html(&OwnQuestionsPage { page: shopper.page, questions, newer, older, zone: shopper.config.zone })
}

impl OwnQuestionsPage {
    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
