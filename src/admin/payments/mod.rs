//! `/admin/payments`: payment attempts, the gateway's notifications about them, and what staff can do with them.

mod decisions;
mod exports;
pub(super) mod labels;
mod list;
mod payment;

pub use decisions::{give_otherwise, query, refund, retry, revive, settle};
pub use exports::export_payments;
pub(super) use list::list_of;
pub use list::payments;
pub use payment::payment;
