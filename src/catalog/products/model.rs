//! Products as staff see and edit them.

use chrono::{DateTime, Utc};

use crate::{
    audit::AuditAction,
    kernel::{BrandId, CategoryId, Language, Money, OptionId, OptionValueId, SkuId, SpuId},
};

/// A name in all languages. The main language is always filled in, and is shown where the other one is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalizedName {
    pub en: String,
    pub zh: String,
}

impl LocalizedName {
    /// The name in one language alone.
    pub fn only(language: Language, name: String) -> Self {
        let mut named = Self::default();
        *named.slot(language) = name;
        named
    }

    /// The name that a page in this language shows.
    pub fn words(&self, language: Language) -> &str {
        let (asked, other) = (self.of(language), self.of(language.other()));
        if asked.is_empty() { other } else { asked }
    }

    /// The name in exactly this language; may be empty.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }

    /// Both languages in one line: "Blue | 蓝色".
    pub fn both(&self) -> String {
        if self.en.is_empty() || self.zh.is_empty() {
            return self.words(Language::En).to_owned();
        }
        format!("{} | {}", self.en, self.zh)
    }

    /// Whether it is empty in all languages.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.zh.is_empty()
    }

    /// Reads the name of a row that has one text itself and others in `texts`, each with its language code. The text
    /// of the row is in the main language, unless there is a translation into that: then the row was written while
    /// the other language was the main one.
    pub(in crate::catalog) fn read(own: &str, translations: &[(&str, &str)], main: Language) -> Self {
        let translated = |language: Language| {
            let found = translations.iter().find(|(code, words)| *code == language.code() && !words.is_empty());
            found.map(|(_, words)| *words)
        };
        let (in_main, in_other) = match (translated(main), translated(main.other())) {
            (None, other) => (own, other.unwrap_or_default()),
            (Some(words), other) => (words, other.unwrap_or(if own == words { "" } else { own })),
        };
        let mut named = Self::only(main, in_main.to_owned());
        in_other.clone_into(named.slot(main.other()));
        named
    }

    fn slot(&mut self, language: Language) -> &mut String {
        match language {
            Language::En => &mut self.en,
            Language::Zh => &mut self.zh,
        }
    }
}

/// The category or brand of a product: an existing one, or one to be created with the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExistingOrNew<I> {
    Existing(I),
    /// A new one with this name, unless one with that name exists: then that is used.
    New(LocalizedName),
}

/// The details of an SPU, as typed by staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDetailsInput {
    pub name: LocalizedName,
    /// Plain text; blank lines separate paragraphs. Both languages may be empty.
    pub description: LocalizedName,
    pub category: ExistingOrNew<CategoryId>,
    pub brand: Option<ExistingOrNew<BrandId>>,
    /// `None` keeps the slug; a new SPU gets one made of a number.
    pub slug: Option<String>,
}

/// A category or brand that was created with a product, for the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTaxon {
    /// [`AuditAction::CreateCategory`] or [`AuditAction::CreateBrand`].
    pub action: AuditAction,
    pub slug: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedProduct {
    pub id: SpuId,
    pub slug: String,
    /// The category and brand that were created with it.
    pub created_taxa: Vec<CreatedTaxon>,
}

/// The details of an SPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDetails {
    pub name: LocalizedName,
    pub description: LocalizedName,
    pub category_id: CategoryId,
    pub brand_id: Option<BrandId>,
    /// Unique; used in URLs and in the audit log.
    pub slug: String,
}

/// An SPU with everything that staff can edit.
#[derive(Clone, Debug)]
pub struct EditableProduct {
    pub id: SpuId,
    /// Incremented by each edit.
    pub version: i32,
    /// Whether shoppers see it.
    pub published: bool,
    pub details: ProductDetails,
    pub options: Vec<EditableOption>,
    /// In ascending order of ids, active or not.
    pub skus: Vec<EditableSku>,
}

/// An option with its values, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditableOption {
    pub id: OptionId,
    pub name: LocalizedName,
    pub values: Vec<EditableOptionValue>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditableOptionValue {
    pub id: OptionValueId,
    pub name: LocalizedName,
}

/// A SKU as staff edit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditableSku {
    pub id: SkuId,
    /// The code on its label.
    pub code: String,
    pub price: Money,
    pub list_price: Option<Money>,
    /// Whether it is on sale, provided that its SPU is published.
    pub active: bool,
    pub stock: i32,
    /// One value of each option, in any order.
    pub values: Vec<OptionValueId>,
}

/// An option as typed: an existing or a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionInput {
    /// `None` for a new one.
    pub id: Option<OptionId>,
    pub name: LocalizedName,
    /// All its values, existing and new.
    pub values: Vec<OptionValueInput>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionValueInput {
    /// `None` for a new one.
    pub id: Option<OptionValueId>,
    pub name: LocalizedName,
}

/// A SKU as typed: an existing one, or a new one with these option values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkuInput {
    /// `None` for a new one.
    pub id: Option<SkuId>,
    /// Of a new SKU: one value of each option, in the order of the options.
    pub values: Vec<OptionValueId>,
    pub code: String,
    pub price: Money,
    pub list_price: Option<Money>,
    pub active: bool,
}

/// A change of a SKU's price, as the price history shows it.
#[derive(Clone, Debug)]
pub struct PriceChange {
    pub at: DateTime<Utc>,
    pub code: String,
    pub by: String,
    /// `None` if the SKU was created with this price.
    pub old_price: Option<Money>,
    pub price: Money,
    pub old_list_price: Option<Money>,
    pub list_price: Option<Money>,
}

/// Which products a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductFilter {
    All,
    Published,
    /// Not published, or not any more.
    Hidden,
}

impl ProductFilter {
    /// All values, in the order in which pages offer them.
    pub const ALL: [Self; 3] = [Self::All, Self::Published, Self::Hidden];

    /// Its name in a query string.
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Published => "published",
            Self::Hidden => "hidden",
        }
    }
}

#[derive(Clone, Debug)]
pub struct ProductSearch {
    /// Each must match a name, the slug, or the code of a SKU.
    pub words: Vec<String>,
    /// In this category or its descendants.
    pub category: Option<CategoryId>,
    pub brand: Option<BrandId>,
    pub show: ProductFilter,
}

#[derive(Clone, Debug)]
pub struct ProductListItem {
    pub id: SpuId,
    pub name: String,
    pub picture: Option<String>,
    pub background: String,
    /// The name of its brand; empty if it has none.
    pub brand: String,
    pub category: String,
    pub published: bool,
    pub skus: i64,
    /// The number of its active SKUs.
    pub active: i64,
    /// The lowest and the highest price of its active SKUs.
    pub prices: Option<(Money, Money)>,
    /// The stock of all its SKUs.
    pub stock: i64,
}

/// A category in a select box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryChoice {
    pub id: CategoryId,
    /// Its name after the names of its ancestors.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_its_name_in_the_main_language_also_of_a_shop_that_has_changed_that() {
        let read = |own, translations: &[(&str, &str)], main| {
            let LocalizedName { en, zh } = LocalizedName::read(own, translations, main);
            (en, zh)
        };
        let said = |en: &str, zh: &str| (en.to_owned(), zh.to_owned());
        assert_eq!(read("Teapot", &[("zh", "茶壶")], Language::En), said("Teapot", "茶壶"));
        assert_eq!(read("Teapot", &[("zh", "茶壶")], Language::Zh), said("Teapot", "茶壶"));
        assert_eq!(read("茶壶", &[("en", "Teapot")], Language::En), said("Teapot", "茶壶"));
        assert_eq!(read("茶壶", &[("en", "Teapot")], Language::Zh), said("Teapot", "茶壶"));
        assert_eq!(read("茶壶", &[], Language::Zh), said("", "茶壶"));
        assert_eq!(read("茶壶", &[], Language::En), said("茶壶", ""), "one name is that of the main language");
        assert_eq!(read("Sony", &[("zh", "Sony")], Language::En), said("Sony", "Sony"));
        assert_eq!(read("茶", &[("zh", "茶"), ("en", "Tea")], Language::Zh), said("Tea", "茶"));
    }

    #[test]
    fn a_page_shows_the_other_language_where_its_own_says_nothing() {
        let named = LocalizedName { en: String::new(), zh: "茶壶".into() };
        assert_eq!((named.words(Language::En), named.words(Language::Zh)), ("茶壶", "茶壶"));
    }
}
