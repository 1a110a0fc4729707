//! Questions about people and their addresses. An address is always found through its owner.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::model::{Address, Person};
use crate::{
    kernel::{AddressId, UserId},
    schema::{addresses, users},
};

/// Who has this id.
///
/// # Errors
/// The database's own.
pub fn person(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<Person>> {
    users::table.find(id).select(Person::as_select()).first(conn).optional()
}

/// Somebody's address book, the default first.
///
/// # Errors
/// The database's own.
pub fn addresses_of(conn: &mut PgConnection, owner: UserId) -> QueryResult<Vec<Address>> {
    addresses::table
        .filter(addresses::user_id.eq(owner))
        .order((addresses::is_default.desc(), addresses::id))
        .select(Address::as_select())
        .load(conn)
}

/// One address of somebody's; nobody else's.
///
/// # Errors
/// The database's own.
pub fn address_of(conn: &mut PgConnection, owner: UserId, id: AddressId) -> QueryResult<Option<Address>> {
    addresses::table.filter(addresses::user_id.eq(owner)).find(id).select(Address::as_select()).first(conn).optional()
}

/// Somebody, and one address if it is theirs, in one look.
///
/// # Errors
/// The database's own.
pub fn person_and_address(
    conn: &mut PgConnection,
    id: UserId,
    address: AddressId,
) -> QueryResult<Option<(Person, Option<Address>)>> {
    let theirs = addresses::user_id.eq(users::id).and(addresses::id.eq(address));
    users::table
        .left_join(addresses::table.on(theirs))
        .filter(users::id.eq(id))
        .select((Person::as_select(), Option::<Address>::as_select()))
        .first(conn)
        .optional()
}
