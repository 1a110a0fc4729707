//! Who did what behind the counter. Each write of staff is one row of `staff_actions`, in the transaction of the write
//! itself: what is not written down has not happened.

mod model;
mod pages;
mod queries;
mod words;

use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::Value;

use crate::{
    kernel::UserId,
    schema::{staff_actions, users},
};

pub use model::{JournalFilter, JournalRow};
pub use pages::journal;
pub use queries::journal_rows;

/// Something that a member of staff does, about to be written down.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = staff_actions)]
pub struct NewStaffAction {
    /// Who.
    pub staff_id: UserId,
    /// What, as a name in code: `move_stock`.
    pub what: &'static str,
    /// Which thing, as staff call it: a SKU's code, a username. At most 200 characters.
    pub subject: String,
    /// What it was, by field.
    pub before: Option<Value>,
    /// What it is now, by field.
    pub after: Option<Value>,
    /// The address the request came from; none on the command line.
    pub came_from: Option<String>,
}

/// Writes it down, in the caller's transaction. Whoever asked for it must still be of the staff: what they sent may have waited for a row
/// while their account was closed.
///
/// # Errors
/// The database's own; they are not, and then nothing may happen.
pub fn record(conn: &mut PgConnection, action: &NewStaffAction) -> QueryResult<()> {
    debug_assert!(words::can_be_read(action.what, [action.before.as_ref(), action.after.as_ref()]), "{action:?}");
    // The shop itself, which ends what somebody began, comes from nowhere.
    if action.came_from.is_some() {
        let staff = users::table.find(action.staff_id).filter(users::role.ne("shopper"));
        staff.filter(users::disabled_at.is_null()).select(users::id).first::<UserId>(conn)?;
    }
    diesel::insert_into(staff_actions::table).values(action).execute(conn)?;
    Ok(())
}

/// Writes down what an operator did on the command line, where nobody is signed in; in the caller's transaction.
pub fn record_operators(
    conn: &mut PgConnection,
    what: &'static str,
    subject: &str,
    before: Option<Value>,
    after: Option<Value>,
) -> QueryResult<()> {
    debug_assert!(words::can_be_read(what, [before.as_ref(), after.as_ref()]), "{what}: {before:?}, {after:?}");
    let action = (
        staff_actions::what.eq(what),
        staff_actions::subject.eq(subject),
        staff_actions::before.eq(before),
        staff_actions::after.eq(after),
    );
    diesel::insert_into(staff_actions::table).values(action).execute(conn)?;
    Ok(())
}
