//! What leads from one product to others: products that were bought together, others of the same category, and those
//! that the visitor has seen before.

mod queries;
mod seen;

pub(super) use queries::{bought_together, cards_by_language};
pub use queries::{follow_related, related_goods};
pub use seen::{remember_seen, seen_before};
