//! Forms of the pages on which staff edit products. In the lists of options and SKUs, each row keeps what was typed
//! into it and its errors.

mod options;
mod skus;

use super::model::{ExistingOrNew, ProductDetailsInput, ProductFilter, ProductSearch};
use crate::{
    catalog::{
        forms::{MAX_TAXON_NAME_LEN, localized_name, name_field, slug},
        localized_name::LocalizedName,
    },
    kernel::{Language, text},
    messages::Messages,
    web::{Fields, Form},
};

pub use options::{OptionFields, OptionValueFields, option_fields};
pub use skus::{SkuFields, sku_fields};

const MAX_PRODUCT_NAME_LEN: usize = 200;

/// Reads `name_en`, `name_zh`, `description_en`, `description_zh`, `category_id` or `new_category`, `brand_id` or
/// `new_brand`, and `slug`. The name in the language `main` and a category are required. Returns `None`, with errors in
/// the form, if a field is wrong.
pub fn read_product_details(form: &mut Form, main: Language, t: Messages) -> Option<ProductDetailsInput> {
    let name = localized_name(form, MAX_PRODUCT_NAME_LEN, main, t);
    let description_en = form.lines("description_en", 0..=5000, t);
    let description_zh = form.lines("description_zh", 0..=5000, t);
    let category = match new_taxon_name(form, "new_category", main, t) {
        Some(None) => form.parsed("category_id", t.products_choose(), t).map(ExistingOrNew::Existing),
        new => new.flatten().map(ExistingOrNew::New),
    };
    let brand = match new_taxon_name(form, "new_brand", main, t) {
        Some(None) if form.value("brand_id").is_empty() => Some(None),
        Some(None) => form.parsed("brand_id", t.products_choose(), t).map(|id| Some(ExistingOrNew::Existing(id))),
        new => new.flatten().map(|name| Some(ExistingOrNew::New(name))),
    };
    let slug = slug(form, main, t);
    let (name, description) = (name?, LocalizedName { en: description_en?, zh: description_zh? });
    let other = main.other();
    if name.of(other).is_empty() && !description.of(other).is_empty() {
        form.fail(name_field(other), t.products_name_of_description_needed());
        return None;
    }
    Some(ProductDetailsInput { name, description, category: category?, brand: brand?, slug: slug? })
}

/// Reads the name of a new category or brand. Returns `Some(None)` if the field is empty; `None`, with an error in the
/// form, if the name is invalid.
fn new_taxon_name(form: &mut Form, field: &'static str, main: Language, t: Messages) -> Option<Option<LocalizedName>> {
    let name = form.line(field, 0..=MAX_TAXON_NAME_LEN, t)?;
    Some((!name.is_empty()).then(|| LocalizedName::only(main, name)))
}

impl ProductSearch {
    /// Returns whether the search has no condition, so that all products match.
    pub fn is_for_everything(&self) -> bool {
        self.words.is_empty() && self.category.is_none() && self.brand.is_none() && self.show == ProductFilter::All
    }

    /// Reads `q`, `category`, `brand` and `show` of a search. Ignores invalid values, and truncates a long `q`.
    pub fn read(query: &Fields) -> Self {
        let show = ProductFilter::ALL.into_iter().find(|show| show.code() == query.get("show"));
        Self {
            words: text::search_words(query.get("q"), 100, 8),
            category: query.get("category").parse().ok(),
            brand: query.get("brand").parse().ok(),
            show: show.unwrap_or(ProductFilter::All),
        }
    }
}
