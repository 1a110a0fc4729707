//! Queries of the catalog pages. Except for those in `gone`, they return only SKUs on sale: active ones of published
//! SPUs.

mod cards;
mod category;
mod directory;
mod gone;
mod home;
mod product;
mod sitemap;

pub(crate) use cards::{cards, sorted_cards};
pub(crate) use category::{category, spus_below};
pub use directory::{Brand, CategoryNode, brands, category_subtree, category_tree};
pub(crate) use gone::gone_product;
pub(crate) use home::home;
pub(crate) use product::products;
pub(crate) use sitemap::sitemap;
