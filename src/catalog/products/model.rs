//! Goods as staff see and write them.

use chrono::{DateTime, Utc};

use crate::{
    audit::AuditAction,
    kernel::{BrandId, CategoryId, Language, Money, OptionId, OptionValueId, SkuId, SpuId},
};

/// What something is called. One language is always there, the main one; where the other is empty, the main one stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalizedName {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl LocalizedName {
    /// The name in one language alone.
    pub fn only(language: Language, name: String) -> Self {
        let mut named = Self::default();
        *named.slot(language) = name;
        named
    }

    /// What a page in this language shows.
    pub fn words(&self, language: Language) -> &str {
        let (asked, other) = (self.of(language), self.of(language.other()));
        if asked.is_empty() { other } else { asked }
    }

    /// What stands in this language; may be empty.
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

    /// Whether nothing stands in any language.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.zh.is_empty()
    }

    /// What a row says that holds one text itself and others as translations, each with its language, where this is the
    /// main language. The row's own text is in the main language, unless there is a translation into that: then it was
    /// written while the other one was the main one.
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

/// A category or a brand of a product: one that is there, or one to be made with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExistingOrNew<I> {
    /// One that is there.
    Existing(I),
    /// A new one of this name; one that has the name already is taken instead.
    New(LocalizedName),
}

/// What staff type of an SPU itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDetailsInput {
    /// What it is called.
    pub name: LocalizedName,
    /// In paragraphs; both may be empty.
    pub description: LocalizedName,
    /// Where it stands.
    pub category: ExistingOrNew<CategoryId>,
    /// Who makes it, if anybody is named.
    pub brand: Option<ExistingOrNew<BrandId>>,
    /// Its name in addresses and in the audit log; none where it keeps the one it has, or gets one by its number.
    pub slug: Option<String>,
}

/// A category or a brand that was made together with a product, as the audit log tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTaxon {
    /// [`AuditAction::CreateCategory`] or [`AuditAction::CreateBrand`].
    pub action: AuditAction,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// A product that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedProduct {
    /// Which.
    pub id: SpuId,
    /// Its slug.
    pub slug: String,
    /// What was made with it.
    pub shelves: Vec<CreatedTaxon>,
}

/// What staff write of an SPU itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDetails {
    /// What it is called.
    pub name: LocalizedName,
    /// In paragraphs; both may be empty.
    pub description: LocalizedName,
    /// Where it stands.
    pub category_id: CategoryId,
    /// Who makes it, if anybody is named.
    pub brand_id: Option<BrandId>,
    /// Its name in addresses and in the journal; no other SPU has it.
    pub slug: String,
}

/// An SPU with everything staff can edit.
#[derive(Clone, Debug)]
pub struct EditableProduct {
    /// Which.
    pub id: SpuId,
    /// Rises with each edit.
    pub version: i32,
    /// Whether shoppers may see it.
    pub published: bool,
    /// The SPU itself.
    pub details: ProductDetails,
    /// What tells its SKUs apart, in order.
    pub options: Vec<EditableOption>,
    /// By ascending id, active or not.
    pub skus: Vec<EditableSku>,
}

/// An option with its values, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditableOption {
    /// Which.
    pub id: OptionId,
    /// "Colour".
    pub name: LocalizedName,
    /// "Blue", "black".
    pub values: Vec<EditableOptionValue>,
}

/// A value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditableOptionValue {
    /// Which.
    pub id: OptionValueId,
    /// "Blue".
    pub name: LocalizedName,
}

/// A SKU as staff edit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditableSku {
    /// Which.
    pub id: SkuId,
    /// What is printed on its label.
    pub code: String,
    /// For one.
    pub price: Money,
    /// Before it was reduced.
    pub list_price: Option<Money>,
    /// Whether it is on sale, where its SPU is published.
    pub active: bool,
    /// How many there are.
    pub stock: i32,
    /// One of each option, in no order.
    pub values: Vec<OptionValueId>,
}

/// An option as written: one that is there, or a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionInput {
    /// Which; none for a new one.
    pub id: Option<OptionId>,
    /// Its name.
    pub name: LocalizedName,
    /// All its values: those that are there, and new ones.
    pub values: Vec<OptionValueInput>,
}

/// A value as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionValueInput {
    /// Which; none for a new one.
    pub id: Option<OptionValueId>,
    /// Its name.
    pub name: LocalizedName,
}

/// A SKU as written: one that is there, or one to be made of these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkuInput {
    /// Which; none for a new one.
    pub id: Option<SkuId>,
    /// Of a new one: one of each option, in their order.
    pub values: Vec<OptionValueId>,
    /// What is printed on its label.
    pub code: String,
    /// For one.
    pub price: Money,
    /// Before it was reduced.
    pub list_price: Option<Money>,
    /// Whether it is on sale, where its SPU is published.
    pub active: bool,
}

/// One change of a SKU's price, as its history tells it.
#[derive(Clone, Debug)]
pub struct PriceChange {
    /// When.
    pub at: DateTime<Utc>,
    /// The SKU's code.
    pub code: String,
    /// Who.
    pub by: String,
    /// None where it was made with this price.
    pub old_price: Option<Money>,
    /// Since then.
    pub price: Money,
    /// Before.
    pub old_list_price: Option<Money>,
    /// Since then.
    pub list_price: Option<Money>,
}

/// Which goods a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductFilter {
    /// All of them.
    All,
    /// Those shoppers may see.
    Published,
    /// Those not published yet, or taken down.
    Hidden,
}

impl ProductFilter {
    /// All of them, in the order a page offers them.
    pub const ALL: [Self; 3] = [Self::All, Self::Published, Self::Hidden];

    /// As the query string calls it.
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Published => "published",
            Self::Hidden => "hidden",
        }
    }
}

/// What somebody looks for among the goods.
#[derive(Clone, Debug)]
pub struct ProductSearch {
    /// Each must be found in a name, the slug, or the code of a SKU.
    pub words: Vec<String>,
    /// In this category or below it.
    pub category: Option<CategoryId>,
    /// Of this brand.
    pub brand: Option<BrandId>,
    /// Which of these.
    pub show: ProductFilter,
}

/// An SPU in the list.
#[derive(Clone, Debug)]
pub struct ProductListItem {
    /// Which.
    pub id: SpuId,
    /// Its name in the language of the page.
    pub name: String,
    /// A file under `pictures/`.
    pub picture: Option<String>,
    /// The ground behind the picture.
    pub ground: String,
    /// Who makes it; empty where nobody is named.
    pub brand: String,
    /// Where it stands.
    pub category: String,
    /// Whether shoppers may see it.
    pub published: bool,
    /// How many SKUs it has.
    pub skus: i64,
    /// How many of them are active.
    pub active: i64,
    /// Of its cheapest and its dearest active SKU.
    pub prices: Option<(Money, Money)>,
    /// Of all its SKUs together.
    pub stock: i64,
}

/// A category to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryChoice {
    /// Which.
    pub id: CategoryId,
    /// Its name, after those of the categories above it.
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
