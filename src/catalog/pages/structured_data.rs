//! Structured data (JSON-LD, <https://schema.org>) of the home page, categories and products, for search engines.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{
    catalog::{
        addresses::category_path,
        model::{CategoryLink, Product, Sku},
    },
    config::Config,
    kernel::{Freight, Language, Money},
    store::Settings,
    web::{Page, absolute, assets, in_language},
};

/// The currency of all prices (ISO 4217).
pub(super) const CURRENCY: &str = "CNY";
/// The country that addresses are in (ISO 3166-1): they name none.
const COUNTRY: &str = "CN";
const IN_STOCK: &str = "https://schema.org/InStock";
const SOLD_OUT: &str = "https://schema.org/OutOfStock";

/// The public URL and the languages from which the URLs in structured data are built.
#[derive(Clone, Copy)]
pub(super) struct SiteAddress<'a> {
    /// The public URL of the shop.
    pub base: &'a url::Url,
    pub language: Language,
    pub main_language: Language,
}

impl<'a> SiteAddress<'a> {
    /// Returns the data for a page in this language.
    pub(super) fn of(config: &'a Config, language: Language) -> Self {
        Self { base: &config.public_url, language, main_language: Language::main(config) }
    }

    fn url(self, path: &str) -> String {
        absolute(self.base, &in_language(path, self.language, self.main_language))
    }

    /// Returns the `@id` of the shop, by which other nodes refer to it.
    fn shop_id(self) -> String {
        absolute(self.base, "/#shop")
    }
}

/// Returns the `Organization` node of the shop, with the name, logo and contact data in its settings.
pub(super) fn organization(site: SiteAddress<'_>, settings: &Settings) -> Value {
    let mut shop = json!({
        "@type": "Organization",
        "@id": site.shop_id(),
        "name": settings.shop_name(site.language),
        "url": absolute(site.base, "/"),
        "logo": absolute(site.base, &assets::url("icons/icon-512.png")),
    });
    let mut contact = serde_json::Map::new();
    for (field, value) in [("telephone", &settings.contact_phone), ("email", &settings.contact_email)] {
        if !value.is_empty() {
            contact.insert(field.to_owned(), json!(value));
        }
    }
    if !contact.is_empty() {
        contact.insert("@type".to_owned(), json!("ContactPoint"));
        contact.insert("contactType".to_owned(), json!("customer service"));
        set(&mut shop, "contactPoint", Value::Object(contact));
    }
    if !settings.address.is_empty() {
        set(&mut shop, "address", json!(settings.address));
    }
    set(&mut shop, "hasMerchantReturnPolicy", return_policy(settings));
    set(&mut shop, "hasShippingService", shipping_service(settings));
    shop
}

/// Returns until when goods can be sent back.
fn return_policy(settings: &Settings) -> Value {
    let mut policy = json!({ "@type": "MerchantReturnPolicy", "applicableCountry": COUNTRY });
    if settings.return_days > 0 {
        set(&mut policy, "returnPolicyCategory", json!("https://schema.org/MerchantReturnFiniteReturnWindow"));
        set(&mut policy, "merchantReturnDays", json!(settings.return_days));
        set(&mut policy, "returnMethod", json!("https://schema.org/ReturnByMail"));
    } else {
        set(&mut policy, "returnPolicyCategory", json!("https://schema.org/MerchantReturnNotPermitted"));
    }
    policy
}

/// Returns the delivery charge by the price of all goods of an order.
fn shipping_service(settings: &Settings) -> Value {
    let Freight { charge, free_from } = settings.freight_terms();
    let mut conditions = Vec::new();
    let fen = Money::new(Decimal::new(1, 2)).unwrap_or_default();
    if let Some(highest) = fen.short_of(free_from) {
        let range = json!({
            "@type": "MonetaryAmount",
            "currency": CURRENCY,
            "minValue": Money::ZERO.plain(),
            "maxValue": highest.plain(),
        });
        conditions.push(shipping_conditions(range, charge));
    }
    let free = json!({ "@type": "MonetaryAmount", "currency": CURRENCY, "minValue": free_from.plain() });
    conditions.push(shipping_conditions(free, Money::ZERO));
    json!({ "@type": "ShippingService", "shippingConditions": conditions })
}

fn shipping_conditions(order_value: Value, rate: Money) -> Value {
    json!({
        "@type": "ShippingConditions",
        "orderValue": order_value,
        "shippingDestination": destination(),
        "shippingRate": amount(rate),
    })
}

/// Returns where the shop delivers to.
fn destination() -> Value {
    json!({ "@type": "DefinedRegion", "addressCountry": COUNTRY })
}

fn amount(value: Money) -> Value {
    json!({ "@type": "MonetaryAmount", "currency": CURRENCY, "value": value.plain() })
}

/// Returns the shop as a site that can be searched.
pub(super) fn website(site: SiteAddress<'_>, settings: &Settings) -> Value {
    json!({
        "@type": "WebSite",
        "@id": absolute(site.base, "/#site"),
        "name": settings.shop_name(site.language),
        "url": absolute(site.base, "/"),
        "inLanguage": site.language.tag(),
        "publisher": { "@id": site.shop_id() },
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": format!("{}?q={{search_term_string}}", absolute(site.base, "/search")),
            },
            "query-input": "required name=search_term_string",
        },
    })
}

/// Returns the `BreadcrumbList` node of a page: the home page (named `home`), the categories above, and the page itself
/// as (name, path).
pub(super) fn breadcrumbs(site: SiteAddress<'_>, home: &str, above: &[CategoryLink], here: (&str, &str)) -> Value {
    let categories = above.iter().map(|category| (category.name.as_str(), category_path(&category.slug)));
    let all = std::iter::once((home, "/".to_owned())).chain(categories).chain([(here.0, here.1.to_owned())]);
    let items: Vec<Value> = (1..)
        .zip(all)
        .map(|(position, (name, path)): (i32, _)| {
            json!({ "@type": "ListItem", "position": position, "name": name, "item": site.url(&path) })
        })
        .collect();
    json!({ "@type": "BreadcrumbList", "itemListElement": items })
}

/// Returns a product with an offer for each SKU that is on sale, with its price and availability at this moment.
pub(super) fn product(site: SiteAddress<'_>, page: &Page, product: &Product, settings: &Settings) -> Value {
    let mut node = json!({
        "@type": "Product",
        "@id": format!("{}#product", absolute(site.base, &product.address())),
        "name": product.name,
        "url": site.url(&product.address()),
        "sku": product.skus.first().map_or("", |sku| &sku.code),
        "offers": offer_data(site, product, settings),
    });
    if !product.description.is_empty() {
        set(&mut node, "description", json!(product.description));
    }
    if !product.brand.is_empty() {
        set(&mut node, "brand", json!({ "@type": "Brand", "name": product.brand }));
    }
    let pictures = product.pictures.iter().map(|picture| absolute(site.base, &page.zoomed_picture(&picture.file)));
    let pictures: Vec<String> = pictures.collect();
    if !pictures.is_empty() {
        set(&mut node, "image", json!(pictures));
    }
    if let Some(category) = product.path.last() {
        set(&mut node, "category", json!(category.name));
    }
    if !product.rating.is_empty() {
        let rating = json!({
            "@type": "AggregateRating",
            "ratingValue": product.rating.average(),
            "reviewCount": product.rating.count,
            "bestRating": "5",
            "worstRating": "1",
        });
        set(&mut node, "aggregateRating", rating);
    }
    node
}

fn set(node: &mut Value, field: &str, value: Value) {
    if let Some(fields) = node.as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}

/// Returns the offer of the only SKU, or the range of prices with an offer for each SKU.
fn offer_data(site: SiteAddress<'_>, product: &Product, settings: &Settings) -> Value {
    let all: Vec<Value> = product.skus.iter().map(|sku| offer(site, product, sku, settings)).collect();
    let mut prices: Vec<Money> = product.skus.iter().map(|sku| sku.price).collect();
    prices.sort_unstable();
    match (all.as_slice(), prices.as_slice()) {
        ([only], _) => only.clone(),
        (_, [low, .., high]) => json!({
            "@type": "AggregateOffer",
            "priceCurrency": CURRENCY,
            "lowPrice": low.plain(),
            "highPrice": high.plain(),
            "offerCount": all.len(),
            "availability": if product.skus.iter().any(Sku::is_buyable) { IN_STOCK } else { SOLD_OUT },
            "offers": all,
        }),
        _ => Value::Null,
    }
}

/// Returns the offer of a SKU, with the delivery charge of an order of one unit.
fn offer(site: SiteAddress<'_>, product: &Product, sku: &Sku, settings: &Settings) -> Value {
    let path = match product.skus.as_slice() {
        [_] => product.address(),
        _ => format!("{}?sku={}", product.address(), sku.id),
    };
    json!({
        "@type": "Offer",
        "url": site.url(&path),
        "sku": sku.code,
        "price": sku.price.plain(),
        "priceCurrency": CURRENCY,
        "availability": if sku.is_buyable() { IN_STOCK } else { SOLD_OUT },
        "itemCondition": "https://schema.org/NewCondition",
        "seller": { "@id": site.shop_id() },
        "hasMerchantReturnPolicy": return_policy(settings),
        "shippingDetails": {
            "@type": "OfferShippingDetails",
            "shippingDestination": destination(),
            "shippingRate": amount(settings.freight_terms().of(sku.price)),
        },
    })
}
