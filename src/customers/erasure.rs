//! The erasure of a shopper from the database, in one transaction. Doing it twice changes nothing.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::ERASE_CUSTOMER;
use crate::{
    accounts::{self, ErasedPerson},
    audit::{self, EntriesToErase},
    fulfillment,
    kernel::{OrderNumber, UserId},
    order_mails,
    orders::{self, OpenOrder},
    payments,
    platform::outbox,
    questions, reviews, stock,
};

/// The maximum number of open orders that a refusal names.
pub const MAX_OPEN_SHOWN: i64 = 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasureOutcome {
    Erased,
    /// These orders are not over; nothing was changed.
    Open(Vec<OpenOrder>),
    /// There is no such shopper. Accounts of staff are not erased.
    NotAShopper,
}

/// Returns the username that an account has after it was erased. Nobody can choose one with this character.
pub fn erased_name(id: UserId) -> String {
    format!("erased#{id}")
}

/// Erases what is kept of a shopper: afterwards no table has their name, their contacts, their words or their pictures.
/// What they bought, when and for how much stays, so that every figure is as before. Enqueues the job that erases the
/// same again a little later, when requests that are in progress now are over, and what is in Redis.
pub fn erase_customer(conn: &mut PgConnection, id: UserId, now: DateTime<Utc>) -> QueryResult<ErasureOutcome> {
    // Orders before all else, as everywhere. The row of the user comes last.
    let Some(user) = accounts::lock_for_erasure(conn, id)? else { return Ok(ErasureOutcome::NotAShopper) };
    let numbers = orders::lock_orders_of(conn, id)?;
    let open = orders::open_orders_of(conn, id, MAX_OPEN_SHOWN)?;
    if !open.is_empty() {
        return Ok(ErasureOutcome::Open(open));
    }
    let person = accounts::person_to_erase(conn, &user)?;
    audit::allow_erasing(conn)?;
    let was_erased = accounts::is_erased(conn, id)?;
    erase_in_domains(conn, &person, &user.username, &numbers)?;
    if !was_erased {
        outbox::enqueue(conn, ERASE_CUSTOMER, vec![json!({ "user": id.0 })], now)?;
    }
    Ok(ErasureOutcome::Erased)
}

/// Erases a person in each domain. A domain that keeps something about shoppers has its step here; the test
/// `every_column_with_text_is_judged` lists the columns.
fn erase_in_domains(
    conn: &mut PgConnection,
    person: &ErasedPerson,
    username: &str,
    numbers: &[OrderNumber],
) -> QueryResult<()> {
    let (id, words) = (person.id, person.words.as_slice());
    payments::erase_payments(conn, id)?;
    fulfillment::erase_fulfillment(conn, id, words)?;
    order_mails::erase_order_mails(conn, id)?;
    stock::erase_movement_notes(conn, id)?;
    let questions = questions::erase_questions(conn, id, &person.email)?;
    outbox::erase_errors(conn, words)?;
    let entries = EntriesToErase {
        targets: numbers.iter().map(OrderNumber::to_string).collect(),
        questions: questions.iter().map(ToString::to_string).collect(),
        name: username.to_owned(),
        new_name: erased_name(id),
        words: words.to_vec(),
    };
    audit::erase_entries(conn, &entries)?;
    super::notes::delete_notes(conn, id)?;
    // Blocked contacts are found by the addresses of the orders, so before these are erased.
    accounts::digest_blocked_contacts(conn, id)?;
    orders::erase_orders(conn, id)?;
    reviews::erase_reviews(conn, id)?;
    accounts::erase_account(conn, person)?;
    orders::refresh_search_of(conn, id)?;
    super::refreshing::refresh_customer(conn, id)
}
