//! Goods as staff write them: SPUs with their names in every language, their options, and the SKUs that these make. New
//! SKUs have no stock: stock comes by movements alone.

mod actions;
mod forms;
mod model;
mod queries;
mod rules;

pub use actions::{Edited, Refused, create_goods, save_details, save_options, save_skus, set_published};
pub(in crate::catalog) use actions::{Stop, ended, made, with_slug};
pub use forms::{OptionSlot, SkuRow, ValueSlot, goods_details, option_slots, sku_rows};
pub(in crate::catalog) use forms::{named as named_field, slug as slug_field};
pub use model::{
    ChosenOrNew, Details, Goods, GoodsLine, GoodsMade, GoodsOption, GoodsSearch, GoodsShow, GoodsSku, GoodsValue,
    Named, PriceChange, ShelfMade, Shelving, WrittenDetails, WrittenOption, WrittenSku, WrittenValue,
};
pub use queries::{brands_to_choose, goods, goods_page, goods_slug, price_changes, shelves_to_choose};
pub use rules::{MOST_OPTIONS, MOST_SKUS, doubtful_price};
