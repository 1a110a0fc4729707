//! Reads of users and addresses. An address is always looked up through its owner.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, define_sql_function,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz},
};
use std::collections::HashMap;

use super::{
    model::{Address, Role, StaffMember, User},
    rules,
};
use crate::{
    kernel::{AddressId, UserId},
    platform::db::statement,
    schema::{addresses, second_factors, users},
};

pub fn user_by_id(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<User>> {
    users::table.find(id).select(User::as_select()).first(conn).optional()
}

define_sql_function! {
    /// Must match the function of the unique indexes.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// The user with this username or email address (in any case or form), and the password hash.
pub(super) fn user_by_login(conn: &mut PgConnection, name: &str) -> QueryResult<Option<(User, String)>> {
    let name = rules::sign_in_name(name);
    let same = lower(users::username).eq(lower(&name)).or(lower(users::email).eq(lower(&name)));
    users::table.filter(same).select((User::as_select(), users::password_hash)).first(conn).optional()
}

pub(super) fn password_hash(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<String>> {
    users::table.find(id).select(users::password_hash).first(conn).optional()
}

/// All staff and admins, by username.
pub fn staff_users(conn: &mut PgConnection) -> QueryResult<Vec<User>> {
    users::table
        .filter(users::role.ne(Role::Shopper.code()))
        .order(users::username)
        .select(User::as_select())
        .load(conn)
}

/// All staff and admins, by username, with their last sign-in and second factor.
pub fn staff_members(conn: &mut PgConnection) -> QueryResult<Vec<StaffMember>> {
    let rows: Vec<(User, Option<DateTime<Utc>>, Option<UserId>)> = users::table
        .left_join(second_factors::table)
        .filter(users::role.ne(Role::Shopper.code()))
        .order(users::username)
        .select((User::as_select(), users::signed_in_at, second_factors::user_id.nullable()))
        .load(conn)?;
    let member = |(user, signed_in_at, factor): (User, _, Option<UserId>)| StaffMember {
        user,
        signed_in_at,
        second_factor: factor.is_some(),
    };
    Ok(rows.into_iter().map(member).collect())
}

/// The member of staff with this username or email address.
pub fn staff_user_by_login(conn: &mut PgConnection, name: &str) -> QueryResult<Option<User>> {
    Ok(user_by_login(conn, name)?.map(|(user, _)| user).filter(|user| user.role() >= Role::Staff))
}

/// The number of addresses in the address book.
pub(super) fn address_count(conn: &mut PgConnection, owner: UserId) -> QueryResult<i64> {
    addresses::table.filter(addresses::user_id.eq(owner)).count().get_result(conn)
}

/// The owner's addresses, the default first.
pub fn addresses_of(conn: &mut PgConnection, owner: UserId) -> QueryResult<Vec<Address>> {
    addresses::table
        .filter(addresses::user_id.eq(owner))
        .order((addresses::is_default.desc(), addresses::id))
        .select(Address::as_select())
        .load(conn)
}

pub fn address_of(conn: &mut PgConnection, owner: UserId, id: AddressId) -> QueryResult<Option<Address>> {
    addresses::table.filter(addresses::user_id.eq(owner)).find(id).select(Address::as_select()).first(conn).optional()
}

/// Loads these users and tries to take the order lock of each, an advisory lock until the end of the transaction:
/// while it is held, no other transaction places orders for the user. The flag says whether the lock was taken; it
/// is never waited for. Later statements of the transaction see the orders of whoever held it before.
pub fn users_with_order_lock(conn: &mut PgConnection, ids: &[UserId]) -> QueryResult<HashMap<UserId, (User, bool)>> {
    let rows: Vec<(UserRow, bool)> = UsersWithOrderLock { ids: ids.iter().map(|id| id.0).collect() }.load(conn)?;
    let people = rows.into_iter().filter_map(|(row, turn)| user_from_row(row).map(|user| (user.id, (user, turn))));
    Ok(people.collect())
}

statement! {
    /// The users' rows, each with whether its advisory lock was taken.
    UsersWithOrderLock(ids: Vec<i64> as Array<BigInt>) -> (
        (BigInt, Text, Text, Text, Nullable<Timestamptz>, Timestamptz), Bool
    ) =
    "select id, username, email, role, disabled_at, password_changed_at,
        pg_try_advisory_xact_lock(hashtextextended('till orders', id))
     from users where id = any((select " ids ")::bigint[])"
}

type UserRow = (UserId, String, String, String, Option<DateTime<Utc>>, DateTime<Utc>);

/// `None`, with an error in the log, if the role is unknown: such a user cannot sign in.
fn user_from_row((id, username, email, role, disabled_at, password_changed_at): UserRow) -> Option<User> {
    let known = Role::from_code(&role);
    if known.is_none() {
        tracing::error!(user = id.0, role, "an account has a role that nobody knows, so it may not come in");
    }
    Some(User { id, username, email, role: known?, disabled_at, password_changed_at })
}

/// The users with these ids. A missing user is left out, and so is, with an error in the log, one with an unknown
/// role, so that it does not fail the lookups of others in the same batch.
pub fn users_by_id(conn: &mut PgConnection, ids: &[UserId]) -> QueryResult<HashMap<UserId, User>> {
    let rows: Vec<UserRow> = UsersById { ids: ids.iter().map(|id| id.0).collect() }.load(conn)?;
    Ok(rows.into_iter().filter_map(user_from_row).map(|user| (user.id, user)).collect())
}

statement! {
    UsersById(ids: Vec<i64> as Array<BigInt>) -> (BigInt, Text, Text, Text, Nullable<Timestamptz>, Timestamptz) =
    "select id, username, email, role, disabled_at, password_changed_at from users where id = any((select " ids ")::bigint[])"
}

/// The owners' address books, the default address first. An owner without addresses is left out.
pub fn address_books(conn: &mut PgConnection, owners: &[UserId]) -> QueryResult<HashMap<UserId, Vec<Address>>> {
    let rows: Vec<(UserId, Address)> = AddressBooks { owners: owners.iter().map(|id| id.0).collect() }.load(conn)?;
    let mut books: HashMap<UserId, Vec<Address>> = HashMap::new();
    for (owner, address) in rows {
        books.entry(owner).or_default().push(address);
    }
    Ok(books)
}

statement! {
    AddressBooks(owners: Vec<i64> as Array<BigInt>) -> (BigInt, (BigInt, Text, Text, Text, Text, Text, Bool)) =
    "select user_id, id, recipient, phone, region, street, postcode, is_default
     from addresses where user_id = any((select " owners ")::bigint[])
     order by user_id, is_default desc, id"
}
