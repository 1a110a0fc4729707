//! The catalog: products (SPUs) with SKUs, options and pictures, categories and brands, and the pages that show them.

mod addresses;
mod cards;
mod edits;
mod forms;
mod listings;
mod localized_name;
mod model;
mod pages;
mod pictures;
mod products;
mod queries;
mod related;
mod rules;
mod search;
mod search_results;
mod sku_offers;
mod sku_picker;
mod slugs;
mod storefront;
mod taxonomy;

pub use addresses::{category_path, product_path, spu_in_path};
pub use edits::{EditOutcome, EditRefusal};
pub use listings::{
    CorrectedListings, check_listings, delete_ended_listings, follow_stock, rebuild_listings, refresh_listing_sales,
};
pub use localized_name::LocalizedName;
pub use model::{GoneProduct, Picture, Product, ProductCard, ProductOption, RelatedGoods, Sku, Value};
pub use pages::{
    FeedState, baidu_feed, baidu_index, category, google_feed, home, not_found, picture, product_meta, product_picture,
    remember_seen, search_page, seen_before, sitemap, sitemap_file, suggestions,
};
pub use pictures::{
    AddPictureOutcome, Caption, MAX_PICTURES, PictureMove, ProductPicture, add_picture, describe_picture, make_sizes,
    move_picture, product_pictures, remove_picture,
};
pub use products::{
    CategoryChoice, CreatedProduct, CreatedTaxon, EditableOption, EditableOptionValue, EditableProduct, EditableSku,
    ExistingOrNew, MAX_OPTIONS, MAX_SHELF_PLACE_LEN, MAX_SKUS, OptionFields, OptionInput, OptionValueFields,
    OptionValueInput, PriceChange, ProductDetails, ProductDetailsInput, ProductFilter, ProductListItem, ProductSearch,
    SkuFields, SkuInput, brand_choices, category_choices, create_product, editable_product, is_doubtful_price,
    option_fields, price_changes, product_list, product_slug, read_product_details, save_details, save_options,
    save_skus, set_published, sku_fields,
};
pub use queries::{Brand, CategoryNode, brands, category_subtree, category_tree};
pub use related::{follow_related, related_goods};
pub use rules::{SkuChoice, is_unavailable};
pub use search::{MissedSearch, SearchEngine, missed_searches};
pub use sku_offers::{SkuOffer, sku_offers, skus_with_codes};
pub use storefront::{Catalog, SelectedSku, SharedProduct, shared_products};
pub use taxonomy::{
    BrandDetails, BrandListItem, CategoryDetails, CategoryListItem, LOW_STOCK_DEFAULTS, MoveDirection, Versioned,
    brand_details, brand_details_of, brand_lines, category_details, category_details_of, category_lines, create_brand,
    create_category, place_category, remove_brand, remove_category, save_brand, save_category,
    write_low_stock_defaults,
};
