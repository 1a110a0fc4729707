//! Bills: a gateway's list of the payments and refunds that it carried out on a day is compared with those of the shop.

mod actions;
mod model;
mod queries;
mod rules;
mod service;

pub use actions::{claim_bill, record_bill, record_bill_failure, skip_bills, want_bills};
pub use model::{BillCheck, BillCheckResult, BillReconciliation, BillTotals, ClaimedBill, RecordedBill};
pub use queries::last_bills;
pub use rules::{bill_due_at, retry_bill_at};
pub use service::{BillOutcome, reconcile_bill};
