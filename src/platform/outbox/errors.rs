use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, Text},
};

use crate::{kernel::PersonTexts, platform::db::statement};

/// Erases the error messages of jobs that name a person, such as an email address that a mail server has refused. Reads
/// all jobs.
pub fn erase_errors(conn: &mut PgConnection, texts: &PersonTexts) -> QueryResult<usize> {
    EraseErrors { emails: texts.emails.clone(), phones: texts.phones.clone() }.execute(conn)
}

statement! {
    EraseErrors(emails: Vec<String> as Array<Text>, phones: Vec<String> as Array<Text>) -> () =
    "update outbox set last_error = '-'
     where last_error is not null and names_person(last_error, " emails "::text[], " phones "::text[])"
}
