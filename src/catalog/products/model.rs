//! Products as staff see and edit them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    audit::AuditAction,
    catalog::localized_name::LocalizedName,
    kernel::{BrandId, CategoryId, Money, OptionId, OptionValueId, SkuId, SpuId, codes},
    schema::{price_changes, skus, users},
};

/// The category or brand of a product: an existing one, or one to be created with the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExistingOrNew<I> {
    Existing(I),
    /// A new one with this name, unless a root category or brand with that name exists: then that is used.
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
    /// The category and brand that were created with the product, if any.
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
    /// The version of the product, incremented by each edit.
    pub version: i32,
    /// Whether the product is published, so that shoppers see it.
    pub published: bool,
    pub details: ProductDetails,
    pub options: Vec<EditableOption>,
    /// All SKUs of the product, active or not, in ascending order of ids.
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
    /// Whether the SKU is on sale, provided that its SPU is published.
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
    /// All values of the option, existing and new.
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
    /// The option values of a new SKU: one value of each option, in the order of the options.
    pub values: Vec<OptionValueId>,
    pub code: String,
    pub price: Money,
    pub list_price: Option<Money>,
    pub active: bool,
}

/// A change of a SKU's price, as the price history shows it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = price_changes)]
pub struct PriceChange {
    pub at: DateTime<Utc>,
    #[diesel(select_expression = skus::code)]
    pub code: String,
    #[diesel(select_expression = users::username)]
    pub by: String,
    /// `None` if the SKU was created with this price.
    pub old_price: Option<Money>,
    pub price: Money,
    pub old_list_price: Option<Money>,
    pub list_price: Option<Money>,
}

codes! {
    /// Which products a list shows.
    #[derive(Default)]
    pub enum ProductFilter {
        #[default]
        All = "all",
        Published = "published",
        /// Not published, or not any more.
        Hidden = "hidden",
    }
}

#[derive(Clone, Debug)]
pub struct ProductSearch {
    /// All of them must occur in the slug, in the names, or in the search text of one SKU.
    pub words: Vec<String>,
    /// Finds only products in this category or its descendants.
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
    /// The lowest and the highest price of its active SKUs; `None` if it has none.
    pub prices: Option<(Money, Money)>,
    /// The stock of all its SKUs.
    pub stock: i64,
}

/// A category in a select box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryChoice {
    pub id: CategoryId,
    /// Its name after the names of its ancestors, such as "Home / Kitchen".
    pub name: String,
}
