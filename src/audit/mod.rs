//! The audit log: who changed what, when and from where. Each change by staff adds a row to `audit_log` in its own
//! transaction. Rows are never changed or deleted.

mod actions;
mod model;
mod queries;

pub use actions::{record, record_by_operator};
pub use model::{AuditAction, AuditEntry, AuditField, AuditFilter, NewAuditEntry};
pub use queries::{audit_entries, recorded_actions};
