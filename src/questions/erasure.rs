use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Text},
};

use crate::{
    kernel::{QuestionId, UserId},
    platform::db::statement,
};

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
