//! The audit log: who changed what, when and from where. Each change by staff writes one row of `audit_log` in the
//! transaction of the change itself, so that neither stands without the other. Rows are never changed or deleted.
//!
//! All functions return the database's error unchanged unless they say otherwise.

mod actions;
mod model;
mod queries;

pub use actions::{record, record_by_operator};
pub use model::{AuditAction, AuditEntry, AuditField, AuditFilter, NewAuditEntry};
pub use queries::{audit_entries, recorded_actions};
