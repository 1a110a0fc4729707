//! Forms of categories and brands.

use super::model::{BrandDetails, CategoryDetails};
use crate::{
    catalog::forms::{MAX_TAXON_NAME_LEN, localized_name, slug},
    kernel::Language,
    messages::Messages,
    web::Form,
};

const MAX_LOW_STOCK_AT: i32 = 1_000_000;

/// Reads `name_en`, `name_zh`, `slug`, `parent_id` and `low_stock_at` of a category; the name in the language `main` is
/// required. `None`, with errors in the form, if a field is wrong.
pub fn category_details(form: &mut Form, main: Language, t: Messages) -> Option<CategoryDetails> {
    let named = localized_name(form, MAX_TAXON_NAME_LEN, main, t);
    let slug = slug(form, main, t);
    let parent = optional(form, "parent_id", t.products_choose(), t);
    let low = optional::<i32>(form, "low_stock_at", t.stock_low_wrong(), t);
    if low.flatten().is_some_and(|low| !(0..=MAX_LOW_STOCK_AT).contains(&low)) {
        form.fail("low_stock_at", t.stock_low_wrong());
        return None;
    }
    Some(CategoryDetails { name: named?, slug: slug?.unwrap_or_default(), parent_id: parent?, low_stock_at: low? })
}

/// Reads `name_en`, `name_zh` and `slug` of a brand; the name in the language `main` is required. `None`, with errors
/// in the form, if a field is wrong.
pub fn brand_details(form: &mut Form, main: Language, t: Messages) -> Option<BrandDetails> {
    let named = localized_name(form, MAX_TAXON_NAME_LEN, main, t);
    let slug = slug(form, main, t);
    Some(BrandDetails { name: named?, slug: slug?.unwrap_or_default() })
}

/// Parses a field that may be empty. Returns `Some(None)` if it is; `None`, with the error message `words` in the form,
/// if the field is invalid.
fn optional<V: std::str::FromStr>(form: &mut Form, field: &'static str, words: &str, t: Messages) -> Option<Option<V>> {
    if form.value(field).is_empty() { Some(None) } else { form.parsed(field, words, t).map(Some) }
}
