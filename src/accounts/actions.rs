//! Changes of accounts.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, define_sql_function,
    prelude::*,
    result::{DatabaseErrorKind, Error},
};

use super::model::{NewUser, Role, User};
use crate::{kernel::UserId, platform::db, schema::users};

/// Which of their names somebody else has already, whatever its capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameTaken {
    /// The username, or one that looks like it.
    Username,
    /// The email address.
    Email,
}

impl NameTaken {
    /// As the security log says it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Username => "username_taken",
            Self::Email => "email_taken",
        }
    }
}

define_sql_function! {
    /// Now, and not when the transaction began.
    fn clock_timestamp() -> Timestamptz;
}

/// Opens an account, inside a transaction. That its names are free is found out by taking them, so of two who want the
/// same at once one gets it. For a name that is taken the transaction around this goes on.
pub fn create_user(conn: &mut PgConnection, new: &NewUser) -> QueryResult<Result<UserId, NameTaken>> {
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

fn taken(error: &Error) -> Option<NameTaken> {
    let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = error else {
        return None;
    };
    match info.constraint_name() {
        Some("users_username_key" | "users_username_skeleton_key") => Some(NameTaken::Username),
        Some("users_email_key") => Some(NameTaken::Email),
        _ => None,
    }
}

/// Gives somebody another password, which ends all their sessions. Gives the person as they are now, for the session
/// that is to go on; `None` where the password was changed since `person` was read.
pub fn set_password(conn: &mut PgConnection, person: &User, hash: &str) -> QueryResult<Option<User>> {
    let unchanged = users::password_changed_at.eq(person.password_changed_at);
    diesel::update(users::table.find(person.id).filter(unchanged))
        .set((users::password_hash.eq(hash), users::password_changed_at.eq(clock_timestamp())))
        .returning(User::as_returning())
        .get_result(conn)
        .optional()
}

/// Closes an account: its sessions end and it opens no new ones. `false` where it was closed already.
pub fn disable_user(conn: &mut PgConnection, id: UserId) -> QueryResult<bool> {
    let open = users::table.find(id).filter(users::disabled_at.is_null());
    let closed = diesel::update(open).set(users::disabled_at.eq(clock_timestamp().nullable())).execute(conn)?;
    Ok(closed == 1)
}

/// Opens an account again. Sessions from before it was closed stay over. `false` where it was open.
pub fn enable_user(conn: &mut PgConnection, id: UserId) -> QueryResult<bool> {
    let closed = users::table.find(id).filter(users::disabled_at.is_not_null());
    let opened = diesel::update(closed)
        .set((users::disabled_at.eq(None::<DateTime<Utc>>), users::password_changed_at.eq(clock_timestamp())))
        .execute(conn)?;
    Ok(opened == 1)
}

/// Ends all sessions of somebody, and gives the person as they are now, for the session that is to go on.
pub(super) fn end_sessions(conn: &mut PgConnection, id: UserId) -> QueryResult<User> {
    diesel::update(users::table.find(id))
        .set(users::password_changed_at.eq(clock_timestamp()))
        .returning(User::as_returning())
        .get_result(conn)
}

/// Writes down that a member of staff has just signed in.
pub fn record_sign_in(conn: &mut PgConnection, id: UserId) -> QueryResult<()> {
    diesel::update(users::table.find(id)).set(users::signed_in_at.eq(clock_timestamp().nullable())).execute(conn)?;
    Ok(())
}

/// What an admin may change about a member of staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffChange {
    /// Close their account.
    Close,
    /// Open it again.
    Reopen,
    /// Staff or admin.
    Role(Role),
}

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffChangeError {
    /// It was like that already.
    Already,
    /// Nobody may do that to themselves.
    Oneself,
    /// That is nobody of the staff.
    Nobody,
    /// Whoever wants it is no admin any more.
    NoAdmin,
}

/// Changes a member of staff, for the admin `by`, inside a transaction. Gives them as they were and as they are.
///
/// There is always an admin left: `by` is one, and does nothing to themselves. So that two who do it to each other at once
/// cannot both be right, all admins are locked first, and asked again whether they are.
pub fn change_staff(
    conn: &mut PgConnection,
    by: UserId,
    id: UserId,
    change: StaffChange,
) -> QueryResult<Result<(User, User), StaffChangeError>> {
    let admins: Vec<UserId> = users::table
        .filter(users::role.eq(Role::Admin.code()).and(users::disabled_at.is_null()))
        .order(users::id)
        .select(users::id)
        .for_no_key_update()
        .load(conn)?;
    if !admins.contains(&by) {
        return Ok(Err(StaffChangeError::NoAdmin));
    }
    if by == id {
        return Ok(Err(StaffChangeError::Oneself));
    }
    let staff = users::table.find(id).filter(users::role.ne(Role::Shopper.code()));
    let found: Option<User> = staff.select(User::as_select()).for_no_key_update().first(conn).optional()?;
    let Some(was) = found else {
        return Ok(Err(StaffChangeError::Nobody));
    };
    let changed = match change {
        StaffChange::Close => disable_user(conn, id)?,
        StaffChange::Reopen => enable_user(conn, id)?,
        StaffChange::Role(role) => set_role(conn, &was, role)?,
    };
    if !changed {
        return Ok(Err(StaffChangeError::Already));
    }
    let is = users::table.find(id).select(User::as_select()).first(conn)?;
    Ok(Ok((was, is)))
}

fn set_role(conn: &mut PgConnection, person: &User, role: Role) -> QueryResult<bool> {
    if person.role() == role {
        return Ok(false);
    }
    diesel::update(users::table.find(person.id)).set(users::role.eq(role.code())).execute(conn)?;
    Ok(true)
}
