//! Pages about customers: the list, and a customer with orders, addresses, notes, reviews and questions.

mod customer;
mod decisions;
mod list;
mod masking;

use serde_json::json;

use super::audit_context::{AuditContext, Diff};
use crate::{
    accounts::{Role, StaffRequest},
    audit::AuditAction,
    platform::db::{Connection, DbError},
    web::{Asker, Limit, PageError},
};

pub use customer::customer;
pub use decisions::{add_note, close, erase, export_data, remove_note, reopen};
pub use list::{customers, export};

const PATH: &str = "/admin/customers";

/// Returns whether the member of staff sees contacts in full.
fn sees_contacts(staff: &StaffRequest) -> bool {
    staff.user.role() >= Role::Admin
}

/// Counts a page with personal data that a member of staff opens.
///
/// # Errors
/// [`PageError::TooMany`] if too many were opened in the last hour; that is in the security log.
async fn count_look(staff: &StaffRequest) -> Result<(), PageError> {
    Limit::Customers.hit_or_refuse(&staff.http, &staff.redis, Asker::User(staff.user.id)).await
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
