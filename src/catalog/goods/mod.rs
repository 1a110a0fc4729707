//! Goods as staff write them: SPUs with their names in every language, their options, and the SKUs that these make. New
//! SKUs have no stock: stock comes by movements alone.

mod actions;
mod forms;
mod model;
mod queries;
mod rules;

pub use actions::{Edited, Refused, create_goods, save_details, save_options, save_skus, set_published};
pub(in crate::catalog) use actions::{Stop, ended, made};
pub(in crate::catalog) use forms::slug as slug_field;
pub use forms::{OptionSlot, SkuRow, ValueSlot, goods_details, option_slots, sku_rows};
pub use model::{
    Details, Goods, GoodsLine, GoodsOption, GoodsSearch, GoodsShow, GoodsSku, GoodsValue, Named, PriceChange, Shelving,
    WrittenOption, WrittenSku, WrittenValue,
};
pub use queries::{brands_to_choose, goods, goods_page, goods_slug, price_changes, shelves_to_choose};
pub use rules::{MOST_OPTIONS, MOST_SKUS, doubtful_price};
