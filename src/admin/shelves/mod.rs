//! Categories and brands behind the counter.

mod brands;
mod categories;

use crate::{catalog::EditRefusal, messages::Messages};

pub use brands::{brand, brands, create_brand, new_brand, remove_brand, save_brand};
pub use categories::{
    categories, category, create_category, new_category, place_category, remove_category, save_category,
};

/// Why not, and which field that is said beside.
fn refused(t: Messages, why: &EditRefusal) -> (&'static str, String) {
    match why {
        EditRefusal::SlugTaken => ("slug", t.taxonomy_slug_taken().to_owned()),
        EditRefusal::CategoryGone => ("parent_id", t.products_choose().to_owned()),
        EditRefusal::BelowItself => ("parent_id", t.category_below_itself().to_owned()),
        EditRefusal::TooDeep => ("parent_id", t.category_too_deep().to_owned()),
        EditRefusal::InUse => ("slug", t.taxonomy_in_use().to_owned()),
        // Said of goods alone.
        EditRefusal::BrandGone | EditRefusal::CodeTaken(_) | EditRefusal::NothingToSell => {
            ("slug", t.products_choose().to_owned())
        }
    }
}
