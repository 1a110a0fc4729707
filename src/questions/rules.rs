//! Limits of questions, and when a form was sent before.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::model::{Asker, MessageAuthor, MessageView, QuestionStatus, QuestionView};
use crate::platform::random;

/// The maximum length of a message, in characters.
pub const MAX_WORDS_LEN: usize = 2000;
/// The maximum number of pictures of a message.
pub const MAX_PICTURES: i64 = 5;
/// The maximum number of messages of a question. Once it has that many, its asker cannot reply any more; staff can
/// still answer.
pub(super) const MAX_MESSAGES: i64 = 200;
/// After so many days a question whose address was not proved is deleted.
pub const UNPROVED_DAYS: i64 = 3;
/// The maximum number of unproved questions with one address, so that nobody can fill a stranger's mailbox.
pub(super) const MAX_UNPROVED: i64 = 3;

/// Returns the time before which a question without a proved address is deleted.
pub(super) fn unproved_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(UNPROVED_DAYS)
}

/// Returns the idempotency token of a submitted form: the digest of the form's token and its fields, as 64 hexadecimal
/// digits. The same form sent twice has the same digest. If somebody goes back and corrects a field, the digest
/// differs, so that the correction is stored too.
pub(super) fn form_digest(token: &str, fields: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for field in [token].iter().chain(fields) {
        hasher.update(field);
        hasher.update([0]);
    }
    random::hex(&hasher.finalize())
}

/// Returns the digest of a new question's form.
pub(super) fn question_digest(token: &str, asker: &Asker, order: &str, words: &str) -> String {
    match asker {
        Asker::User(id) => form_digest(token, &[&id.to_string(), "", order, words]),
        Asker::Guest { email, name } => form_digest(token, &[email.as_str(), name, order, words]),
    }
}

impl QuestionView {
    /// Returns whether pictures can be added to the last message: it is the asker's own, waits for an answer, and has
    /// less than [`MAX_PICTURES`].
    pub fn can_have_pictures(&self) -> bool {
        self.messages.last().is_some_and(|last| can_have_pictures(self.question.status, last))
    }
}

fn can_have_pictures(status: QuestionStatus, last: &MessageView) -> bool {
    let is_full = i64::try_from(last.pictures.len()).is_ok_and(|pictures| pictures >= MAX_PICTURES);
    status.is_open() && last.author == MessageAuthor::Shopper && !is_full
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{QuestionMessageId, UserId};

    #[test]
    fn a_form_sent_again_is_recognized_and_one_with_another_word_is_not() {
        let guest = |email: &str, name: &str| Asker::Guest { email: email.parse().unwrap(), name: name.to_owned() };
        let first = question_digest("t", &guest("a@b.cn", "c"), "", "Where?");
        assert_eq!(first.len(), 64);
        assert_eq!(question_digest("t", &guest("a@b.cn", "c"), "", "Where?"), first);
        for other in [
            question_digest("u", &guest("a@b.cn", "c"), "", "Where?"),
            question_digest("t", &guest("a@b.com", "c"), "", "Where?"),
            question_digest("t", &guest("a@b.cn", ""), "c", "Where?"),
            question_digest("t", &guest("a@b.cn", "c"), "", "Where"),
            question_digest("t", &Asker::User(UserId(1)), "", "Where?"),
        ] {
            assert_ne!(other, first);
        }
        assert_ne!(form_digest("a", &["bc"]), form_digest("ab", &["c"]));
    }

    #[test]
    fn pictures_belong_to_the_last_message_of_an_asker_who_waits() {
        let last = |author, pictures: i32| MessageView {
            id: QuestionMessageId(1),
            author,
            staff_name: None,
            words: String::new(),
            written_at: DateTime::UNIX_EPOCH,
            pictures: (1..=pictures).collect(),
        };
        assert!(can_have_pictures(QuestionStatus::Open, &last(MessageAuthor::Shopper, 4)));
        assert!(!can_have_pictures(QuestionStatus::Open, &last(MessageAuthor::Shopper, 5)));
        assert!(!can_have_pictures(QuestionStatus::Closed, &last(MessageAuthor::Shopper, 0)));
        assert!(!can_have_pictures(QuestionStatus::Answered, &last(MessageAuthor::Staff, 0)));
    }
}
