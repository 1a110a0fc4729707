//! Products as staff edit them: SPUs with names in all languages, their options, and their SKUs. A new SKU has a stock
//! of 0: stock changes only by stock movements and orders.

mod actions;
mod forms;
mod model;
mod queries;
mod rules;

pub use actions::{create_product, save_details, save_options, save_skus, set_published};
pub use forms::{OptionFields, OptionValueFields, SkuFields, option_fields, read_product_details, sku_fields};
pub use model::{
    CategoryChoice, CreatedProduct, CreatedTaxon, EditableOption, EditableOptionValue, EditableProduct, EditableSku,
    ExistingOrNew, OptionInput, OptionValueInput, PriceChange, ProductDetails, ProductDetailsInput, ProductFilter,
    ProductListItem, ProductSearch, SkuInput,
};
pub use queries::{brand_choices, category_choices, editable_product, price_changes, product_list, product_slug};
pub use rules::{MAX_OPTIONS, MAX_SHELF_PLACE_LEN, MAX_SKUS, is_doubtful_price};
