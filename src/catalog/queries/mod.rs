//! Queries of the catalog pages. Except for those in `gone`, they return only SKUs on sale: active ones of published
//! SPUs.

mod category;
mod directory;
mod gone;
mod home;
mod product;
mod redirects;
mod sitemap;

pub(crate) use category::category;
pub use directory::{Brand, CategoryNode, brands, category_subtree, category_tree};
pub(crate) use gone::gone_product;
pub(crate) use home::home;
pub(crate) use product::products;
pub(crate) use redirects::{FormerSlug, former_category_slug};
pub(crate) use sitemap::{
    ProductRange, SitemapProduct, category_slugs, changed_at, next_products, ranges, sitemap_products,
};
