//! The catalog: what the shop shows and sells. SPUs on the shelves of a tree of categories, each with the SKUs that can
//! be bought.

mod offers;

pub use offers::{Offer, offers};
