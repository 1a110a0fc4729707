//! The catalog: what the shop shows and sells. SPUs on the shelves of a tree of categories, each with the SKUs that can
//! be bought.

mod offers;
mod queries;
mod shelf;

pub use offers::{Offer, offers};
pub use queries::departments;
pub use shelf::Catalog;
