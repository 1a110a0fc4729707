use diesel::{PgConnection, QueryResult, prelude::*};
use serde_json::Value;

use super::model::{AuditAction, AuditField, NewAuditEntry};
use crate::{
    kernel::UserId,
    schema::{audit_log, users},
};

/// Adds an entry to the audit log.
///
/// # Errors
/// `NotFound` if the entry's user is no longer active staff: the account may have been disabled while the request
/// waited for a lock. The caller must roll back its transaction. Entries of background jobs are not checked.
pub fn record(conn: &mut PgConnection, entry: &NewAuditEntry) -> QueryResult<()> {
    debug_assert!(has_known_fields([entry.before.as_ref(), entry.after.as_ref()]), "{entry:?}");
    // Entries without an address are from background jobs, which complete what a member of staff started.
    if entry.ip_address.is_some() {
        let staff = users::table.find(entry.staff_id).filter(users::role.ne("shopper"));
        staff.filter(users::disabled_at.is_null()).select(users::id).first::<UserId>(conn)?;
    }
    diesel::insert_into(audit_log::table).values(entry).execute(conn)?;
    Ok(())
}

/// Adds an entry for a change made on the command line, where nobody is signed in. `target` is the changed object.
pub fn record_by_operator(
    conn: &mut PgConnection,
    action: AuditAction,
    target: &str,
    before: Option<Value>,
    after: Option<Value>,
) -> QueryResult<()> {
    debug_assert!(has_known_fields([before.as_ref(), after.as_ref()]), "{action:?}: {before:?}, {after:?}");
    let entry = (
        audit_log::action.eq(action.code()),
        audit_log::target.eq(target),
        audit_log::before.eq(before),
        audit_log::after.eq(after),
    );
    diesel::insert_into(audit_log::table).values(entry).execute(conn)?;
    Ok(())
}

/// Returns whether each field of these JSON objects is an [`AuditField`], so that the page has a label for it. Fields
/// with an object as value are not checked: their names are SKU codes.
fn has_known_fields(recorded: [Option<&Value>; 2]) -> bool {
    let mut fields = recorded.into_iter().flatten().filter_map(Value::as_object).flatten();
    fields.all(|(field, value)| value.is_object() || AuditField::from_code(field).is_some())
}
