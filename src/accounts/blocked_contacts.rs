//! Phone numbers, email addresses and postal addresses (contacts) from which the shop takes no orders. They are
//! compared by the keys that the SQL functions `phone_key` and `address_key` compute, so that the same contact written
//! in another way is recognized.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, define_sql_function,
    prelude::*,
    sql_types::{BigInt, Text, Timestamptz},
};

use crate::{
    kernel::{UserId, codes},
    messages::Messages,
    platform::{
        cursor::Cursor,
        db::{lower, sql_enum, statement},
    },
    schema::blocked_contacts,
};

codes! {
    /// The kind of a contact that staff can block.
    pub enum ContactKind {
        Phone = "phone",
        Email = "email",
        /// A postal address: region and street.
        Address = "address",
    }
}

sql_enum!(ContactKind);

impl ContactKind {
    pub fn label(self, t: &Messages) -> &'static str {
        match self {
            Self::Phone => t.contact_phone(),
            Self::Email => t.contact_email(),
            Self::Address => t.contact_address(),
        }
    }
}

define_sql_function! {
    fn phone_key(phone: Text) -> Text;
}

define_sql_function! {
    fn address_key(address: Text) -> Text;
}

/// Returns the form of a phone number by which it is compared with others: without the country code of China and
/// without leading zeros.
pub fn phone_key_of(conn: &mut PgConnection, phone: &str) -> QueryResult<String> {
    diesel::select(phone_key(phone)).get_result(conn)
}

/// A contact that is to be blocked: a valid phone number or email address, or region and street in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBlockedContact {
    pub kind: ContactKind,
    pub contact: String,
    /// Why the contact is blocked, in 1 to 200 characters.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct BlockedContact {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub kind: ContactKind,
    /// The contact as it was typed.
    #[diesel(sql_type = Text)]
    pub contact: String,
    #[diesel(sql_type = Text)]
    pub reason: String,
    /// The username of the member of staff who blocked the contact.
    #[diesel(sql_type = Text)]
    pub username: String,
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
}

/// Why a contact was not added to the list of blocked contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockRefusal {
    /// The contact is blocked already, perhaps written in another way.
    AlreadyBlocked,
    /// The contact has no characters by which it could be compared, or too few.
    NotComparable,
}

/// The contacts of an order that are compared with the blocked contacts: the email address of the shopper, and phone
/// number, region and street of the delivery address.
#[derive(Clone, Debug, Queryable)]
pub struct OrderContacts {
    pub email: String,
    pub phone: String,
    pub region: String,
    pub street: String,
}

impl OrderContacts {
    /// Returns the contact of this kind as a text that can be blocked; region and street are joined.
    pub fn of(&self, kind: ContactKind) -> String {
        match kind {
            ContactKind::Phone => self.phone.clone(),
            ContactKind::Email => self.email.clone(),
            ContactKind::Address => format!("{} {}", self.region, self.street),
        }
    }
}

/// Adds a contact to the list of blocked contacts, from which the shop takes no orders.
pub fn block_contact(
    conn: &mut PgConnection,
    new: &NewBlockedContact,
    by: UserId,
) -> QueryResult<Result<(), BlockRefusal>> {
    let key: String = match new.kind {
        ContactKind::Phone => phone_key_of(conn, &new.contact)?,
        ContactKind::Email => diesel::select(lower(&new.contact)).get_result(conn)?,
        ContactKind::Address => diesel::select(address_key(&new.contact)).get_result(conn)?,
    };
    let digits = key.trim_start_matches('+').split(';').next().unwrap_or_default();
    let is_short = new.kind == ContactKind::Phone && digits.len() < MIN_PHONE_KEY_LEN;
    if key.is_empty() || is_short {
        return Ok(Err(BlockRefusal::NotComparable));
    }
    let inserted = diesel::insert_into(blocked_contacts::table)
        .values((
            blocked_contacts::kind.eq(new.kind.code()),
            blocked_contacts::value.eq(key),
            blocked_contacts::contact.eq(&new.contact),
            blocked_contacts::reason.eq(&new.reason),
            blocked_contacts::staff_id.eq(by),
        ))
        .on_conflict((blocked_contacts::kind, blocked_contacts::value))
        .do_nothing()
        .execute(conn)?;
    Ok(if inserted == 1 { Ok(()) } else { Err(BlockRefusal::AlreadyBlocked) })
}

/// The minimum length of the key of a phone number. The database refuses shorter keys, because one would match many
/// numbers.
const MIN_PHONE_KEY_LEN: usize = 3;

/// Removes a contact from the list of blocked contacts, and returns what was on the list; `None` if somebody else has
/// removed it before.
pub fn unblock_contact(conn: &mut PgConnection, id: i64) -> QueryResult<Option<NewBlockedContact>> {
    let removed: Option<(ContactKind, String, String)> = diesel::delete(blocked_contacts::table.find(id))
        .returning((blocked_contacts::kind, blocked_contacts::contact, blocked_contacts::reason))
        .get_result(conn)
        .optional()?;
    Ok(removed.map(|(kind, contact, reason)| NewBlockedContact { kind, contact, reason }))
}

/// Loads at most `limit` blocked contacts from the cursor on, newest first: those of `kind` (all if `None`) whose
/// contact or reason contains `typed`. Phone numbers and addresses are also found if they are typed in another way.
pub fn blocked_contacts(
    conn: &mut PgConnection,
    kind: Option<ContactKind>,
    typed: &str,
    cursor: Cursor<i64>,
    limit: i64,
) -> QueryResult<Vec<BlockedContact>> {
    let (older_than, newer_than) = match cursor {
        Cursor::Newest => (i64::MAX, 0),
        Cursor::OlderThan(id) => (id, 0),
        Cursor::NewerThan(id) => (i64::MAX, id),
    };
    let is_ascending = matches!(cursor, Cursor::NewerThan(_));
    let statement = FindBlocked {
        kind: kind.map_or("", ContactKind::code),
        typed: typed.to_owned(),
        older_than,
        newer_than,
        is_ascending,
        most: limit,
    };
    let mut found: Vec<BlockedContact> = statement.load(conn)?;
    if is_ascending {
        found.reverse();
    }
    Ok(found)
}

statement! {
    /// Selects blocked contacts whose contact or reason contains `typed`. The texts are compared by `position` instead
    /// of `like`, so that no character of the search is a wildcard.
    FindBlocked(
        kind: &'static str as Text, typed: String as Text, older_than: i64 as BigInt, newer_than: i64 as BigInt,
        is_ascending: bool as diesel::sql_types::Bool, most: i64 as BigInt
    ) -> [BlockedContact] =
    "with asked as materialized (
        select lower(typed) as text, phone_key(translate(typed, ' -().', '')) as phone,
            address_key(typed) as address
        from (select " typed "::text as typed) t
     )
     select b.id, b.kind, b.contact, b.reason, u.username, b.at
     from asked
     cross join blocked_contacts b
     join users u on u.id = b.staff_id
     where b.id < " older_than " and b.id > " newer_than "
        and (" kind " = '' or b.kind = " kind ")
        and (asked.text = ''
            or position(asked.text in lower(b.contact)) > 0
            or position(asked.text in lower(b.reason)) > 0
            or b.kind = 'phone' and asked.phone <> '' and position(asked.phone in b.value) > 0
            or b.kind = 'address' and asked.address <> '' and position(asked.address in b.value) > 0)
     order by case when " is_ascending " then b.id else -b.id end
     limit " most
}

/// Loads the blocked contacts that match one of these contacts of an order. If there are any, the shop does not take
/// the order.
pub fn blocks_of(conn: &mut PgConnection, contacts: &OrderContacts) -> QueryResult<Vec<BlockedContact>> {
    let statement = BlocksOf {
        email: contacts.email.clone(),
        phone: contacts.phone.clone(),
        address: contacts.of(ContactKind::Address),
    };
    statement.load(conn)
}

statement! {
    /// Selects the blocked contacts that match one of the contacts of an order, as
    /// [`LockOrderingUsers`](super::queries) does in the checkout.
    BlocksOf(email: String as Text, phone: String as Text, address: String as Text) -> [BlockedContact] =
    "with keys as materialized (
        select lower(" email ") as email, phone_key(" phone ") as phone, address_key(" address ") as address
     ),
     plain as (
        select 'email' as kind, email as value from keys
        union select 'phone', phone from keys
        union select 'phone', split_part(phone, ';', 1) from keys
        union select 'address', address from keys
     ),
     asked as (
        select kind, value from plain
        union all select kind, contact_digest(value) from plain
     )
     select b.id, b.kind, b.contact, b.reason, u.username, b.at
     from asked
     join blocked_contacts b on b.kind = asked.kind and b.value = asked.value
     join users u on u.id = b.staff_id
     order by b.id"
}
