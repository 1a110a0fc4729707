//! Changes of address books, each inside the caller's transaction. The owner's row is locked first: so nobody's book
//! changes twice at once, and what is counted stays true until the commit.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::{model::NewAddress, rules::MAX_ADDRESSES};
use crate::{
    kernel::{AddressId, UserId},
    schema::{addresses, users},
};

/// Somebody keeps as many addresses as one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressBookFull;

/// Writes one more address into somebody's book. The first is the default whether or not it asks to be.
pub fn add_address(
    conn: &mut PgConnection,
    owner: UserId,
    new: &NewAddress,
) -> QueryResult<Result<AddressId, AddressBookFull>> {
    lock(conn, owner)?;
    let kept: i64 = addresses::table.filter(addresses::user_id.eq(owner)).count().get_result(conn)?;
    if usize::try_from(kept).is_ok_and(|kept| kept >= MAX_ADDRESSES) {
        return Ok(Err(AddressBookFull));
    }
    let is_default = new.is_default || kept == 0;
    if is_default {
        clear_default(conn, owner)?;
    }
    diesel::insert_into(addresses::table)
        .values((addresses::user_id.eq(owner), AddressColumns::from(new), addresses::is_default.eq(is_default)))
        .returning(addresses::id)
        .get_result(conn)
        .map(Ok)
}

/// Finds the address that says the same in somebody's book, or writes it there: however often the same is sent, it is kept
/// once. It becomes the default where it asks to be.
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

/// Rewrites one address of somebody's; `false` where they have no such address. The default stays the default.
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

/// Makes one address of somebody's their default; `false` where they have no such address.
pub fn make_default(conn: &mut PgConnection, owner: UserId, id: AddressId) -> QueryResult<bool> {
    lock(conn, owner)?;
    let of_owner = addresses::table.filter(addresses::user_id.eq(owner)).find(id);
    let found = diesel::select(diesel::dsl::exists(of_owner)).get_result(conn)?;
    if found {
        set_default(conn, owner, id)?;
    }
    Ok(found)
}

/// Takes one address out of somebody's book; `false` where they have no such address. After the default goes, the oldest
/// of the others is it.
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

/// Not against orders, whose rows only say that their shopper is to stay.
fn lock(conn: &mut PgConnection, owner: UserId) -> QueryResult<UserId> {
    users::table.find(owner).select(users::id).for_no_key_update().first(conn)
}

fn set_default(conn: &mut PgConnection, owner: UserId, id: AddressId) -> QueryResult<usize> {
    clear_default(conn, owner)?;
    diesel::update(addresses::table.filter(addresses::user_id.eq(owner)).find(id))
        .set(addresses::is_default.eq(true))
        .execute(conn)
}

/// First, since the database never has two.
fn clear_default(conn: &mut PgConnection, owner: UserId) -> QueryResult<usize> {
    diesel::update(addresses::table.filter(addresses::user_id.eq(owner)).filter(addresses::is_default))
        .set(addresses::is_default.eq(false))
        .execute(conn)
}

/// What people write of an address.
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
