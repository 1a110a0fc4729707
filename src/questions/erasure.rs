//! Erases a shopper's questions.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Bool, Text},
};

use crate::{
    kernel::{QuestionId, UserId},
    platform::db::statement,
};

/// A question that keeps its asker from being erased, because staff have not answered it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct WaitingForAnswer {
    #[diesel(sql_type = BigInt)]
    pub id: QuestionId,
    /// True if it was asked without signing in, with the email address of the account, so that it does not belong to
    /// the account.
    #[diesel(sql_type = Bool)]
    pub is_guests: bool,
}

/// Returns at most `most` questions of a shopper that staff have not answered, oldest first. Includes questions asked
/// without signing in, if their email address was confirmed and is the shopper's.
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

/// Deletes the questions of a shopper, with all messages, pictures and emails. Includes questions asked without signing
/// in, if they have the shopper's email address or are about one of the shopper's orders. Returns the ids of the
/// questions.
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
