//! Queries of users and addresses. An address is always looked up with its owner.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Nullable, Text},
};
use std::{collections::HashMap, time::Duration};

use super::{
    blocked_contacts::ContactKind,
    model::{Address, Role, StaffMember, User},
    rules,
};
use crate::{
    kernel::{AddressId, UserId},
    platform::db::{lower, statement},
    schema::{addresses, second_factors, users},
};

pub fn user_by_id(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<User>> {
    users::table.find(id).select(User::as_select()).first(conn).optional()
}

/// Looks up the user with this username or email address, ignoring case. Returns (user, password hash).
pub(super) fn user_by_login(conn: &mut PgConnection, name: &str) -> QueryResult<Option<(User, String)>> {
    let name = rules::sign_in_name(name);
    let same = lower(users::username).eq(lower(&name)).or(lower(users::email).eq(lower(&name)));
    users::table
        .filter(same)
        .filter(users::erased_at.is_null())
        .select((User::as_select(), users::password_hash))
        .first(conn)
        .optional()
}

/// Loads the user with this username or email address, ignoring case.
pub fn user_by_name(conn: &mut PgConnection, name: &str) -> QueryResult<Option<User>> {
    Ok(user_by_login(conn, name)?.map(|(user, _)| user))
}

pub(super) fn password_hash(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<String>> {
    users::table.find(id).select(users::password_hash).first(conn).optional()
}

/// Loads all staff and admins, sorted by username.
pub fn staff_users(conn: &mut PgConnection) -> QueryResult<Vec<User>> {
    users::table
        .filter(users::role.ne(Role::Shopper.code()))
        .order(users::username)
        .select(User::as_select())
        .load(conn)
}

/// Loads all staff and admins, sorted by username, with the time of their last sign-in and whether they have a second
/// factor.
pub fn staff_members(conn: &mut PgConnection) -> QueryResult<Vec<StaffMember>> {
    let rows: Vec<(User, Option<DateTime<Utc>>, Option<UserId>)> = users::table
        .left_join(second_factors::table)
        .filter(users::role.ne(Role::Shopper.code()))
        .order(users::username)
        .select((User::as_select(), users::signed_in_at, second_factors::user_id.nullable()))
        .load(conn)?;
    let mut members = Vec::with_capacity(rows.len());
    for (user, signed_in_at, factor) in rows {
        members.push(StaffMember { user, signed_in_at, second_factor: factor.is_some() });
    }
    Ok(members)
}

/// Looks up the member of staff with this username or email address; `None` if the account is a shopper's or does not
/// exist.
pub fn staff_user_by_login(conn: &mut PgConnection, name: &str) -> QueryResult<Option<User>> {
    Ok(user_by_login(conn, name)?.map(|(user, _)| user).filter(|user| user.role() >= Role::Staff))
}

pub(super) fn address_count(conn: &mut PgConnection, owner: UserId) -> QueryResult<i64> {
    addresses::table.filter(addresses::user_id.eq(owner)).count().get_result(conn)
}

/// Loads the owner's addresses, the default first.
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

/// A user who is about to order, with the address to send to.
#[derive(Clone, Debug)]
pub struct OrderingUser {
    pub user: User,
    /// True if this transaction holds the user's order lock, so that no other transaction places orders for the user
    /// until it ends.
    pub has_order_lock: bool,
    /// The requested address; `None` if the user has no such address.
    pub address: Option<Address>,
    /// The kind of a contact of the user or of the address that is blocked; `None` if none is blocked.
    pub blocked: Option<ContactKind>,
}

/// Tries to take the order lock of each user (an advisory lock until the end of the transaction), without waiting, and
/// sets the lock timeout of the transaction. Returns the users with the requested addresses, in the order of `asked`;
/// `None` for a user who does not exist. After the lock is taken, later statements see all orders that its previous
/// holder placed.
pub fn lock_ordering_users(
    conn: &mut PgConnection,
    asked: &[(UserId, AddressId)],
    lock_timeout: Duration,
) -> QueryResult<Vec<Option<OrderingUser>>> {
    let statement = LockOrderingUsers {
        users: asked.iter().map(|(user, _)| user.0).collect(),
        addresses: asked.iter().map(|(_, address)| address.0).collect(),
        lock_timeout: format!("{}ms", lock_timeout.as_millis()),
    };
    let rows: Vec<LockedUserRow> = statement.load(conn)?;
    let mut users = vec![None; asked.len()];
    for LockedUserRow { place, user, has_order_lock, address, blocked } in rows {
        let found = usize::try_from(place - 1).ok().and_then(|place| users.get_mut(place));
        if let (Some(found), Some(user)) = (found, user.into_user()) {
            *found = Some(OrderingUser { user, has_order_lock, address, blocked });
        }
    }
    Ok(users)
}

#[derive(QueryableByName)]
struct LockedUserRow {
    /// The index of the user in the parameter `users`, from 1.
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(embed)]
    user: UserRow,
    #[diesel(sql_type = Bool)]
    has_order_lock: bool,
    #[diesel(embed)]
    address: Option<Address>,
    #[diesel(sql_type = Nullable<Text>)]
    blocked: Option<ContactKind>,
}

statement! {
    /// Selects a row for each existing user, with the user's position in `users` (from 1), and tries to take the
    /// advisory lock that lets only one transaction at a time place orders of this user. No other code takes that lock,
    /// except the erasure of an account. The normalized contacts are computed only if any contact is blocked, and once
    /// for each order (`offset 0`) instead of once for each blocked contact. Digests are computed only if a contact of
    /// an erased shopper is blocked; otherwise `salt` is null.
    LockOrderingUsers(
        users: Vec<i64> as Array<BigInt>, addresses: Vec<i64> as Array<BigInt>, lock_timeout: String as Text
    ) -> [LockedUserRow] =
    "with settings as materialized (
        select set_config('lock_timeout', " lock_timeout ", true), exists (select from blocked_contacts) as has_blocked,
            (
                select salt from contact_salt
                where exists (select from blocked_contacts where erased_at is not null)
            ) as salt
     ),
     locked as materialized (
        select id as user_id, username, email, role, disabled_at, password_changed_at,
            pg_try_advisory_xact_lock(hashtextextended('till orders', id)) as has_order_lock
        from users where id = any((select " users ")::bigint[])
     )
     select asked.place, l.*, a.id, a.recipient, a.phone, a.region, a.street, a.postcode, a.is_default,
        case when settings.has_blocked then coalesce(
            (select b.kind from blocked_contacts b
             where b.kind = 'phone' and b.value in (keys.phone, split_part(keys.phone, ';', 1),
                keys.phone_digest, keys.number_digest) limit 1),
            (select b.kind from blocked_contacts b
             where b.kind = 'email' and b.value in (keys.email, keys.email_digest) limit 1),
            (select b.kind from blocked_contacts b
             where b.kind = 'address' and b.value in (keys.address, keys.address_digest) limit 1)
        ) end as blocked
     from settings
     cross join unnest((select " users "), (select " addresses ")) with ordinality as asked (user_id, address_id, place)
     join locked l on l.user_id = asked.user_id
     left join addresses a on a.user_id = asked.user_id and a.id = asked.address_id
     left join lateral (
        select k.*,
            salted_digest(k.phone, settings.salt) as phone_digest,
            salted_digest(split_part(k.phone, ';', 1), settings.salt) as number_digest,
            salted_digest(k.email, settings.salt) as email_digest,
            salted_digest(k.address, settings.salt) as address_digest
        from (
            select phone_key(a.phone) as phone, lower(l.email) as email,
                address_key(a.region || ' ' || a.street) as address
            offset 0
        ) k
        where settings.has_blocked
        offset 0
     ) keys on true"
}

/// A row of `users` whose role is a text, so that an unknown role does not fail the query.
#[derive(QueryableByName)]
#[diesel(table_name = users)]
struct UserRow {
    #[diesel(sql_type = BigInt)]
    user_id: UserId,
    username: String,
    email: String,
    role: String,
    disabled_at: Option<DateTime<Utc>>,
    password_changed_at: DateTime<Utc>,
}

impl UserRow {
    /// Converts the row to a user. Returns `None`, and logs an error, if the role is unknown: such a user cannot sign
    /// in.
    fn into_user(self) -> Option<User> {
        let Self { user_id: id, username, email, role, disabled_at, password_changed_at } = self;
        let known = Role::from_code(&role);
        if known.is_none() {
            tracing::error!(user = id.0, role, "an account has a role that nobody knows, so it may not come in");
        }
        Some(User { id, username, email, role: known?, disabled_at, password_changed_at })
    }
}

/// Loads the users with these ids, keyed by id. Users who do not exist are left out; so are users with an unknown role,
/// with an error in the log, so that they do not fail the other lookups of the batch.
pub fn users_by_id(conn: &mut PgConnection, ids: &[UserId]) -> QueryResult<HashMap<UserId, User>> {
    let rows: Vec<UserRow> = UsersById { ids: ids.iter().map(|id| id.0).collect() }.load(conn)?;
    Ok(rows.into_iter().filter_map(UserRow::into_user).map(|user| (user.id, user)).collect())
}

statement! {
    UsersById(ids: Vec<i64> as Array<BigInt>) -> [UserRow] =
    "select id as user_id, username, email, role, disabled_at, password_changed_at
     from users where id = any((select " ids ")::bigint[])"
}

/// Loads the address books of these users, by user, the default address first. A user without addresses is left out.
pub fn address_books(conn: &mut PgConnection, owners: &[UserId]) -> QueryResult<HashMap<UserId, Vec<Address>>> {
    let rows: Vec<AddressRow> = AddressBooks { owners: owners.iter().map(|id| id.0).collect() }.load(conn)?;
    let mut books: HashMap<UserId, Vec<Address>> = HashMap::new();
    for AddressRow { user_id, address } in rows {
        books.entry(user_id).or_default().push(address);
    }
    Ok(books)
}

#[derive(QueryableByName)]
struct AddressRow {
    #[diesel(sql_type = BigInt)]
    user_id: UserId,
    #[diesel(embed)]
    address: Address,
}

statement! {
    AddressBooks(owners: Vec<i64> as Array<BigInt>) -> [AddressRow] =
    "select user_id, id, recipient, phone, region, street, postcode, is_default
     from addresses where user_id = any((select " owners ")::bigint[])
     order by user_id, is_default desc, id"
}
