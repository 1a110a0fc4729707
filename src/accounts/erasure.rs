//! Erasure of an account: everything by which its owner could be recognized.

use chrono::{Datelike, NaiveDate};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Text},
};

use super::model::{Role, User};
use crate::{
    kernel::{PersonTexts, UserId},
    platform::db::statement,
    schema::{
        addresses, low_stock_mails, low_stock_readers, second_factors, staff_mail_readers, staff_mails,
        staff_preferences, unwanted_mails, users,
    },
};

/// A shopper who is to be erased, and texts that name them.
#[derive(Clone, Debug)]
pub struct ErasedPerson {
    pub id: UserId,
    pub username: String,
    /// The email address; empty if the account was erased before.
    pub email: String,
    pub texts: PersonTexts,
}

/// Waits for checkouts of the shopper that are in progress, locks the account against new orders until the end of the
/// transaction, and loads it; `None` if there is no such shopper. Statements after this call see all orders of the
/// shopper.
pub fn lock_for_erasure(conn: &mut PgConnection, id: UserId) -> QueryResult<Option<User>> {
    LockOrders { id }.execute(conn)?;
    let shopper = users::table.find(id).filter(users::role.eq(Role::Shopper.code()));
    shopper.select(User::as_select()).first(conn).optional()
}

statement! {
    /// Takes the advisory lock that [`lock_ordering_users`](super::lock_ordering_users) only tries to take; waits until
    /// it is free.
    LockOrders(id: UserId as BigInt) -> () = "select pg_advisory_xact_lock(hashtextextended('till orders', " id "))"
}

/// Returns the shopper's id and the texts that name the shopper: the email address, and the phone numbers, names,
/// streets and addresses that stand in the shopper's address book and orders.
pub fn person_to_erase(conn: &mut PgConnection, user: &User) -> QueryResult<ErasedPerson> {
    let mut texts = PersonTexts::default();
    let email = user.email.to_lowercase();
    if !email.is_empty() {
        texts.emails.extend(spellings(&email));
    }
    let places: Vec<Place> = Places { id: user.id }.load(conn)?;
    for place in places {
        for phone in phones(&place) {
            if !texts.phones.contains(&phone) {
                texts.phones.push(phone);
            }
        }
        texts.addresses.push(place.address.clone());
        let (name, street) = (place.recipient.to_lowercase(), place.street.to_lowercase());
        if !name.is_empty() && !street.is_empty() {
            for (name, street) in spellings(&name).into_iter().zip(spellings(&street)) {
                texts.names.push(name);
                texts.streets.push(street);
            }
        }
    }
    Ok(ErasedPerson { id: user.id, username: user.username.clone(), email: user.email.clone(), texts })
}

/// Returns three spellings of a text: unchanged, as in a JSON string, and percent-encoded as in a URL.
fn spellings(text: &str) -> [String; 3] {
    let in_json = serde_json::Value::from(text).to_string();
    let in_json = in_json.trim_matches('"').to_owned();
    let in_url: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    [text.to_owned(), in_json, in_url.to_lowercase()]
}

/// Returns up to three spellings of a phone number, digits only: as typed, without the country code, and with the
/// country code of China (86). Leaves out spellings that are too short or could be a day.
fn phones(place: &Place) -> Vec<String> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let typed = digits(place.phone.split(';').next().unwrap_or_default());
    let key = digits(place.phone_key.split(';').next().unwrap_or_default());
    let in_china = format!("86{key}");
    let mut all = Vec::new();
    for phone in [typed, key, in_china] {
        if phone.len() >= PersonTexts::MIN_PHONE_LEN && !is_day(&phone) && !all.contains(&phone) {
            all.push(phone);
        }
    }
    all
}

/// Returns whether eight digits could be a day from 1900 to 2099, such as 20261130. File names contain such days, so a
/// phone number that looks like one is not searched for.
fn is_day(digits: &str) -> bool {
    digits.len() == 8 && NaiveDate::parse_from_str(digits, "%Y%m%d").is_ok_and(|day| (1900..2100).contains(&day.year()))
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    recipient: String,
    #[diesel(sql_type = Text)]
    phone: String,
    #[diesel(sql_type = Text)]
    phone_key: String,
    #[diesel(sql_type = Text)]
    street: String,
    #[diesel(sql_type = Text)]
    address: String,
}

statement! {
    Places(id: UserId as BigInt) -> [Place] =
    "select recipient, phone, coalesce(phone_key(phone), '') as phone_key, street, region || ' ' || street as address
     from (
        select recipient, phone, region, street from addresses where user_id = " id "
        union select recipient, phone, region, street from orders where user_id = " id " and recipient <> ''
     ) places"
}

/// Deletes everything that belongs to the account except orders, and blanks the username, email address and password,
/// so that nobody can sign in. Call it last: it locks the row of the user, which other transactions lock after orders.
pub fn erase_account(conn: &mut PgConnection, person: &ErasedPerson) -> QueryResult<()> {
    let id = person.id;
    diesel::delete(second_factors::table.find(id)).execute(conn)?;
    diesel::delete(unwanted_mails::table.filter(unwanted_mails::user_id.eq(id))).execute(conn)?;
    diesel::delete(low_stock_readers::table.find(id)).execute(conn)?;
    diesel::delete(low_stock_mails::table.filter(low_stock_mails::user_id.eq(id))).execute(conn)?;
    diesel::delete(staff_mail_readers::table.filter(staff_mail_readers::user_id.eq(id))).execute(conn)?;
    diesel::delete(staff_mails::table.filter(staff_mails::user_id.eq(id))).execute(conn)?;
    diesel::delete(staff_preferences::table.find(id)).execute(conn)?;
    EraseUser { id }.execute(conn)?;
    // After the user: who adds an address locks the user first.
    diesel::delete(addresses::table.filter(addresses::user_id.eq(id))).execute(conn)?;
    Ok(())
}

/// Replaces the shopper's blocked phone numbers, email and street addresses by salted digests, by which they stay
/// blocked. Returns how many were replaced.
pub fn digest_blocked_contacts(conn: &mut PgConnection, id: UserId) -> QueryResult<usize> {
    DigestBlockedContacts { id }.execute(conn)
}

statement! {
    EraseUser(id: UserId as BigInt) -> () =
    "update users
     set username = 'erased#' || id, email = '', password_hash = '', email_verified_at = null, signed_in_at = null,
        disabled_at = coalesce(disabled_at, clock_timestamp()), erased_at = coalesce(erased_at, clock_timestamp()),
        password_changed_at = clock_timestamp()
     where id = " id " and role = 'shopper'"
}

statement! {
    DigestBlockedContacts(id: UserId as BigInt) -> () =
    "with places as (
        select phone, region || ' ' || street as address from addresses where user_id = " id "
        union select phone, region || ' ' || street from orders where user_id = " id "
     ),
     keys as (
        select 'email' as kind, lower(email) as value from users where id = " id " and email <> ''
        union select 'phone', phone_key(phone) from places where phone <> ''
        union select 'phone', split_part(phone_key(phone), ';', 1) from places where phone <> ''
        union select 'address', address_key(address) from places
     ),
     gone as (
        delete from blocked_contacts b using keys k where b.kind = k.kind and b.value = k.value
        returning b.kind, b.value, b.staff_id, b.at
     )
     insert into blocked_contacts (kind, value, contact, reason, staff_id, at, erased_at)
     select kind, contact_digest(value), '-', '-', staff_id, at, clock_timestamp() from gone
     on conflict (kind, value) do nothing"
}

/// Returns whether this shopper was erased.
pub fn is_erased(conn: &mut PgConnection, id: UserId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(users::table.find(id).filter(users::erased_at.is_not_null()))).get_result(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_searched_for_in_its_ways_but_not_if_it_is_a_day() {
        let of = |phone: &str, key: &str| {
            phones(&Place {
                recipient: String::new(),
                phone: phone.to_owned(),
                phone_key: key.to_owned(),
                street: String::new(),
                address: String::new(),
            })
        };
        assert_eq!(of("+8613987654321", "13987654321"), ["8613987654321", "13987654321"]);
        assert_eq!(of("01065529988;ext=801", "1065529988;ext=801"), ["01065529988", "1065529988", "861065529988"]);
        assert_eq!(of("20261130", "20261130"), ["8620261130"]);
        assert_eq!(of("20261399", "20261399"), ["20261399", "8620261399"]);
        assert_eq!(of("1234", "1234"), Vec::<String>::new());
    }
}
