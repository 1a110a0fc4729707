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

/// Returns whether the member of staff sees contacts in full.
fn sees_contacts(staff: &StaffRequest) -> bool {
    staff.user.role() >= Role::Admin
}

/// Records that a member of staff looks at personal data, and on which page; for a search, with what was searched for.
fn record_look(
    conn: &mut Connection,
    audit: &AuditContext,
    (action, target): (AuditAction, &str),
    filter: Option<&str>,
) -> Result<(), DbError> {
    let after = filter.map_or_else(Diff::default, |filter| Diff::after(json!({ "filter": filter })));
    Ok(audit.record(conn, action, target, after)?)
}
