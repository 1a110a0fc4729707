//! Changes of accounts.

use diesel::{
    PgConnection, QueryResult, define_sql_function,
    prelude::*,
    result::{DatabaseErrorKind, Error},
};

use super::model::{NewPerson, Person};
use crate::{kernel::UserId, platform::db, schema::users};

/// Which of their names somebody else has already, whatever its capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The username.
    Username,
    /// The email address.
    Email,
}

define_sql_function! {
    /// Now, and not when the transaction began.
    fn clock_timestamp() -> Timestamptz;
}

/// Opens an account, inside a transaction. That its names are free is found out by taking them, so of two who want the
/// same at once one gets it. For a name that is taken the transaction around this goes on.
///
/// # Errors
/// The database's own; whether a name was taken is the answer.
pub fn create_person(conn: &mut PgConnection, new: &NewPerson) -> QueryResult<Result<UserId, Taken>> {
    let outcome = db::savepoint(conn, |conn| {
        diesel::insert_into(users::table)
            .values((
                users::username.eq(new.username.as_str()),
                users::email.eq(new.email.as_str()),
                users::password_hash.eq(&new.password_hash),
                users::role.eq(new.role.code()),
            ))
            .returning(users::id)
            .get_result(conn)
    });
    match outcome {
        Ok(id) => Ok(Ok(id)),
        Err(error) => taken(&error).map(Err).ok_or(error),
    }
}

fn taken(error: &Error) -> Option<Taken> {
    let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = error else {
        return None;
    };
    match info.constraint_name() {
        Some("users_username_key") => Some(Taken::Username),
        Some("users_email_key") => Some(Taken::Email),
        _ => None,
    }
}

/// Gives somebody another password, which ends all their sessions. Gives the person as they are now, for the session
/// that is to go on; `None` where the password was changed since `person` was read.
///
/// # Errors
/// The database's own.
pub fn set_password(conn: &mut PgConnection, person: &Person, hash: &str) -> QueryResult<Option<Person>> {
    let unchanged = users::password_changed_at.eq(person.password_changed_at);
    diesel::update(users::table.find(person.id).filter(unchanged))
        .set((users::password_hash.eq(hash), users::password_changed_at.eq(clock_timestamp())))
        .returning(Person::as_returning())
        .get_result(conn)
        .optional()
}

/// Closes an account: its sessions end and it opens no new ones. `false` where it was closed already.
///
/// # Errors
/// The database's own.
pub fn disable(conn: &mut PgConnection, id: UserId) -> QueryResult<bool> {
    let open = users::table.find(id).filter(users::disabled_at.is_null());
    let closed = diesel::update(open).set(users::disabled_at.eq(clock_timestamp().nullable())).execute(conn)?;
    Ok(closed == 1)
}
