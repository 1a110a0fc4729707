//! Erases error messages of outbox jobs that name a person.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, Text},
};

use super::db::statement;

/// Erases the error messages of jobs that contain one of these email addresses (in lower case) or phone numbers (digits
/// only), for example because a mail server has refused the address. Reads all jobs. Returns how many messages were
/// erased.
pub fn erase_errors(conn: &mut PgConnection, emails: &[String], phones: &[String]) -> QueryResult<usize> {
    EraseErrors { emails: emails.to_vec(), phones: phones.to_vec() }.execute(conn)
}

statement! {
    EraseErrors(emails: Vec<String> as Array<Text>, phones: Vec<String> as Array<Text>) -> () =
    "update outbox set last_error = '-'
     where last_error is not null and names_person(last_error, " emails "::text[], " phones "::text[])"
}
