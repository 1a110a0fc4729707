//! The catalog: what the shop shows and sells. SPUs on the shelves of a tree of categories, each with the SKUs that can
//! be bought.

mod model;
mod offers;
mod pages;
mod picker;
mod queries;
mod rules;
mod shelf;

pub use offers::{Offer, offers};
pub use pages::{category, home, product, search, sitemap};
pub use queries::{Branch, Maker, branch, category_tree, departments, makers};
pub use shelf::Catalog;
