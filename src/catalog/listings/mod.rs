//! Lists of products (categories, all products, search results) with filters, counts and pages. They are read from the
//! table `listings`, which has one row for each product and each category that shows it. Triggers and jobs keep the
//! table up to date.

mod actions;
mod facets;
mod forms;
mod model;
mod queries;
mod rules;
mod view;

pub use actions::{
    CorrectedListings, check_listings, delete_ended_listings, follow_stock, rebuild_listings, refresh_listing_sales,
};
pub(crate) use forms::{FilterFields, ListRequest};
pub(crate) use model::{ListPager, ListedProduct, ProductListing, Source};
pub(crate) use queries::{best, list};
pub(crate) use view::ListView;
