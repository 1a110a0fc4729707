//! The feed of all SKUs on sale for Google Merchant Center: RSS 2.0 with the namespace `g`. Format:
//! <https://support.google.com/merchants/answer/14987622>; attributes:
//! <https://support.google.com/merchants/answer/7052112>.

use actix_web::{HttpRequest, web::Data};

use super::{
    FeedBatch, FeedFile, FeedState, Site,
    xml::{cut, element},
};
use crate::{
    catalog::{
        model::{Product, Sku},
        pages::structured_data::CURRENCY,
        queries,
    },
    config::Config,
    kernel::{Language, Money, SpuId},
    platform::db::{Db, DbError},
    store::settings_of,
    web::{PageResult, picture_url},
};

const MAX_TITLE_LEN: usize = 150;
const MAX_DESCRIPTION_LEN: usize = 5_000;
const MAX_MORE_PICTURES: usize = 10;
const BATCH: i64 = 100;

/// `GET /feeds/google.xml`: an item for each SKU on sale, in the language of the query parameter `lang`, by default the
/// main language of the shop.
pub async fn google_feed(req: HttpRequest, feeds: Data<FeedState>, config: Data<Config>, db: Data<Db>) -> PageResult {
    let site = Site { config };
    // The same for all: what a browser prefers does not count.
    let language = Language::in_query(req.query_string()).unwrap_or(site.main_language());
    let shop = settings_of(&req)?.shop_name(language).to_owned();
    let head = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss xmlns:g=\"http://base.google.com/ns/1.0\" version=\"2.0\">\n\
         <channel>\n{}{}{}",
        element("title", &shop),
        element("link", &site.url("/", language)),
        element("description", &shop),
    );
    let file = FeedFile { head, tail: "</channel>\n</rss>\n", after: SpuId(0) };
    file.send(&db, &feeds, move |conn, after| {
        let (products, next) = queries::next_products(conn, after, None, (language, BATCH))?;
        let xml = products.iter().map(|product| items(&site, product, language)).collect();
        Ok::<_, DbError>(FeedBatch { xml, next })
    })
}

fn items(site: &Site, product: &Product, language: Language) -> String {
    product.skus.iter().map(|sku| item(site, product, sku, language)).collect()
}

fn item(site: &Site, product: &Product, sku: &Sku, language: Language) -> String {
    let options = options_of(product, sku, language);
    let title = if options.is_empty() { product.name.clone() } else { format!("{} – {options}", product.name) };
    let description = if product.description.is_empty() { &product.name } else { &product.description };
    let path = format!("{}?sku={}", product.address(), sku.id);
    let mut item = String::from("<item>\n");
    let mut add = |name: &str, text: &str| item.push_str(&element(name, text));
    add("g:id", &sku.id.to_string());
    add("title", cut(&title, MAX_TITLE_LEN));
    add("description", cut(description, MAX_DESCRIPTION_LEN));
    add("link", &site.url(&path, language));
    for (index, picture) in pictures(product, sku).take(MAX_MORE_PICTURES + 1).enumerate() {
        let name = if index == 0 { "g:image_link" } else { "g:additional_image_link" };
        add(name, &site.absolute(&picture_url(picture, "zoom")));
    }
    add("g:availability", if sku.is_buyable() { "in_stock" } else { "out_of_stock" });
    add("g:price", &amount(sku.list_price.unwrap_or(sku.price)));
    if sku.list_price.is_some() {
        add("g:sale_price", &amount(sku.price));
    }
    if !product.brand.is_empty() {
        add("g:brand", &product.brand);
    }
    // The shop knows no GTIN and no number of the maker.
    add("g:identifier_exists", "no");
    add("g:condition", "new");
    if product.skus.len() > 1 {
        add("g:item_group_id", &product.id.to_string());
    }
    let categories: Vec<&str> = product.path.iter().map(|category| category.name.as_str()).collect();
    if !categories.is_empty() {
        add("g:product_type", &categories.join(" > "));
    }
    item.push_str("</item>\n");
    item
}

fn amount(price: Money) -> String {
    format!("{} {CURRENCY}", price.plain())
}

/// Returns the names of the SKU's option values as one text, in the order of the options.
fn options_of(product: &Product, sku: &Sku, language: Language) -> String {
    let values = product.options.iter().flat_map(|option| &option.values);
    let chosen = values.filter(|value| sku.values.contains(&value.id)).map(|value| value.name.as_str());
    chosen.collect::<Vec<_>>().join(language.option_separator())
}

/// Returns the file names of a SKU's pictures; the first is the one that the product page shows large for this SKU.
fn pictures<'a>(product: &'a Product, sku: &'a Sku) -> impl Iterator<Item = &'a str> {
    let large = product.picture_of(sku);
    let others = product.pictures.iter().enumerate().filter(move |(place, picture)| {
        large.is_some_and(|(large, _)| large != *place) && product.is_shown_by(sku, picture)
    });
    large.into_iter().chain(others).map(|(_, picture)| picture.file.as_str())
}
