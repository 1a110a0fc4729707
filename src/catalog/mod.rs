//! The catalog: what the shop shows and sells. SPUs on the shelves of a tree of categories, each with the SKUs that can
//! be bought.

mod model;
mod offers;
mod pages;
mod pictures;
mod products;
mod queries;
mod rules;
mod sku_picker;
mod storefront;
mod taxonomy;

pub use offers::{Offer, offers};
pub use pages::{category, home, picture, product, product_picture, search, sitemap};
pub use pictures::{
    Added, Caption, MOST_PICTURES, Move, Shot, add_picture, describe_picture, make_sizes, move_picture, remove_picture,
    shots,
};
pub use products::{
    ChosenOrNew, Details, Edited, Goods, GoodsLine, GoodsMade, GoodsOption, GoodsSearch, GoodsShow, GoodsSku,
    GoodsValue, MOST_OPTIONS, MOST_SKUS, Named, OptionSlot, PriceChange, Refused, ShelfMade, Shelving, SkuRow,
    ValueSlot, WrittenDetails, WrittenOption, WrittenSku, WrittenValue, brands_to_choose, create_goods, doubtful_price,
    goods, goods_details, goods_page, goods_slug, option_slots, price_changes, save_details, save_options, save_skus,
    set_published, shelves_to_choose, sku_rows,
};
pub use queries::{Branch, Maker, branch, category_tree, departments, makers};
pub use storefront::{Catalog, Chosen};
pub use taxonomy::{
    BrandDetails, BrandLine, CategoryDetails, CategoryLine, Kept, LOW_STOCK_DEFAULTS, Place, brand_details,
    brand_details_of, brand_lines, category_details, category_details_of, category_lines, create_brand,
    create_category, follow_low_stock_defaults, place_category, remove_brand, remove_category, save_brand,
    save_category,
};
