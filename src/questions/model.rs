//! Rows of questions, and what their pages show.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Timestamptz},
};

use crate::{
    kernel::{Email, Language, OrderId, OrderNumber, QuestionId, QuestionMessageId, UserId, codes},
    messages::Messages,
    platform::db::sql_enum,
    schema::questions,
};

codes! {
    /// The status of a question.
    pub enum QuestionStatus {
        /// The question waits for an answer by staff.
        Open = "open",
        Answered = "answered",
        /// Nobody expects another message; a reply by the asker opens the question again.
        Closed = "closed",
    }
}

sql_enum!(QuestionStatus);

impl QuestionStatus {
    /// Returns the name of the status for pages.
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Open => t.question_open(),
            Self::Answered => t.question_answered(),
            Self::Closed => t.question_closed(),
        }
    }

    pub fn is_open(self) -> bool {
        self == Self::Open
    }
}

codes! {
    /// Who has written a message.
    pub enum MessageAuthor {
        /// The asker of the question, with or without an account.
        Shopper = "shopper",
        Staff = "staff",
    }
}

sql_enum!(MessageAuthor);

/// Who asks a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    User(UserId),
    /// Somebody who is not signed in, with or without an account. The name may be empty.
    Guest {
        email: Email,
        name: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = questions)]
pub struct Question {
    pub id: QuestionId,
    /// The order that the question is about; `None` if there is none, or if it is not known to belong to the asker.
    pub order_id: Option<OrderId>,
    /// The account of the asker; `None` for a guest, who has an `email`.
    pub user_id: Option<UserId>,
    pub email: Option<String>,
    pub guest_name: String,
    /// The order number that a guest typed; there may be no such order. May be empty.
    pub typed_number: String,
    pub language: Language,
    pub status: QuestionStatus,
    /// When the question got its current status; an open question has waited since then.
    pub status_since: DateTime<Utc>,
    pub asked_at: DateTime<Utc>,
    /// When a guest's address was proved; staff see the question from then on. Always set for an account.
    pub proved_at: Option<DateTime<Utc>>,
}

/// A message as the page of its question shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    pub id: QuestionMessageId,
    pub author: MessageAuthor,
    /// The username of the member of staff who wrote the message; `None` if the asker wrote it.
    pub staff_name: Option<String>,
    pub words: String,
    pub written_at: DateTime<Utc>,
    /// The positions of the message's pictures; the URL of each picture contains its position.
    pub pictures: Vec<i32>,
}

/// A question with all that its page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionView {
    pub question: Question,
    pub order: Option<OrderNumber>,
    /// The username of the asker; `None` for a guest.
    pub username: Option<String>,
    /// Oldest first; there is at least one.
    pub messages: Vec<MessageView>,
}

impl QuestionView {
    pub fn last_message(&self) -> Option<&MessageView> {
        self.messages.last()
    }
}

/// A question in a list.
#[derive(Clone, Debug, Queryable)]
pub struct QuestionListItem {
    pub id: QuestionId,
    pub status: QuestionStatus,
    pub status_since: DateTime<Utc>,
    pub asked_at: DateTime<Utc>,
    pub order: Option<OrderNumber>,
    /// The username of the asker; `None` for a guest.
    pub username: Option<String>,
    pub email: Option<String>,
    pub guest_name: String,
    /// The first message.
    pub words: String,
}

impl QuestionListItem {
    /// Returns the name of the asker: the username, or the name that a guest typed, or else the guest's address.
    pub fn asker(&self) -> String {
        let guest = || match (self.guest_name.as_str(), self.email.as_deref()) {
            ("", email) => Email::shown(email.unwrap_or_default()),
            (name, _) => name.to_owned(),
        };
        self.username.clone().unwrap_or_else(guest)
    }

    /// Returns the beginning of the first message on one line.
    pub fn beginning(&self) -> String {
        const MAX_LEN: usize = 120;
        let line = self.words.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() <= MAX_LEN {
            return line;
        }
        let beginning: String = line.chars().take(MAX_LEN).collect();
        format!("{}…", beginning.trim_end())
    }
}

/// How many questions wait for an answer (`count`, at most [`MAX_OPEN_COUNT`](super::MAX_OPEN_COUNT) + 1), and since
/// when the oldest of them has waited (`since`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct OpenQuestions {
    #[diesel(sql_type = BigInt, column_name = open_questions)]
    pub count: i64,
    #[diesel(sql_type = Nullable<Timestamptz>, column_name = open_questions_since)]
    pub since: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(words: &str) -> QuestionListItem {
        QuestionListItem {
            id: QuestionId(1),
            status: QuestionStatus::Open,
            status_since: DateTime::UNIX_EPOCH,
            asked_at: DateTime::UNIX_EPOCH,
            order: None,
            username: None,
            email: Some("mei@xn--fsqu00a.cn".to_owned()),
            guest_name: String::new(),
            words: words.to_owned(),
        }
    }

    #[test]
    fn a_list_shows_one_line_of_a_question_and_who_asks() {
        assert_eq!(item("Where\n is\tit?").beginning(), "Where is it?");
        assert_eq!(item(&"林".repeat(500)).beginning(), format!("{}…", "林".repeat(120)));
        assert_eq!(item("").asker(), "mei@例子.cn");
        let named = QuestionListItem { guest_name: "Mei".to_owned(), ..item("") };
        assert_eq!(named.asker(), "Mei");
        assert_eq!(QuestionListItem { username: Some("mei".to_owned()), ..named }.asker(), "mei");
    }
}
