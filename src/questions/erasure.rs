//! Erasure of a shopper's questions.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Bool, Text},
};

use crate::{
    kernel::{QuestionId, UserId},
    platform::db::statement,
};

/// A question because of which its asker cannot be erased yet: it waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct WaitingForAnswer {
    #[diesel(sql_type = BigInt)]
    pub id: QuestionId,
    /// It was asked without signing in, with the email address of the account: nobody knows that the account's owner has
    /// asked it.
    #[diesel(sql_type = Bool)]
    pub is_guests: bool,
}

/// Returns the questions of a shopper that wait for an answer, oldest first; at most `most`. Those of guests are found
/// by the email address, once it was proved.
pub fn waiting_for_answer(
    conn: &mut PgConnection,
    shopper: UserId,
    email: &str,
    most: i64,
) -> QueryResult<Vec<WaitingForAnswer>> {
    Waiting { shopper, email: email.to_owned(), most }.load(conn)
}

statement! {
    Waiting(shopper: UserId as BigInt, email: String as Text, most: i64 as BigInt) -> [WaitingForAnswer] =
    "select id, user_id is null as is_guests
     from (
        select id, user_id from questions where user_id = " shopper " and status = 'open'
        union all
        select id, user_id from questions
        where email is not null and lower(email) = lower(" email ") and status = 'open' and proved_at is not null
     ) q
     order by id limit " most
}

/// Deletes the questions of a shopper, and those that a guest has asked with the shopper's email address or about one
/// of the shopper's orders, with all messages, pictures and emails. Returns their ids.
pub fn erase_questions(conn: &mut PgConnection, shopper: UserId, email: &str) -> QueryResult<Vec<QuestionId>> {
    let deleted: Vec<(QuestionId,)> = DeleteQuestions { shopper, email: email.to_owned() }.load(conn)?;
    Ok(deleted.into_iter().map(|(id,)| id).collect())
}

statement! {
    DeleteQuestions(shopper: UserId as BigInt, email: String as Text) -> (BigInt,) =
    "delete from questions q
     where q.id in (
        select id from questions where user_id = " shopper "
        union select id from questions where email is not null and lower(email) = lower(" email ")
        union select id from questions where order_id in (select id from orders where user_id = " shopper ")
     )
     returning q.id"
}
