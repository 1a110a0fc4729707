//! Emails about questions: which are due, and whether they were sent. Each is a row and a job of the outbox, stored in
//! the same transaction; the texts are made when the job sends it.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, dsl::exists, prelude::*};
use serde_json::json;

use super::{
    QUESTION_MAIL,
    model::{MessageAuthor, Question},
};
use crate::{
    kernel::{Email, OrderNumber, QuestionId, QuestionMessageId, codes},
    order_mails::{self, MailProgress, MailReason, SEND_TIMEOUT, StaffMailKind, is_outdated},
    platform::{db::sql_enum, outbox},
    schema::{orders, question_mails, question_messages, questions, users},
};

codes! {
    /// What an email to the asker of a question is about.
    pub enum QuestionMailKind {
        /// Asks a guest to prove the email address by opening a link.
        Proof = "proof",
        Answered = "answered",
    }
}

sql_enum!(QuestionMailKind);

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = question_mails)]
pub struct QuestionMail {
    pub id: i64,
    pub question_id: QuestionId,
    pub kind: QuestionMailKind,
    /// The id of the answer that it contains; 0 if it contains none.
    pub thing: i64,
    pub promised_at: DateTime<Utc>,
    /// When a process began to send the email; `None` if no process has.
    pub begun_at: Option<DateTime<Utc>>,
    /// When the mail server accepted the email; `None` if it has not.
    pub sent_at: Option<DateTime<Utc>>,
    pub skipped: Option<MailReason>,
}

impl QuestionMail {
    /// Returns whether nothing remains to be done for the email: it was sent, may have been sent, or is not to be sent.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.sent_at.is_some() || self.skipped.is_some() || self.begun_at.is_some_and(|at| now - at >= SEND_TIMEOUT)
    }
}

/// The maximum number of messages for which one transaction stores emails.
const MAX_SCHEDULED: i64 = 500;

/// A message for which no emails were stored yet.
#[derive(Queryable, Selectable)]
#[diesel(table_name = question_messages)]
struct NewMessage {
    id: QuestionMessageId,
    question_id: QuestionId,
    author: MessageAuthor,
    begins_waiting: bool,
    written_at: DateTime<Utc>,
}

/// Stores the emails that new messages lead to, with the jobs that send them, and marks the messages as done: a guest
/// is asked to prove the address, the asker gets the answer, and staff are told that a question waits. Returns the
/// number of marked messages. If `wanted` is false, marks the messages without storing emails. Several processes may
/// call it at once, each in a transaction.
pub fn schedule_mails(conn: &mut PgConnection, wanted: bool, now: DateTime<Utc>) -> QueryResult<usize> {
    let new: Vec<NewMessage> = question_messages::table
        .filter(question_messages::mails_at.is_null())
        .order(question_messages::id)
        .limit(MAX_SCHEDULED)
        .select(NewMessage::as_select())
        .for_no_key_update()
        .skip_locked()
        .load(conn)?;
    let told: &[NewMessage] = if wanted { &new } else { &[] };
    for message in told {
        let proved_at: Option<DateTime<Utc>> =
            questions::table.find(message.question_id).select(questions::proved_at).first(conn)?;
        if is_outdated(proved_at.map_or(message.written_at, |proved| proved.max(message.written_at)), now) {
            continue;
        }
        match (message.author, proved_at) {
            (MessageAuthor::Staff, _) => schedule(conn, message, QuestionMailKind::Answered, now)?,
            (MessageAuthor::Shopper, None) => schedule(conn, message, QuestionMailKind::Proof, now)?,
            (MessageAuthor::Shopper, Some(_)) if message.begins_waiting => {
                order_mails::notify_staff(conn, StaffMailKind::Question, message.id.0, now)?;
            }
            (MessageAuthor::Shopper, Some(_)) => {}
        }
    }
    let ids: Vec<QuestionMessageId> = new.iter().map(|message| message.id).collect();
    diesel::update(question_messages::table.filter(question_messages::id.eq_any(ids)))
        .set(question_messages::mails_at.eq(now))
        .execute(conn)
}

/// Stores an email to the asker of a question, with the job that sends it, unless the email was stored before.
fn schedule(
    conn: &mut PgConnection,
    message: &NewMessage,
    kind: QuestionMailKind,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let thing = if kind == QuestionMailKind::Proof { 0 } else { message.id.0 };
    let stored: Option<i64> = diesel::insert_into(question_mails::table)
        .values((
            question_mails::question_id.eq(message.question_id),
            question_mails::kind.eq(kind.code()),
            question_mails::thing.eq(thing),
            question_mails::promised_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .returning(question_mails::id)
        .get_result(conn)
        .optional()?;
    if let Some(mail) = stored {
        let jobs = outbox::enqueue_mail(conn, QUESTION_MAIL, vec![json!({ "mail": mail })], now)?;
        diesel::update(question_mails::table.find(mail)).set(question_mails::job_id.eq(jobs.first())).execute(conn)?;
    }
    Ok(())
}

/// The email with an answer of staff.
#[derive(Clone, Debug)]
pub struct AnswerMail {
    pub answered_at: DateTime<Utc>,
    /// `None` if the answer led to no email, because sending was switched off.
    pub progress: Option<MailProgress>,
}

/// Loads the emails with the answers to a question, oldest first.
pub fn answer_mails(conn: &mut PgConnection, question: QuestionId) -> QueryResult<Vec<AnswerMail>> {
    let answers: Vec<(QuestionMessageId, DateTime<Utc>, Option<DateTime<Utc>>)> = question_messages::table
        .filter(question_messages::question_id.eq(question))
        .filter(question_messages::author.eq(MessageAuthor::Staff.code()))
        .order(question_messages::id)
        .select((question_messages::id, question_messages::written_at, question_messages::mails_at))
        .load(conn)?;
    let mails: Vec<(QuestionMail, Option<i64>)> = question_mails::table
        .filter(question_mails::question_id.eq(question))
        .filter(question_mails::kind.eq(QuestionMailKind::Answered.code()))
        .select((QuestionMail::as_select(), question_mails::job_id))
        .load(conn)?;
    let jobs = order_mails::mail_jobs(conn, mails.iter().filter_map(|(_, job)| *job).collect())?;
    let mut with_mails = Vec::with_capacity(answers.len());
    for (id, answered_at, mails_at) in answers {
        let progress = match mails.iter().find(|(mail, _)| mail.thing == id.0) {
            Some((mail, job)) => Some(MailProgress {
                promised_at: mail.promised_at,
                begun_at: mail.begun_at,
                sent_at: mail.sent_at,
                skipped: mail.skipped,
                job: jobs.iter().find(|found| Some(found.id) == *job).cloned(),
            }),
            None if mails_at.is_none() => {
                // The next round of the job stores it.
                Some(MailProgress { promised_at: answered_at, begun_at: None, sent_at: None, skipped: None, job: None })
            }
            None => None,
        };
        with_mails.push(AnswerMail { answered_at, progress });
    }
    Ok(with_mails)
}

/// Loads an email; `None` if there is none with this id, for example because its question was deleted.
pub fn question_mail(conn: &mut PgConnection, id: i64) -> QueryResult<Option<QuestionMail>> {
    question_mails::table.find(id).select(QuestionMail::as_select()).first(conn).optional()
}

/// A question as the emails about it show it.
#[derive(Clone, Debug)]
pub struct MailedQuestion {
    pub question: Question,
    pub order: Option<OrderNumber>,
    /// The email address of the asker; empty if the account has none.
    pub address: String,
    /// The name of the asker: the username, the name that a guest typed, or the guest's address.
    pub name: String,
    /// The answer that the email contains; empty if it contains none.
    pub answer: String,
}

/// Loads what an email to the asker of a question contains; `None` if the email is not needed any more.
pub fn mailed_question(conn: &mut PgConnection, mail: &QuestionMail) -> QueryResult<Option<MailedQuestion>> {
    let question: Question = questions::table.find(mail.question_id).select(Question::as_select()).first(conn)?;
    let answer: Option<String> = match mail.kind {
        QuestionMailKind::Proof => question.proved_at.is_none().then(String::new),
        QuestionMailKind::Answered => question_messages::table
            .filter(question_messages::id.eq(mail.thing).and(question_messages::question_id.eq(question.id)))
            .select(question_messages::words)
            .first(conn)
            .optional()?,
    };
    let Some(answer) = answer else { return Ok(None) };
    let (name, address) = match (question.user_id, &question.email) {
        (Some(user), _) => users::table.find(user).select((users::username, users::email)).first(conn)?,
        (None, email) => guest(&question, email.as_deref().unwrap_or_default()),
    };
    let order = match question.order_id {
        Some(id) => Some(orders::table.find(id).select(orders::number).first(conn)?),
        None => None,
    };
    Ok(Some(MailedQuestion { question, order, address, name, answer }))
}

/// Returns the name and the address of a guest. Before the address is proved, the name is the address: an email to a
/// stranger must not say what somebody else has typed.
fn guest(question: &Question, email: &str) -> (String, String) {
    let is_named = question.proved_at.is_some() && !question.guest_name.is_empty();
    let name = if is_named { question.guest_name.clone() } else { Email::shown(email) };
    (name, email.to_owned())
}

/// Records that this process begins to send an email; of concurrent calls only one returns true and may send it.
pub fn begin_question_mail(conn: &mut PgConnection, id: i64, now: DateTime<Utc>) -> QueryResult<bool> {
    let waiting = question_mails::table.find(id).filter(question_mails::begun_at.is_null());
    Ok(diesel::update(waiting).set(question_mails::begun_at.eq(now)).execute(conn)? == 1)
}

/// Records when the mail server accepted an email; with `None`, that it refused the email, which may be sent again.
pub fn finish_question_mail(conn: &mut PgConnection, id: i64, sent_at: Option<DateTime<Utc>>) -> QueryResult<()> {
    let begun = question_mails::table.find(id).filter(question_mails::sent_at.is_null());
    match sent_at {
        Some(at) => diesel::update(begun).set(question_mails::sent_at.eq(at)).execute(conn)?,
        None => diesel::update(begun).set(question_mails::begun_at.eq(None::<DateTime<Utc>>)).execute(conn)?,
    };
    Ok(())
}

/// Records why an email is not sent.
pub fn skip_question_mail(conn: &mut PgConnection, id: i64, reason: MailReason) -> QueryResult<()> {
    diesel::update(question_mails::table.find(id).filter(question_mails::sent_at.is_null()))
        .set(question_mails::skipped.eq(reason.code()))
        .execute(conn)
        .map(drop)
}

/// A question that waits for an answer, as an email to staff shows it.
#[derive(Clone, Debug, Queryable)]
pub struct WaitingQuestion {
    pub id: QuestionId,
    pub order: Option<OrderNumber>,
    /// The text of the message since which the question has waited.
    pub words: String,
}

/// Loads the question that has waited since this message; `None` if staff have answered it since then, or if it is not
/// open.
pub fn waiting_question(conn: &mut PgConnection, message: i64) -> QueryResult<Option<WaitingQuestion>> {
    let found: Option<WaitingQuestion> = question_messages::table
        .inner_join(questions::table.left_join(orders::table))
        .filter(question_messages::id.eq(message).and(questions::status.eq("open")))
        .select((questions::id, orders::number.nullable(), question_messages::words))
        .first(conn)
        .optional()?;
    let Some(found) = found else { return Ok(None) };
    let answers = question_messages::table
        .filter(question_messages::question_id.eq(found.id).and(question_messages::id.gt(message)))
        .filter(question_messages::author.eq(MessageAuthor::Staff.code()));
    let is_answered: bool = diesel::select(exists(answers)).get_result(conn)?;
    Ok((!is_answered).then_some(found))
}
