//! Forms of the product pages. Options and SKUs are edited in lists, so each row keeps what was typed into it and its
//! errors.

mod options;
mod skus;

use super::{
    model::{ExistingOrNew, LocalizedName, ProductDetailsInput, ProductFilter, ProductSearch},
    rules::{self, MAX_SLUG_LEN},
};
use crate::{
    catalog::taxonomy::MAX_NAME_LEN,
    kernel::{
        Language,
        text::{self, has_chinese},
    },
    messages::Messages,
    web::{Fields, Form},
};

pub use options::{OptionFields, OptionValueFields, option_fields};
pub use skus::{SkuFields, sku_fields};

const MAX_PRODUCT_NAME_LEN: usize = 200;

/// Reads `name_en`, `name_zh`, `description_en`, `description_zh`, `category_id` or `new_category`, `brand_id` or
/// `new_brand`, and `slug`. The name in the main language and a category are required.
pub fn read_product_details(form: &mut Form, main: Language, t: Messages) -> Option<ProductDetailsInput> {
    let name = named(form, MAX_PRODUCT_NAME_LEN, main, t);
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

/// The name of a new category or brand: `Some(None)` if the field is empty, `None` if it is invalid.
fn new_taxon_name(form: &mut Form, field: &'static str, main: Language, t: Messages) -> Option<Option<LocalizedName>> {
    let name = form.line(field, 0..=MAX_NAME_LEN, t)?;
    Some((!name.is_empty()).then(|| LocalizedName::only(main, name)))
}

fn name_field(language: Language) -> &'static str {
    match language {
        Language::En => "name_en",
        Language::Zh => "name_zh",
    }
}

/// Reads `name_en` and `name_zh`; the one in the main language is required.
pub(in crate::catalog) fn named(form: &mut Form, max: usize, main: Language, t: Messages) -> Option<LocalizedName> {
    let least = |language| usize::from(language == main);
    let en = form.line("name_en", least(Language::En)..=max, t);
    let zh = form.line("name_zh", least(Language::Zh)..=max, t);
    Some(LocalizedName { en: en?, zh: zh? })
}

/// Reads `slug`. If it is empty, a slug is made of `name_en`, or of `name_zh` if that is not Chinese. With a Chinese
/// name alone the result is `Some(None)`: the slug stays, or is numbered.
pub(in crate::catalog) fn slug(form: &mut Form, main: Language, t: Messages) -> Option<Option<String>> {
    let typed = form.value("slug");
    let (en, zh) = (form.value("name_en"), form.value("name_zh"));
    let slug = if typed.is_ascii() && !typed.is_empty() {
        typed.to_owned()
    } else if !typed.is_empty() {
        // Turned into a slug as far as possible; if nothing is left, the error shows it as typed.
        Some(rules::slug_of(typed)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| typed.to_owned())
    } else if en.is_empty() && main == Language::Zh && !zh.is_empty() {
        let made = rules::slug_of(zh);
        if has_chinese(zh) || made.is_empty() {
            return Some(None);
        }
        made
    } else {
        rules::slug_of(en)
    };
    if rules::is_slug(&slug) {
        return Some(Some(slug));
    }
    // An error of the name is shown at the name alone.
    if !slug.is_empty() {
        form.fail("slug", t.products_slug_wrong(MAX_SLUG_LEN));
    } else if form.error("name_en").is_none() && form.error("name_zh").is_none() {
        form.fail("slug", t.products_slug_needed());
    }
    None
}

impl ProductSearch {
    /// Whether the search has no condition.
    pub fn is_for_everything(&self) -> bool {
        self.words.is_empty() && self.category.is_none() && self.brand.is_none() && self.show == ProductFilter::All
    }

    /// Reads `q`, `category`, `brand` and `show`. Invalid values are ignored, and a long search is cut.
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
