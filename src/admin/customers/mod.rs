//! Pages about customers: the list, and a customer with orders, addresses, notes, reviews and questions.

mod customer;
mod decisions;
mod list;
mod look_limit;
mod masking;

use serde_json::json;

use super::audit_context::{AuditContext, Diff};
use crate::{
    accounts::{Role, StaffRequest},
    audit::AuditAction,
    platform::db::{Connection, DbError},
};

pub use customer::customer;
pub use decisions::{add_note, close, erase, export_data, remove_note, reopen};
pub use list::{customers, export};

const PATH: &str = "/admin/customers";

/// Returns whether the member of staff sees email addresses, phone numbers and streets unmasked: only admins do.
fn sees_contacts(staff: &StaffRequest) -> bool {
    staff.user.role() >= Role::Admin
}

/// Adds an entry to the audit log that a member of staff has opened a page with personal data. `target` is the
/// customer's username, empty for the list; `filter` has the searched words.
fn record_look(
    conn: &mut Connection,
    audit: &AuditContext,
    (action, target): (AuditAction, &str),
    filter: Option<&str>,
) -> Result<(), DbError> {
    let after = filter.map_or_else(Diff::default, |filter| Diff::after(json!({ "filter": filter })));
    Ok(audit.record(conn, action, target, after)?)
}
