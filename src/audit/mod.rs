//! The audit log: who changed what, when and from where. Each change by staff adds a row to `audit_log` in its own
//! transaction. Rows are never changed or deleted, except that the erasure of a person replaces the texts about that
//! person.

mod actions;
mod erasure;
mod model;
mod queries;

pub use actions::{record, record_by_operator};
pub use erasure::{EntriesToErase, allow as allow_erasing, erase as erase_entries};
pub use model::{AuditAction, AuditEntry, AuditField, AuditFilter, NewAuditEntry};
pub use queries::{audit_entries, recorded_actions};
