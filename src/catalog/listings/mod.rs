//! Lists of products: categories, all products and the results of a search, filtered, counted and cut into pages. They
//! are read from the table `listings`, one row for each product and category that shows it, which triggers and the jobs
//! here keep.

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
