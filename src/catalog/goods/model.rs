//! Goods as staff see and write them.

use chrono::{DateTime, Utc};

use crate::{
    kernel::{BrandId, CategoryId, Money, OptionId, OptionValueId, SkuId, SpuId},
    web::Language,
};

/// What something is called. English is the shop's own language and always there; without Chinese the English stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// In English.
    pub en: String,
    /// In Chinese; may be empty.
    pub zh: String,
}

impl Named {
    /// What a page in this language shows.
    pub fn words(&self, language: Language) -> &str {
        if language == Language::Zh && !self.zh.is_empty() { &self.zh } else { &self.en }
    }
}

/// What staff write of an SPU itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// What it is called.
    pub name: Named,
    /// In paragraphs; both may be empty.
    pub description: Named,
    /// Where it stands.
    pub category_id: CategoryId,
    /// Who makes it.
    pub brand_id: BrandId,
    /// Its name in addresses and in the journal; no other SPU has it.
    pub slug: String,
}

/// An SPU with everything staff can edit.
#[derive(Clone, Debug)]
pub struct Goods {
    /// Which.
    pub id: SpuId,
    /// Rises with each edit.
    pub version: i32,
    /// Whether shoppers may see it.
    pub published: bool,
    /// The SPU itself.
    pub details: Details,
    /// What tells its SKUs apart, in order.
    pub options: Vec<GoodsOption>,
    /// By ascending id, active or not.
    pub skus: Vec<GoodsSku>,
}

/// An option with its values, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodsOption {
    /// Which.
    pub id: OptionId,
    /// "Colour".
    pub name: Named,
    /// "Blue", "black".
    pub values: Vec<GoodsValue>,
}

/// A value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodsValue {
    /// Which.
    pub id: OptionValueId,
    /// "Blue".
    pub name: Named,
}

/// A SKU as staff edit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodsSku {
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
pub struct WrittenOption {
    /// Which; none for a new one.
    pub id: Option<OptionId>,
    /// Its name.
    pub name: Named,
    /// All its values: those that are there, and new ones.
    pub values: Vec<WrittenValue>,
}

/// A value as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenValue {
    /// Which; none for a new one.
    pub id: Option<OptionValueId>,
    /// Its name.
    pub name: Named,
}

/// A SKU as written: one that is there, or one to be made of these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenSku {
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
pub enum GoodsShow {
    /// All of them.
    All,
    /// Those shoppers may see.
    Published,
    /// Those not published yet, or taken down.
    Hidden,
}

impl GoodsShow {
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
pub struct GoodsSearch {
    /// Each must be found in a name, the slug, or the code of a SKU.
    pub words: Vec<String>,
    /// In this category or below it.
    pub category: Option<CategoryId>,
    /// Of this brand.
    pub brand: Option<BrandId>,
    /// Which of these.
    pub show: GoodsShow,
}

/// An SPU in the list.
#[derive(Clone, Debug)]
pub struct GoodsLine {
    /// Which.
    pub id: SpuId,
    /// Its name in the language of the page.
    pub name: String,
    /// A file under `pictures/`.
    pub picture: Option<String>,
    /// The ground behind the picture.
    pub ground: String,
    /// Who makes it.
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
pub struct Shelving {
    /// Which.
    pub id: CategoryId,
    /// Its name, after those of the categories above it.
    pub name: String,
}
