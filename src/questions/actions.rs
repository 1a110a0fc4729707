//! Writes questions, inside the caller's transaction. What changes a question locks it first.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, define_sql_function,
    dsl::count_star,
    prelude::*,
    sql_types::{BigInt, Text},
};

use super::{
    model::{Asker, MessageAuthor, Question, QuestionStatus},
    rules::{self, MAX_MESSAGES, MAX_PICTURES, MAX_UNPROVED},
};
use crate::{
    kernel::{Language, OrderId, QuestionId, QuestionMessageId, UserId},
    platform::db::statement,
    schema::{question_messages, question_pictures, questions},
};

define_sql_function! {
    /// SQL's `lower`, as in the index on email addresses, so that a comparison with it can use the index.
    fn lower(text: diesel::sql_types::Nullable<Text>) -> diesel::sql_types::Nullable<Text>;
}

/// A question that somebody asks.
#[derive(Clone, Debug)]
pub struct NewQuestion {
    pub asker: Asker,
    /// The order it is about, if it is the asker's own.
    pub order: Option<OrderId>,
    /// The order number that was typed; may be empty.
    pub typed_number: String,
    pub language: Language,
    pub words: String,
    /// The idempotency token of the form: the form sent twice stores one question.
    pub token: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskOutcome {
    Asked(QuestionId),
    /// The same form has stored this question before.
    Repeated(QuestionId),
    /// Nothing was stored: too many questions with this email address wait until the address is proved.
    TooManyUnproved,
}

/// Stores a question. Nobody sees a guest's question before [`prove`] has stored that the guest's address was proved.
pub fn ask(conn: &mut PgConnection, new: &NewQuestion, now: DateTime<Utc>) -> QueryResult<AskOutcome> {
    let digest = rules::question_digest(&new.token, &new.asker, &new.typed_number, &new.words);
    let (user, email, name) = match &new.asker {
        Asker::User(id) => (Some(*id), None, ""),
        Asker::Guest { email, name } => (None, Some(email.as_str()), name.as_str()),
    };
    if let Some(email) = email {
        LockAddress { email: email.to_owned() }.execute(conn)?;
    }
    let before = questions::table.filter(questions::token.eq(&digest)).select(questions::id);
    if let Some(id) = before.first(conn).optional()? {
        return Ok(AskOutcome::Repeated(id));
    }
    if let Some(email) = email
        && unproved_of(conn, email)? >= MAX_UNPROVED
    {
        return Ok(AskOutcome::TooManyUnproved);
    }
    let typed_number = if user.is_some() { "" } else { new.typed_number.as_str() };
    let stored: Option<QuestionId> = diesel::insert_into(questions::table)
        .values((
            questions::order_id.eq(new.order),
            questions::user_id.eq(user),
            questions::email.eq(email),
            questions::guest_name.eq(name),
            questions::typed_number.eq(typed_number),
            questions::language.eq(new.language.code()),
            questions::status_since.eq(now),
            questions::asked_at.eq(now),
            questions::proved_at.eq(user.map(|_| now)),
            questions::token.eq(&digest),
        ))
        .on_conflict(questions::token)
        .do_nothing()
        .returning(questions::id)
        .get_result(conn)
        .optional()?;
    let Some(id) = stored else {
        // The same form at the same time, which has just been committed.
        return questions::table
            .filter(questions::token.eq(&digest))
            .select(questions::id)
            .first(conn)
            .map(AskOutcome::Repeated);
    };
    let message = NewMessage { question: id, staff: None, words: &new.words, digest: &digest, begins_waiting: true };
    save_message(conn, &message, now)?;
    Ok(AskOutcome::Asked(id))
}

statement! {
    /// Takes an advisory lock on this email address until the end of the transaction, so that transactions that store
    /// questions with the same address run one after the other.
    LockAddress(email: String as Text) -> () =
    "select pg_advisory_xact_lock(hashtextextended('till questions ' || lower(" email "), 0))"
}

fn unproved_of(conn: &mut PgConnection, email: &str) -> QueryResult<i64> {
    questions::table
        .filter(questions::proved_at.is_null().and(lower(questions::email).eq(lower(email))))
        .select(count_star())
        .first(conn)
}

struct NewMessage<'a> {
    question: QuestionId,
    /// The member of staff who writes it; `None` for the asker.
    staff: Option<UserId>,
    words: &'a str,
    digest: &'a str,
    begins_waiting: bool,
}

fn save_message(conn: &mut PgConnection, new: &NewMessage<'_>, now: DateTime<Utc>) -> QueryResult<QuestionMessageId> {
    let author = if new.staff.is_some() { MessageAuthor::Staff } else { MessageAuthor::Shopper };
    diesel::insert_into(question_messages::table)
        .values((
            question_messages::question_id.eq(new.question),
            question_messages::author.eq(author.code()),
            question_messages::staff_id.eq(new.staff),
            question_messages::words.eq(new.words),
            question_messages::begins_waiting.eq(new.begins_waiting),
            question_messages::token.eq(new.digest),
            question_messages::written_at.eq(now),
        ))
        .returning(question_messages::id)
        .get_result(conn)
}

/// Locks a question; `None` if there is none with this id.
pub fn lock_question(conn: &mut PgConnection, id: QuestionId) -> QueryResult<Option<Question>> {
    questions::table.find(id).select(Question::as_select()).for_no_key_update().first(conn).optional()
}

/// Stores that the address of the guest who asked this question was proved, so that staff see the question. The caller
/// has locked the question. Returns false if the address was proved before.
pub fn prove(conn: &mut PgConnection, question: &Question, now: DateTime<Utc>) -> QueryResult<bool> {
    if question.proved_at.is_some() {
        return Ok(false);
    }
    diesel::update(questions::table.find(question.id))
        .set((questions::proved_at.eq(now), questions::status_since.eq(now)))
        .execute(conn)?;
    // Staff are told of it now.
    diesel::update(question_messages::table.filter(question_messages::question_id.eq(question.id)))
        .set(question_messages::mails_at.eq(None::<DateTime<Utc>>))
        .execute(conn)?;
    Ok(true)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyOutcome {
    Stored,
    /// The same form has stored this message before.
    Repeated,
    /// Nothing was stored: the question has too many messages.
    Full,
}

/// Stores a message by the asker of a question, and opens the question again if it was answered or closed. The caller
/// has locked the question.
pub fn reply(
    conn: &mut PgConnection,
    question: &Question,
    (words, token): (&str, &str),
    now: DateTime<Utc>,
) -> QueryResult<ReplyOutcome> {
    let digest = rules::form_digest(token, &[words]);
    if has_message(conn, question.id, &digest)? {
        return Ok(ReplyOutcome::Repeated);
    }
    let of_question = question_messages::table.filter(question_messages::question_id.eq(question.id));
    let count: i64 = of_question.select(count_star()).first(conn)?;
    if count >= MAX_MESSAGES {
        return Ok(ReplyOutcome::Full);
    }
    let begins_waiting = !question.status.is_open();
    let message = NewMessage { question: question.id, staff: None, words, digest: &digest, begins_waiting };
    save_message(conn, &message, now)?;
    set_status(conn, question, QuestionStatus::Open, now)?;
    Ok(ReplyOutcome::Stored)
}

fn has_message(conn: &mut PgConnection, question: QuestionId, digest: &str) -> QueryResult<bool> {
    let same = question_messages::question_id.eq(question).and(question_messages::token.eq(digest));
    diesel::select(diesel::dsl::exists(question_messages::table.filter(same))).get_result(conn)
}

/// Sets the status of a question; if it has that status already, nothing changes.
fn set_status(
    conn: &mut PgConnection,
    question: &Question,
    status: QuestionStatus,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if question.status != status {
        diesel::update(questions::table.find(question.id))
            .set((questions::status.eq(status.code()), questions::status_since.eq(now)))
            .execute(conn)?;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerOutcome {
    Answered,
    /// The same form has stored this answer before.
    Repeated,
    /// Nothing was stored: there are messages that the page with the form did not show.
    Stale,
}

/// Stores an answer of staff to a question, which the caller has locked. `seen` is the last message that the member of
/// staff has seen.
pub fn answer(
    conn: &mut PgConnection,
    question: &Question,
    (staff, seen): (UserId, QuestionMessageId),
    (words, token): (&str, &str),
    now: DateTime<Utc>,
) -> QueryResult<AnswerOutcome> {
    let digest = rules::form_digest(token, &[words]);
    if has_message(conn, question.id, &digest)? {
        return Ok(AnswerOutcome::Repeated);
    }
    if last_message(conn, question.id)? != Some(seen) {
        return Ok(AnswerOutcome::Stale);
    }
    let staff = Some(staff);
    let message = NewMessage { question: question.id, staff, words, digest: &digest, begins_waiting: false };
    save_message(conn, &message, now)?;
    set_status(conn, question, QuestionStatus::Answered, now)?;
    Ok(AnswerOutcome::Answered)
}

fn last_message(conn: &mut PgConnection, question: QuestionId) -> QueryResult<Option<QuestionMessageId>> {
    question_messages::table
        .filter(question_messages::question_id.eq(question))
        .order(question_messages::id.desc())
        .select(question_messages::id)
        .first(conn)
        .optional()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseOutcome {
    Closed,
    AlreadyClosed,
    /// Nothing was done: there are messages that the page with the form did not show.
    Stale,
}

/// Closes a question, which the caller has locked. `seen` is the last message that the person who closes the question
/// has seen.
pub fn close(
    conn: &mut PgConnection,
    question: &Question,
    seen: QuestionMessageId,
    now: DateTime<Utc>,
) -> QueryResult<CloseOutcome> {
    if question.status == QuestionStatus::Closed {
        return Ok(CloseOutcome::AlreadyClosed);
    }
    if last_message(conn, question.id)? != Some(seen) {
        return Ok(CloseOutcome::Stale);
    }
    set_status(conn, question, QuestionStatus::Closed, now)?;
    Ok(CloseOutcome::Closed)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureOutcome {
    Added,
    /// Nothing was stored: the message has [`MAX_PICTURES`] already.
    Full,
    /// Nothing was stored: the last message is not by the asker, or the question does not wait for an answer.
    Answered,
}

/// Adds a picture to the last message of a question, which the caller has locked.
pub fn add_picture(conn: &mut PgConnection, question: &Question, picture: &[u8]) -> QueryResult<PictureOutcome> {
    let last: Option<(QuestionMessageId, MessageAuthor)> = question_messages::table
        .filter(question_messages::question_id.eq(question.id))
        .order(question_messages::id.desc())
        .select((question_messages::id, question_messages::author))
        .first(conn)
        .optional()?;
    let own = last.filter(|(_, author)| *author == MessageAuthor::Shopper && question.status.is_open());
    let Some((message, _)) = own else { return Ok(PictureOutcome::Answered) };
    let of_message = question_pictures::table.filter(question_pictures::message_id.eq(message));
    let before: i64 = of_message.select(count_star()).first(conn)?;
    if before >= MAX_PICTURES {
        return Ok(PictureOutcome::Full);
    }
    diesel::insert_into(question_pictures::table)
        .values((
            question_pictures::message_id.eq(message),
            question_pictures::position.eq(i32::try_from(before + 1).unwrap_or(i32::MAX)),
            question_pictures::body.eq(picture),
        ))
        .execute(conn)?;
    Ok(PictureOutcome::Added)
}

statement! {
    DeleteUnproved(before: DateTime<Utc> as diesel::sql_types::Timestamptz, most: i64 as BigInt) -> (BigInt,) =
    "delete from questions where id in (
        select id from questions where proved_at is null and asked_at < " before "
        order by asked_at limit " most " for update skip locked
     ) returning id"
}

/// Deletes questions whose address was not proved within [`UNPROVED_DAYS`](super::UNPROVED_DAYS), at most `most`.
/// Returns how many.
pub fn delete_unproved(conn: &mut PgConnection, most: i64, now: DateTime<Utc>) -> QueryResult<usize> {
    let deleted: Vec<(i64,)> = DeleteUnproved { before: rules::unproved_before(now), most }.load(conn)?;
    Ok(deleted.len())
}
