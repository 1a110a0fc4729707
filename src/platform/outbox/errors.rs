use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, Text},
};

use crate::platform::db::statement;

/// Erases the error messages of jobs that contain one of `words`, such as an email address that a mail server has
/// refused. Reads all jobs.
pub fn erase_errors(conn: &mut PgConnection, words: &[String]) -> QueryResult<usize> {
    EraseErrors { words: words.to_vec() }.execute(conn)
}

statement! {
    EraseErrors(words: Vec<String> as Array<Text>) -> () =
    "update outbox o set last_error = '-'
     where exists (
        select from unnest((select " words ")::text[]) as w (word) where strpos(lower(o.last_error), lower(w.word)) > 0
     )"
}
