//! Pages that watch how the shop runs.

mod audit_labels;
mod audit_log;

pub use audit_log::audit_log;
