//! Erases a shopper's data from the database in one transaction. Erasing a shopper twice does no harm.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::ERASE_CUSTOMER;
use crate::{
    accounts::{self, ErasedPerson},
    audit::{self, EntriesToErase},
    fapiao, fulfillment, invoices,
    kernel::{OrderNumber, UserId},
    order_mails,
    orders::{self, OpenOrder},
    payments,
    platform::{outbox, outbox_errors},
    questions::{self, WaitingForAnswer},
    reviews, stock,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasureOutcome {
    Erased,
    /// The shopper has open orders or unanswered questions; nothing was changed.
    Open(OpenMatters),
    /// There is no shopper with this id, or the account is one of staff, which cannot be erased.
    NotAShopper,
}

/// The reasons why a shopper cannot be erased yet; none if both lists are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenMatters {
    /// Orders that are not completed.
    pub orders: Vec<OpenOrder>,
    /// Questions that staff have not answered.
    pub questions: Vec<WaitingForAnswer>,
}

impl OpenMatters {
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.questions.is_empty()
    }
}

/// The maximum number of orders, and of questions, that [`OpenMatters`] lists.
const MAX_OPEN_SHOWN: i64 = 20;

/// Returns the username of an account after its erasure. Nobody can choose such a name, because usernames cannot
/// contain `#`.
pub fn erased_name(id: UserId) -> String {
    format!("erased#{id}")
}

/// Erases the name, contacts, texts and pictures of a shopper from all tables. What was bought, when and for how much
/// stays, so that no figure changes. Also enqueues a job that later erases the data in Redis, and once more what
/// requests in progress may have stored meanwhile.
pub fn erase_customer(conn: &mut PgConnection, id: UserId, now: DateTime<Utc>) -> QueryResult<ErasureOutcome> {
    // Orders before all else, as everywhere. The row of the user comes last.
    let Some(user) = accounts::lock_for_erasure(conn, id)? else { return Ok(ErasureOutcome::NotAShopper) };
    let numbers = orders::lock_orders_of(conn, id)?;
    let was_erased = accounts::is_erased(conn, id)?;
    let mut open = OpenMatters { orders: orders::open_orders_of(conn, id, MAX_OPEN_SHOWN)?, ..OpenMatters::default() };
    if !was_erased {
        open.questions = questions::waiting_for_answer(conn, id, &user.email, MAX_OPEN_SHOWN)?;
    }
    if !open.is_empty() {
        return Ok(ErasureOutcome::Open(open));
    }
    let person = accounts::person_to_erase(conn, &user)?;
    audit::allow_erasing(conn)?;
    erase_in_domains(conn, &person, &numbers, now)?;
    if !was_erased {
        outbox::enqueue(conn, ERASE_CUSTOMER, vec![json!({ "user": id.0 })], now)?;
    }
    Ok(ErasureOutcome::Erased)
}

/// Calls the erasure of each domain that stores data of shoppers. The test `every_column_with_text_is_judged` fails if
/// a new column is not considered. Month reports need no erasure: they have only products and sums.
fn erase_in_domains(
    conn: &mut PgConnection,
    person: &ErasedPerson,
    numbers: &[OrderNumber],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let id = person.id;
    let mut targets: Vec<String> = numbers.iter().map(OrderNumber::to_string).collect();
    targets.extend(payments::erase_payments(conn, id)?);
    fulfillment::erase_fulfillment(conn, id, &person.texts)?;
    invoices::erase_invoices(conn, id, now)?;
    invoices::delete_buyers(conn, id)?;
    fapiao::erase_requests(conn, id, now)?;
    order_mails::erase_order_mails(conn, id)?;
    stock::erase_movement_notes(conn, id)?;
    let questions = questions::erase_questions(conn, id, &person.email)?;
    outbox_errors::erase_errors(conn, &person.texts.emails, &person.texts.phones)?;
    let entries = EntriesToErase {
        targets,
        questions: questions.iter().map(ToString::to_string).collect(),
        name: person.username.clone(),
        new_name: erased_name(id),
        texts: person.texts.clone(),
    };
    audit::erase_entries(conn, entries)?;
    super::notes::delete_notes(conn, id)?;
    // Blocked contacts are found by the addresses of the orders, so before these are erased.
    accounts::digest_blocked_contacts(conn, id)?;
    orders::erase_orders(conn, id)?;
    reviews::erase_reviews(conn, id)?;
    accounts::erase_account(conn, person)?;
    orders::refresh_search_of(conn, id)?;
    super::refreshing::refresh_customer(conn, id)
}
