//! Pages that show how the shop runs: dashboard, audit log, background jobs, reconciliation, rate limits.

mod audit_labels;
mod audit_log;
mod dashboard;
mod outbox;
mod rate_limits;
mod reconciliation;
mod revenue_chart;
mod tasks;

pub use audit_log::audit_log;
pub use dashboard::dashboard;
pub use outbox::{outbox, retry_job, retry_jobs};
pub use rate_limits::rate_limits;
pub use reconciliation::{reconciliation, run_reconciliation};
