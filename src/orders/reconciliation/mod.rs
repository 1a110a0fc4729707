//! Reconciliation: checks that stock, sales and amounts of orders add up, and a record of each run.

mod checks;
mod runs;

pub use checks::{Check, CheckResult, Mismatch, run_checks};
pub use runs::{
    LastReconciliation, MAX_RECORDED_MISMATCHES, ReconciliationStatus, RecordedCheck, RecordedRun, Run,
    last_reconciliation, last_runs, lock_reconciliation, reconciliation_is_running, record_run, run_reconciliation,
    start_reconciliation,
};
