//! Categories and brands behind the counter.

mod brands;
mod categories;

use crate::{catalog::Refused, messages::Messages};

pub use brands::{brand, brands, create_brand, new_brand, remove_brand, save_brand};
pub use categories::{
    categories, category, create_category, new_category, place_category, remove_category, save_category,
};

/// Why not, and which field that is said beside.
fn refused(t: Messages, why: &Refused) -> (&'static str, String) {
    match why {
        Refused::SlugTaken => ("slug", t.taxonomy_slug_taken().to_owned()),
        Refused::CategoryGone => ("parent_id", t.products_choose().to_owned()),
        Refused::BelowItself => ("parent_id", t.category_below_itself().to_owned()),
        Refused::TooDeep => ("parent_id", t.category_too_deep().to_owned()),
        Refused::InUse => ("slug", t.taxonomy_in_use().to_owned()),
        // Said of goods alone.
        Refused::BrandGone | Refused::CodeTaken(_) | Refused::NothingToSell => ("slug", t.products_choose().to_owned()),
    }
}
