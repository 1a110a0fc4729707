//! Fields that several forms of the catalog have: names, slugs, and chosen option values.

use super::{
    localized_name::LocalizedName,
    model::{Product, ProductOption},
    rules::{self, RequestedSku, SkuChoice},
    slugs::{MAX_SLUG_LEN, is_slug, slug_of},
};
use crate::{
    kernel::{Language, OptionValueId, text::has_chinese},
    messages::Messages,
    web::{Fields, Form},
};

/// The maximum length of the name of a category or brand, in characters.
pub(super) const MAX_TAXON_NAME_LEN: usize = 100;

pub(super) fn name_field(language: Language) -> &'static str {
    match language {
        Language::En => "name_en",
        Language::Zh => "name_zh",
    }
}

/// Reads `name_en` and `name_zh`, each at most `max` characters; the name in the language `main` is required. Returns
/// `None`, with errors in the form, if one is wrong.
pub(super) fn localized_name(form: &mut Form, max: usize, main: Language, t: Messages) -> Option<LocalizedName> {
    let least = |language| usize::from(language == main);
    let en = form.line("name_en", least(Language::En)..=max, t);
    let zh = form.line("name_zh", least(Language::Zh)..=max, t);
    Some(LocalizedName { en: en?, zh: zh? })
}

/// Reads `slug`; if that is empty, makes a slug from the English name. Returns `Some(None)` if there is only a Chinese
/// name: the stored slug then stays, or a new row gets a numbered one. Returns `None`, with an error in the form, if
/// the slug is invalid.
pub(super) fn slug(form: &mut Form, main: Language, t: Messages) -> Option<Option<String>> {
    let typed = form.value("slug");
    let (en, zh) = (form.value("name_en"), form.value("name_zh"));
    let slug = if typed.is_ascii() && !typed.is_empty() {
        typed.to_owned()
    } else if !typed.is_empty() {
        // Turned into a slug as far as possible; if nothing is left, the error shows it as typed.
        Some(slug_of(typed)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| typed.to_owned())
    } else if en.is_empty() && main == Language::Zh && !zh.is_empty() {
        let made = slug_of(zh);
        if has_chinese(zh) || made.is_empty() {
            return Some(None);
        }
        made
    } else {
        slug_of(en)
    };
    if is_slug(&slug) {
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

impl Product {
    /// Returns the SKU that a product page with these query parameters shows; `None` if the product has none.
    pub fn choose_sku(&self, query: &Fields) -> Option<SkuChoice<'_>> {
        rules::choose_sku(&self.skus, &RequestedSku::of(self, query))
    }
}

impl RequestedSku {
    /// Reads the query parameters `sku`, `was`, and `o{option id}={value id}` for each option. An invalid one is
    /// treated as missing.
    pub fn of(product: &Product, fields: &Fields) -> Self {
        let value = |option: &ProductOption| fields.get(&format!("o{}", option.id)).parse().ok().map(OptionValueId);
        let sku = |name| fields.get(name).parse().ok();
        Self { sku: sku("sku"), was: sku("was"), values: product.options.iter().filter_map(value).collect() }
    }
}
