//! Products as staff edit them: SPUs with names in all languages, their options, and the SKUs of these. A new SKU has
//! no stock: stock changes by movements alone.

mod actions;
mod forms;
mod model;
mod queries;
mod rules;

pub(in crate::catalog) use actions::{EditError, creation_result, edit_result, insert_with_slug};
pub use actions::{EditOutcome, EditRefusal, create_product, save_details, save_options, save_skus, set_published};
pub use forms::{OptionFields, OptionValueFields, SkuFields, option_fields, read_product_details, sku_fields};
pub(in crate::catalog) use forms::{named as named_field, slug as slug_field};
pub use model::{
    CategoryChoice, CreatedProduct, CreatedTaxon, EditableOption, EditableOptionValue, EditableProduct, EditableSku,
    ExistingOrNew, LocalizedName, OptionInput, OptionValueInput, PriceChange, ProductDetails, ProductDetailsInput,
    ProductFilter, ProductListItem, ProductSearch, SkuInput,
};
pub use queries::{brand_choices, category_choices, editable_product, price_changes, product_list, product_slug};
pub use rules::{MAX_OPTIONS, MAX_SKUS, is_doubtful_price};
