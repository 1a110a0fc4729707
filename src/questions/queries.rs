//! Queries of questions. Who may see a question is decided by which of them finds it.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::sql,
    pg::Pg,
    prelude::*,
    query_builder::QueryFragment,
    sql_types::{BigInt, Bool, Timestamptz},
};
use std::collections::HashMap;

use super::model::{
    MessageAuthor, MessageView, OpenQuestions, Question, QuestionListItem, QuestionStatus, QuestionView,
};
use crate::{
    kernel::{Email, OrderId, OrderNumber, QuestionId, QuestionMessageId, UserId},
    platform::{
        cursor::{Cursor, TimePosition},
        db::{lower, statement},
    },
    schema::{orders, question_messages, question_pictures, questions, users},
};

/// Loads a question that this user has asked; `None` if there is none, or if somebody else has asked it.
pub fn question_of_user(conn: &mut PgConnection, owner: UserId, id: QuestionId) -> QueryResult<Option<Question>> {
    let own = questions::table.find(id).filter(questions::user_id.eq(owner));
    own.select(Question::as_select()).first(conn).optional()
}

/// Loads a question of a guest. The caller must check the key of the guest's link.
pub fn question_of_guest(conn: &mut PgConnection, id: QuestionId) -> QueryResult<Option<Question>> {
    let of_guest = questions::table.find(id).filter(questions::user_id.is_null());
    of_guest.select(Question::as_select()).first(conn).optional()
}

/// Returns the id of the order with this number; `None` if no account with this email address has such an order.
pub fn order_of_address(conn: &mut PgConnection, email: &Email, number: &OrderNumber) -> QueryResult<Option<OrderId>> {
    orders::table
        .inner_join(users::table)
        .filter(orders::number.eq(number.as_str()).and(lower(users::email).eq(lower(email.as_str()))))
        .select(orders::id)
        .first(conn)
        .optional()
}

/// Loads a question for staff; `None` if there is none, or if its guest has not proved the address.
pub fn proved_question(conn: &mut PgConnection, id: QuestionId) -> QueryResult<Option<Question>> {
    let proved = questions::table.find(id).filter(questions::proved_at.is_not_null());
    proved.select(Question::as_select()).first(conn).optional()
}

/// Loads all that the page of a question shows.
pub fn question_view(conn: &mut PgConnection, question: Question) -> QueryResult<QuestionView> {
    let order = match question.order_id {
        Some(id) => Some(orders::table.find(id).select(orders::number).first(conn)?),
        None => None,
    };
    let username = match question.user_id {
        Some(id) => Some(users::table.find(id).select(users::username).first(conn)?),
        None => None,
    };
    let messages = messages_of(conn, question.id)?;
    Ok(QuestionView { question, order, username, messages })
}

#[derive(Queryable)]
struct MessageRow {
    id: QuestionMessageId,
    author: MessageAuthor,
    staff_name: Option<String>,
    words: String,
    written_at: DateTime<Utc>,
}

fn messages_of(conn: &mut PgConnection, question: QuestionId) -> QueryResult<Vec<MessageView>> {
    let rows: Vec<MessageRow> = question_messages::table
        .left_join(users::table)
        .filter(question_messages::question_id.eq(question))
        .order(question_messages::id)
        .select((
            question_messages::id,
            question_messages::author,
            users::username.nullable(),
            question_messages::words,
            question_messages::written_at,
        ))
        .load(conn)?;
    let pictures: Vec<(QuestionMessageId, i32)> = question_pictures::table
        .inner_join(question_messages::table)
        .filter(question_messages::question_id.eq(question))
        .order((question_pictures::message_id, question_pictures::position))
        .select((question_pictures::message_id, question_pictures::position))
        .load(conn)?;
    let mut of_message: HashMap<QuestionMessageId, Vec<i32>> = HashMap::new();
    for (message, position) in pictures {
        of_message.entry(message).or_default().push(position);
    }
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        messages.push(MessageView {
            id: row.id,
            author: row.author,
            staff_name: row.staff_name,
            words: row.words,
            written_at: row.written_at,
            pictures: of_message.remove(&row.id).unwrap_or_default(),
        });
    }
    Ok(messages)
}

/// Loads a picture of a question; `None` if it does not exist or belongs to another question.
pub fn picture(
    conn: &mut PgConnection,
    question: QuestionId,
    message: QuestionMessageId,
    position: i32,
) -> QueryResult<Option<Vec<u8>>> {
    question_pictures::table
        .inner_join(question_messages::table)
        .filter(question_messages::question_id.eq(question))
        .filter(question_pictures::message_id.eq(message).and(question_pictures::position.eq(position)))
        .select(question_pictures::body)
        .first(conn)
        .optional()
}

/// Loads these questions for a list, in the given order. An unknown question is left out.
fn list_items(conn: &mut PgConnection, ids: &[QuestionId]) -> QueryResult<Vec<QuestionListItem>> {
    // The first message of a question has the token of the question.
    let is_first = question_messages::question_id.eq(questions::id).and(question_messages::token.eq(questions::token));
    let mut items: Vec<QuestionListItem> = questions::table
        .inner_join(question_messages::table.on(is_first))
        .left_join(orders::table.on(orders::id.nullable().eq(questions::order_id)))
        .left_join(users::table.on(users::id.nullable().eq(questions::user_id)))
        .filter(questions::id.eq_any(ids))
        .select((
            questions::id,
            questions::status,
            questions::status_since,
            questions::asked_at,
            orders::number.nullable(),
            users::username.nullable(),
            questions::email,
            questions::guest_name,
            question_messages::words,
        ))
        .load(conn)?;
    items.sort_by_key(|item| ids.iter().position(|id| *id == item.id));
    Ok(items)
}

/// Loads the questions of a user, newest first: the newest of all, or those just older or just newer than the question
/// in `cursor`.
pub fn own_questions(
    conn: &mut PgConnection,
    owner: UserId,
    cursor: Cursor<QuestionId>,
    limit: i64,
) -> QueryResult<Vec<QuestionListItem>> {
    let own = questions::table.filter(questions::user_id.eq(owner)).select(questions::id).limit(limit).into_boxed();
    let mut ids: Vec<QuestionId> = match cursor {
        Cursor::Newest => own.order(questions::id.desc()).load(conn)?,
        Cursor::OlderThan(id) => own.filter(questions::id.lt(id)).order(questions::id.desc()).load(conn)?,
        Cursor::NewerThan(id) => own.filter(questions::id.gt(id)).order(questions::id).load(conn)?,
    };
    ids.sort_by(|a, b| b.cmp(a));
    list_items(conn, &ids)
}

/// Loads the questions about an order, newest first, at most 50: all that staff see, or with `owner` only those that
/// this user has asked.
pub fn questions_of_order(
    conn: &mut PgConnection,
    order: OrderId,
    owner: Option<UserId>,
) -> QueryResult<Vec<QuestionListItem>> {
    const MOST: i64 = 50;
    let mut of_order = questions::table
        .filter(questions::order_id.eq(order).and(questions::proved_at.is_not_null()))
        .order(questions::id.desc())
        .limit(MOST)
        .select(questions::id)
        .into_boxed();
    if let Some(owner) = owner {
        of_order = of_order.filter(questions::user_id.eq(owner));
    }
    let ids: Vec<QuestionId> = of_order.load(conn)?;
    list_items(conn, &ids)
}

/// Loads questions of a status for staff. Open questions are sorted by how long they have waited, the longest first;
/// questions of another status by when they got it, the newest first.
pub fn questions_with_status(
    conn: &mut PgConnection,
    status: QuestionStatus,
    after: Option<TimePosition<QuestionId>>,
    limit: i64,
) -> QueryResult<Vec<QuestionListItem>> {
    // The ids first, which are one range of the index; with the joins, all questions of the status would be sorted.
    let mut of_status = questions::table
        .filter(questions::status.eq(status.code()).and(questions::proved_at.is_not_null()))
        .select(questions::id)
        .limit(limit)
        .into_boxed();
    if let Some(TimePosition { since, id }) = after {
        let row = sql::<Bool>("(questions.status_since, questions.id) ");
        let row = row.sql(if status.is_open() { "> (" } else { "< (" });
        of_status = of_status.filter(row.bind::<Timestamptz, _>(since).sql(", ").bind::<BigInt, _>(id.0).sql(")"));
    }
    let ids: Vec<QuestionId> = if status.is_open() {
        of_status.order((questions::status_since, questions::id)).load(conn)?
    } else {
        of_status.order((questions::status_since.desc(), questions::id.desc())).load(conn)?
    };
    list_items(conn, &ids)
}

/// The maximum number of open questions that is counted.
pub const MAX_OPEN_COUNT: i64 = 1_000;

statement! {
    Open(most: i64 as BigInt) -> [OpenQuestions] =
    "select count(*) as open_questions, min(status_since) as open_questions_since from (
        select status_since from questions where status = 'open' and proved_at is not null
        order by status_since limit " most "
     ) oldest"
}

/// Returns the statement whose row is [`OpenQuestions`].
pub fn open_questions_statement() -> impl QueryFragment<Pg> {
    Open { most: MAX_OPEN_COUNT + 1 }
}
