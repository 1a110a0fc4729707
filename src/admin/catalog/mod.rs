//! Pages of the catalog: products with their pictures, categories and brands.

mod brands;
mod categories;
mod edit_form;
mod missed_searches;
mod pictures;
mod product_edits;
mod product_list;
mod products;

use crate::{catalog::EditRefusal, messages::Messages};

pub use brands::{brand, brands, create_brand, new_brand, remove_brand, save_brand};
pub use categories::{
    categories, category, create_category, new_category, place_category, remove_category, save_category,
};

pub use missed_searches::missed_searches;
pub use pictures::{add_picture, change_picture};
pub use product_edits::{create_product, publish_product, save_product, save_product_options, save_product_skus};
pub use product_list::products;
pub use products::{new_product, product};

/// Returns the form field to which the message of a refused edit of a category or brand belongs, and the message.
fn taxonomy_refusal(t: Messages, why: &EditRefusal) -> (&'static str, String) {
    match why {
        EditRefusal::SlugTaken => ("slug", t.taxonomy_slug_taken().to_owned()),
        EditRefusal::CategoryGone => ("parent_id", t.products_choose().to_owned()),
        EditRefusal::BelowItself => ("parent_id", t.category_below_itself().to_owned()),
        EditRefusal::TooDeep => ("parent_id", t.category_too_deep().to_owned()),
        EditRefusal::InUse => ("slug", t.taxonomy_in_use().to_owned()),
        // Only products are refused for these reasons.
        EditRefusal::BrandGone | EditRefusal::CodeTaken(_) | EditRefusal::NothingToSell => {
            ("slug", t.products_choose().to_owned())
        }
    }
}
