//! Writes to address books. Each function runs inside the caller's transaction and first locks the row of the user who
//! owns the address book, so that only one transaction at a time changes it and its count stays correct until the
//! commit.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::{model::NewAddress, rules::MAX_ADDRESSES};
use crate::{
    kernel::{AddressId, UserId},
    schema::{addresses, users},
};

/// The address book already holds [`MAX_ADDRESSES`] addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressBookFull;

/// Adds an address to the address book. The first address becomes the default even if `is_default` is false.
pub fn add_address(
    conn: &mut PgConnection,
    owner: UserId,
    new: &NewAddress,
) -> QueryResult<Result<AddressId, AddressBookFull>> {
    lock(conn, owner)?;
    let count: i64 = addresses::table.filter(addresses::user_id.eq(owner)).count().get_result(conn)?;
    if usize::try_from(count).is_ok_and(|count| count >= MAX_ADDRESSES) {
        return Ok(Err(AddressBookFull));
    }
    let is_default = new.is_default || count == 0;
    if is_default {
        clear_default(conn, owner)?;
    }
    diesel::insert_into(addresses::table)
        .values((addresses::user_id.eq(owner), AddressColumns::from(new), addresses::is_default.eq(is_default)))
        .returning(addresses::id)
        .get_result(conn)
        .map(Ok)
}

/// Returns the address with exactly these fields if the owner has it, otherwise adds it: sending the same form again
/// does not duplicate it. If `is_default` is true, the address becomes the default.
pub fn add_address_once(
    conn: &mut PgConnection,
    owner: UserId,
    new: &NewAddress,
) -> QueryResult<Result<AddressId, AddressBookFull>> {
    lock(conn, owner)?;
    let written = AddressColumns::from(new);
    let same: Option<AddressId> = addresses::table
        .filter(addresses::user_id.eq(owner))
        .filter(addresses::recipient.eq(written.recipient).and(addresses::phone.eq(written.phone)))
        .filter(addresses::region.eq(written.region).and(addresses::street.eq(written.street)))
        .filter(addresses::postcode.eq(written.postcode))
        .order(addresses::id)
        .select(addresses::id)
        .first(conn)
        .optional()?;
    let Some(id) = same else { return add_address(conn, owner, new) };
    if new.is_default {
        set_default(conn, owner, id)?;
    }
    Ok(Ok(id))
}

/// Updates an address. Returns `false` if the owner has no such address. `is_default: true` makes it the default; with
/// `false`, a default address stays the default until another one is made the default.
pub fn save_address(conn: &mut PgConnection, owner: UserId, id: AddressId, new: &NewAddress) -> QueryResult<bool> {
    lock(conn, owner)?;
    let found = diesel::update(addresses::table.filter(addresses::user_id.eq(owner)).find(id))
        .set(AddressColumns::from(new))
        .execute(conn)?;
    if found == 1 && new.is_default {
        set_default(conn, owner, id)?;
    }
    Ok(found == 1)
}

/// Makes an address the owner's default; `false` if the owner has no such address.
pub fn make_default(conn: &mut PgConnection, owner: UserId, id: AddressId) -> QueryResult<bool> {
    lock(conn, owner)?;
    let of_owner = addresses::table.filter(addresses::user_id.eq(owner)).find(id);
    let found = diesel::select(diesel::dsl::exists(of_owner)).get_result(conn)?;
    if found {
        set_default(conn, owner, id)?;
    }
    Ok(found)
}

/// Removes an address; `false` if the owner has no such address. If the default was removed, the oldest remaining
/// address becomes the default.
pub fn remove_address(conn: &mut PgConnection, owner: UserId, id: AddressId) -> QueryResult<bool> {
    lock(conn, owner)?;
    let was_default: Option<bool> = diesel::delete(addresses::table.filter(addresses::user_id.eq(owner)).find(id))
        .returning(addresses::is_default)
        .get_result(conn)
        .optional()?;
    if was_default == Some(true) {
        let oldest: Option<AddressId> = addresses::table
            .filter(addresses::user_id.eq(owner))
            .order(addresses::id)
            .select(addresses::id)
            .first(conn)
            .optional()?;
        if let Some(oldest) = oldest {
            set_default(conn, owner, oldest)?;
        }
    }
    Ok(was_default.is_some())
}

/// Locks the owner's row `for no key update`. Inserting an order, which only references that row by its foreign key,
/// does not wait for this lock.
///
/// # Errors
/// `NotFound` if the owner was erased while the request waited.
fn lock(conn: &mut PgConnection, owner: UserId) -> QueryResult<UserId> {
    let not_erased = users::table.find(owner).filter(users::erased_at.is_null());
    not_erased.select(users::id).for_no_key_update().first(conn)
}

fn set_default(conn: &mut PgConnection, owner: UserId, id: AddressId) -> QueryResult<usize> {
    clear_default(conn, owner)?;
    diesel::update(addresses::table.filter(addresses::user_id.eq(owner)).find(id))
        .set(addresses::is_default.eq(true))
        .execute(conn)
}

/// Unsets the owner's default address. Must be called before another address becomes the default, because a unique
/// index allows only one default.
fn clear_default(conn: &mut PgConnection, owner: UserId) -> QueryResult<usize> {
    diesel::update(addresses::table.filter(addresses::user_id.eq(owner)).filter(addresses::is_default))
        .set(addresses::is_default.eq(false))
        .execute(conn)
}

/// The columns of an address row that are filled from the address form.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = addresses)]
struct AddressColumns<'a> {
    recipient: &'a str,
    phone: &'a str,
    region: &'a str,
    street: &'a str,
    postcode: &'a str,
}

impl<'a> From<&'a NewAddress> for AddressColumns<'a> {
    fn from(new: &'a NewAddress) -> Self {
        Self {
            recipient: &new.recipient,
            phone: new.phone.as_str(),
            region: &new.region,
            street: &new.street,
            postcode: &new.postcode,
        }
    }
}
