//! What leads from one product to others: products that were bought together, and others of the same category.

mod queries;

pub(super) use queries::{bought_together, cards_by_language};
pub use queries::{follow_related, related_goods};
