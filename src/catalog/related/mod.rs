//! Related products: those that were bought together with a product, and others of the same category.

mod queries;

pub(super) use queries::{bought_together, cards_by_language};
pub use queries::{follow_related, related_goods};
