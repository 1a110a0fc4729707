//! The category tree and the brands, as staff edit them.

mod brands;
mod categories;
mod defaults;
mod forms;
mod model;
mod queries;
mod translations;

pub(in crate::catalog) use brands::insert_brand;
pub use brands::{create_brand, remove_brand, save_brand};
pub(in crate::catalog) use categories::insert_category;
pub use categories::{create_category, place_category, remove_category, save_category};
pub use defaults::{LOW_STOCK_DEFAULTS, write_low_stock_defaults};
pub(in crate::catalog) use defaults::{default_low_stock_at, lock_category_tree, lock_category_tree_shared};
pub use forms::{brand_details, category_details};
pub use model::{BrandDetails, BrandListItem, CategoryDetails, CategoryListItem, MoveDirection, Versioned};
pub use queries::{brand_details_of, brand_lines, category_details_of, category_lines};
