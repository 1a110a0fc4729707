//! Products, options and SKUs as staff see and edit them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    audit::AuditAction,
    catalog::localized_name::LocalizedName,
    kernel::{BrandId, CategoryId, Money, OptionId, OptionValueId, SkuId, SpuId, codes},
    schema::{price_changes, skus, users},
};

/// The category or brand that staff chose for a product: an existing one, or one to be created with the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExistingOrNew<I> {
    Existing(I),
    /// A new category or brand with this name. If a root category or a brand of that name exists, it is used instead.
    New(LocalizedName),
}

/// The details of an SPU, as typed by staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDetailsInput {
    pub name: LocalizedName,
    /// The description: plain text in which blank lines separate paragraphs. It may be empty in both languages.
    pub description: LocalizedName,
    pub category: ExistingOrNew<CategoryId>,
    pub brand: Option<ExistingOrNew<BrandId>>,
    /// The slug that staff entered. If it is `None`, the stored slug stays; a new SPU gets a generated one.
    pub slug: Option<String>,
}

/// A category or brand that was created with a product, for the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTaxon {
    /// What the audit log records: [`AuditAction::CreateCategory`] or [`AuditAction::CreateBrand`].
    pub action: AuditAction,
    pub slug: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedProduct {
    pub id: SpuId,
    pub slug: String,
    /// The category and brand that were created together with the product.
    pub created_taxa: Vec<CreatedTaxon>,
}

/// The details of an SPU as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDetails {
    pub name: LocalizedName,
    pub description: LocalizedName,
    pub category_id: CategoryId,
    pub brand_id: Option<BrandId>,
    /// The unique name of the product in URLs and in the audit log.
    pub slug: String,
}

/// An SPU with everything that staff can edit.
#[derive(Clone, Debug)]
pub struct EditableProduct {
    pub id: SpuId,
    /// The version of the product, incremented by each edit.
    pub version: i32,
    /// True if the product is published, so that shoppers see it.
    pub published: bool,
    pub details: ProductDetails,
    pub options: Vec<EditableOption>,
    /// All SKUs of the product, active or not, in ascending order of ids.
    pub skus: Vec<EditableSku>,
}

/// An option with its values, in display order.
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
    /// The unique code of the SKU, as on the label of the goods.
    pub code: String,
    pub price: Money,
    pub list_price: Option<Money>,
    /// True if the SKU is on sale, provided that its SPU is published.
    pub active: bool,
    pub stock: i32,
    /// Where the SKU lies in the store room; may be empty.
    pub shelf_place: String,
    /// The option values of the SKU: one of each option, in any order.
    pub values: Vec<OptionValueId>,
}

/// An option in the form of a product: an existing one, or one to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionInput {
    /// The id of an existing option; `None` for one to be created.
    pub id: Option<OptionId>,
    pub name: LocalizedName,
    /// All values of the option, existing and new.
    pub values: Vec<OptionValueInput>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionValueInput {
    /// The id of an existing value; `None` for one to be created.
    pub id: Option<OptionValueId>,
    pub name: LocalizedName,
}

/// A SKU in the form of a product: an existing one, or one to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkuInput {
    /// The id of an existing SKU; `None` for one to be created.
    pub id: Option<SkuId>,
    /// The option values of a SKU to be created: one of each option, in the order of the options. Ignored for an
    /// existing SKU.
    pub values: Vec<OptionValueId>,
    pub code: String,
    pub price: Money,
    pub list_price: Option<Money>,
    pub active: bool,
    pub shelf_place: String,
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
    /// The price before the change; `None` if the SKU was created with the new price.
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
        /// Products that are not published now.
        Hidden = "hidden",
    }
}

#[derive(Clone, Debug)]
pub struct ProductSearch {
    /// The words of the search; each must occur in the slug, in the names, or in the search text of one SKU.
    pub words: Vec<String>,
    /// If set, only products in this category or its descendants match.
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
    /// The name of the product's brand; empty if the product has no brand.
    pub brand: String,
    pub category: String,
    pub published: bool,
    pub skus: i64,
    /// The number of the product's SKUs that are on sale.
    pub active: i64,
    /// The lowest and the highest price of the product's SKUs on sale; `None` if no SKU is on sale.
    pub prices: Option<(Money, Money)>,
    /// The sum of the stock of all SKUs of the product.
    pub stock: i64,
}

/// A category in a select box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryChoice {
    pub id: CategoryId,
    /// The name of the category after those of its ancestors, such as "Home / Kitchen".
    pub name: String,
}
