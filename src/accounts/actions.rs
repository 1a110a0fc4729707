//! Writes to user accounts. Each function runs inside the caller's transaction.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, define_sql_function,
    prelude::*,
    result::{DatabaseErrorKind, Error},
};

use super::{
    model::{NewUser, Role, User},
    rules::Username,
};
use crate::{
    kernel::{Email, UserId, codes},
    platform::{db, random},
    schema::users,
};

codes! {
    /// Which name of a new account (username or email address) another account already has; case is ignored.
    pub enum NameTaken {
        /// Another account has this username, or one that looks the same.
        Username = "username_taken",
        Email = "email_taken",
    }
}

define_sql_function! {
    /// SQL's `clock_timestamp`: the current time, not the start of the transaction.
    fn clock_timestamp() -> Timestamptz;
}

/// Creates an account. The inner `Err` says which name another account has; unique indexes decide, so of two requests
/// for the same name one succeeds. The caller's transaction can continue after that `Err`, because the insert has its
/// own savepoint.
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

/// How many generated usernames are tried for a new customer; each attempt fails only if the name is taken.
const MAX_NAME_ATTEMPTS: u32 = 5;

/// Creates the account of a customer whom staff know by email alone. `password_hash` is that of a password that nobody
/// knows, so nobody can sign in with a password. The inner `Err` says that an account with the email address exists.
pub fn create_customer(
    conn: &mut PgConnection,
    email: &Email,
    password_hash: &str,
) -> QueryResult<Result<UserId, NameTaken>> {
    let mut created = Err(NameTaken::Username);
    for _ in 0..MAX_NAME_ATTEMPTS {
        let made_up = format!("customer-{}", random::hex(&random::random_bytes::<6>()));
        let username: Username = made_up.parse().map_err(|_| Error::RollbackTransaction)?;
        let (email, password_hash) = (email.clone(), password_hash.to_owned());
        created = create_user(conn, &NewUser { username, email, password_hash, role: Role::Shopper })?;
        if created != Err(NameTaken::Username) {
            break;
        }
    }
    Ok(created)
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

/// Replaces a user's password, which ends all their sessions. Returns the user as stored now, with whom the current
/// session can be renewed; `None` if the password has changed since `user` was loaded.
pub fn set_password(conn: &mut PgConnection, user: &User, hash: &str) -> QueryResult<Option<User>> {
    let unchanged = users::password_changed_at.eq(user.password_changed_at);
    diesel::update(users::table.find(user.id).filter(unchanged))
        .set((users::password_hash.eq(hash), users::password_changed_at.eq(clock_timestamp())))
        .returning(User::as_returning())
        .get_result(conn)
        .optional()
}

/// Disables an account, which ends its sessions. Returns `false` if it was disabled already.
pub fn disable_user(conn: &mut PgConnection, id: UserId) -> QueryResult<bool> {
    let open = users::table.find(id).filter(users::disabled_at.is_null());
    let closed = diesel::update(open).set(users::disabled_at.eq(clock_timestamp().nullable())).execute(conn)?;
    Ok(closed == 1)
}

/// Enables a disabled account. Its old sessions stay ended. Returns `false` if it was not disabled.
pub fn enable_user(conn: &mut PgConnection, id: UserId) -> QueryResult<bool> {
    let closed = users::table.find(id).filter(users::disabled_at.is_not_null());
    let opened = diesel::update(closed)
        .set((users::disabled_at.eq(None::<DateTime<Utc>>), users::password_changed_at.eq(clock_timestamp())))
        .execute(conn)?;
    Ok(opened == 1)
}

/// Ends all sessions of a user. Returns the updated user, with whom the current session can be renewed.
pub(super) fn end_sessions(conn: &mut PgConnection, id: UserId) -> QueryResult<User> {
    diesel::update(users::table.find(id))
        .set(users::password_changed_at.eq(clock_timestamp()))
        .returning(User::as_returning())
        .get_result(conn)
}

/// Stores the current time as the time of this member of staff's last sign-in.
pub fn record_sign_in(conn: &mut PgConnection, id: UserId) -> QueryResult<()> {
    diesel::update(users::table.find(id)).set(users::signed_in_at.eq(clock_timestamp().nullable())).execute(conn)?;
    Ok(())
}

/// What an admin can change in the account of a member of staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffChange {
    /// Disable the account.
    Close,
    /// Enable the account again.
    Reopen,
    Role(Role),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffChangeError {
    /// The account already had that state or role; nothing was written.
    Unchanged,
    /// The admin tried to change their own account.
    OwnAccount,
    /// The account to change belongs to a shopper, or does not exist.
    NotStaff,
    /// The user who makes the change is no longer an admin.
    NotAdmin,
}

/// Changes the account of the staff member `id` on behalf of the admin `by`. Returns the user (before, after).
///
/// At least one admin always remains: `by` is an admin and cannot change their own account. All admins are locked first
/// and `by` is checked again, so two admins who demote each other at the same time cannot both succeed.
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
        return Ok(Err(StaffChangeError::NotAdmin));
    }
    if by == id {
        return Ok(Err(StaffChangeError::OwnAccount));
    }
    let staff = users::table.find(id).filter(users::role.ne(Role::Shopper.code()));
    let found: Option<User> = staff.select(User::as_select()).for_no_key_update().first(conn).optional()?;
    let Some(was) = found else {
        return Ok(Err(StaffChangeError::NotStaff));
    };
    let changed = match change {
        StaffChange::Close => disable_user(conn, id)?,
        StaffChange::Reopen => enable_user(conn, id)?,
        StaffChange::Role(role) => set_role(conn, &was, role)?,
    };
    if !changed {
        return Ok(Err(StaffChangeError::Unchanged));
    }
    let is = users::table.find(id).select(User::as_select()).first(conn)?;
    Ok(Ok((was, is)))
}

fn set_role(conn: &mut PgConnection, user: &User, role: Role) -> QueryResult<bool> {
    if user.role() == role {
        return Ok(false);
    }
    diesel::update(users::table.find(user.id)).set(users::role.eq(role.code())).execute(conn)?;
    Ok(true)
}
