//! Questions about people and their addresses. An address is always found through its owner.

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

/// Who has this id.
pub fn user_by_id(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<User>> {
    users::table.find(id).select(User::as_select()).first(conn).optional()
}

define_sql_function! {
    /// As the unique keys fold names.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Who has this username or email address, however it is written, and the hash of their password.
pub(super) fn user_by_login(conn: &mut PgConnection, name: &str) -> QueryResult<Option<(User, String)>> {
    let name = rules::sign_in_name(name);
    let same = lower(users::username).eq(lower(&name)).or(lower(users::email).eq(lower(&name)));
    users::table.filter(same).select((User::as_select(), users::password_hash)).first(conn).optional()
}

/// The hash of somebody's password.
pub(super) fn password_hash(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<String>> {
    users::table.find(id).select(users::password_hash).first(conn).optional()
}

/// Everybody who may come behind the counter, by name.
pub fn staff_users(conn: &mut PgConnection) -> QueryResult<Vec<User>> {
    users::table
        .filter(users::role.ne(Role::Shopper.code()))
        .order(users::username)
        .select(User::as_select())
        .load(conn)
}

/// The same with what admins want to know of them.
pub fn staff_members(conn: &mut PgConnection) -> QueryResult<Vec<StaffMember>> {
    let rows: Vec<(User, Option<DateTime<Utc>>, Option<UserId>)> = users::table
        .left_join(second_factors::table)
        .filter(users::role.ne(Role::Shopper.code()))
        .order(users::username)
        .select((User::as_select(), users::signed_in_at, second_factors::user_id.nullable()))
        .load(conn)?;
    let member = |(person, signed_in_at, factor): (User, _, Option<UserId>)| StaffMember {
        person,
        signed_in_at,
        second_factor: factor.is_some(),
    };
    Ok(rows.into_iter().map(member).collect())
}

/// One of them, by username or email address.
pub fn staff_user_by_login(conn: &mut PgConnection, name: &str) -> QueryResult<Option<User>> {
    Ok(user_by_login(conn, name)?.map(|(person, _)| person).filter(|person| person.role() >= Role::Staff))
}

/// How many addresses somebody keeps.
pub(super) fn address_count(conn: &mut PgConnection, owner: UserId) -> QueryResult<i64> {
    addresses::table.filter(addresses::user_id.eq(owner)).count().get_result(conn)
}

/// Somebody's address book, the default first.
pub fn addresses_of(conn: &mut PgConnection, owner: UserId) -> QueryResult<Vec<Address>> {
    addresses::table
        .filter(addresses::user_id.eq(owner))
        .order((addresses::is_default.desc(), addresses::id))
        .select(Address::as_select())
        .load(conn)
}

/// One address of somebody's; nobody else's.
pub fn address_of(conn: &mut PgConnection, owner: UserId, id: AddressId) -> QueryResult<Option<Address>> {
    addresses::table.filter(addresses::user_id.eq(owner)).find(id).select(Address::as_select()).first(conn).optional()
}

/// These people, each with whether it is their turn to order: for the rest of the transaction no other one places an order of
/// theirs. Nobody is waited for; whose turn is somebody else's is told so. Whatever is asked after this sees the orders of
/// whoever had the turn before.
pub fn users_with_order_lock(conn: &mut PgConnection, ids: &[UserId]) -> QueryResult<HashMap<UserId, (User, bool)>> {
    let rows: Vec<(UserRow, bool)> = UsersWithOrderLock { ids: ids.iter().map(|id| id.0).collect() }.load(conn)?;
    let people =
        rows.into_iter().filter_map(|(row, turn)| user_from_row(row).map(|person| (person.id, (person, turn))));
    Ok(people.collect())
}

statement! {
    /// The rows of these people; the lock is that of their orders, and of nothing else.
    UsersWithOrderLock(ids: Vec<i64> as Array<BigInt>) -> (
        (BigInt, Text, Text, Text, Nullable<Timestamptz>, Timestamptz), Bool
    ) =
    "select id, username, email, role, disabled_at, password_changed_at,
        pg_try_advisory_xact_lock(hashtextextended('till orders', id))
     from users where id = any((select " ids ")::bigint[])"
}

type UserRow = (UserId, String, String, String, Option<DateTime<Utc>>, DateTime<Utc>);

/// Whose role nobody knows may not come in.
fn user_from_row((id, username, email, role, disabled_at, password_changed_at): UserRow) -> Option<User> {
    let known = Role::from_code(&role);
    if known.is_none() {
        tracing::error!(user = id.0, role, "an account has a role that nobody knows, so it may not come in");
    }
    Some(User { id, username, email, role: known?, disabled_at, password_changed_at })
}

/// These people; who does not exist is left out. So is, with a word in the log, whose role nobody knows: those who are asked
/// for at the same moment have nothing to do with it.
pub fn users_by_id(conn: &mut PgConnection, ids: &[UserId]) -> QueryResult<HashMap<UserId, User>> {
    let rows: Vec<UserRow> = UsersById { ids: ids.iter().map(|id| id.0).collect() }.load(conn)?;
    Ok(rows.into_iter().filter_map(user_from_row).map(|person| (person.id, person)).collect())
}

statement! {
    /// The rows of these people.
    UsersById(ids: Vec<i64> as Array<BigInt>) -> (BigInt, Text, Text, Text, Nullable<Timestamptz>, Timestamptz) =
    "select id, username, email, role, disabled_at, password_changed_at from users where id = any((select " ids ")::bigint[])"
}

/// The address books of these people, in each the default first; who has none is left out.
pub fn address_books(conn: &mut PgConnection, owners: &[UserId]) -> QueryResult<HashMap<UserId, Vec<Address>>> {
    let rows: Vec<(UserId, Address)> = AddressBooks { owners: owners.iter().map(|id| id.0).collect() }.load(conn)?;
    let mut books: HashMap<UserId, Vec<Address>> = HashMap::new();
    for (owner, address) in rows {
        books.entry(owner).or_default().push(address);
    }
    Ok(books)
}

statement! {
    /// Each address with its owner.
    AddressBooks(owners: Vec<i64> as Array<BigInt>) -> (BigInt, (BigInt, Text, Text, Text, Text, Text, Bool)) =
    "select user_id, id, recipient, phone, region, street, postcode, is_default
     from addresses where user_id = any((select " owners ")::bigint[])
     order by user_id, is_default desc, id"
}
