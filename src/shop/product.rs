//! The page of a product: what the catalog says of it, and its newest reviews.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use diesel::{PgConnection, QueryResult};
use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc};

use crate::{
    catalog::{
        self, Catalog, GoneProduct, Picture, Product, ProductCard, ProductOption, RelatedGoods, SharedProduct, Sku,
        Value,
    },
    config::Config,
    kernel::{Language, Money, SpuId},
    platform::{
        batch_loader::{BatchLoader, batched},
        clock,
        db::{Db, DbError},
    },
    reviews::{self, ReviewCard},
    store::Settings,
    web::{Flash, Page, PageError, PageResult, VisitorRequest, app_data, canonical_redirect, gone, html, rendered},
};

/// Loads products with their newest reviews, in one batch for all requests that wait.
pub struct ProductLoader(BatchLoader<(SpuId, Language), ShownProduct, DbError>);

/// A product that was read once for all requests of one batch.
#[derive(Debug)]
pub struct ShownProduct {
    shared: SharedProduct,
    reviews: Vec<ReviewCard>,
    related: RelatedGoods,
}

impl ProductLoader {
    /// Starts the loader; its background task runs on the current Tokio runtime.
    pub fn open(db: &Db) -> Self {
        Self(batched(db, load))
    }
}

/// Loads these products, each in the given language, with their newest reviews. A product that is not on sale is left
/// out.
fn load(
    conn: &mut PgConnection,
    wanted: &[(SpuId, Language)],
) -> QueryResult<HashMap<(SpuId, Language), ShownProduct>> {
    let products = catalog::shared_products(conn, wanted)?;
    let mut reviewed: Vec<SpuId> =
        products.values().map(|shared| &shared.product).filter(|p| !p.rating.is_empty()).map(|p| p.id).collect();
    reviewed.sort_unstable();
    reviewed.dedup();
    let latest = match reviewed.as_slice() {
        [] => Vec::new(),
        reviewed => reviews::latest_reviews(conn, reviewed)?,
    };
    let asked: Vec<(SpuId, Language)> = products.keys().copied().collect();
    let mut related = catalog::related_goods(conn, &asked)?;
    let mut shown = HashMap::with_capacity(products.len());
    for (asked, shared) in products {
        let reviews = latest.iter().filter(|review| review.spu_id == asked.0).cloned().collect();
        let related = related.remove(&asked).unwrap_or_default();
        shown.insert(asked, ShownProduct { shared, reviews, related });
    }
    Ok(shown)
}

#[derive(Template)]
#[template(path = "catalog/product.html")]
struct ProductPage<'a> {
    page: Page,
    product: &'a Product,
    sku_json: &'a str,
    sku: &'a Sku,
    /// The picture that is shown large, with its index in the gallery.
    large: Option<(usize, &'a Picture)>,
    freight: Money,
    reviews: &'a [ReviewCard],
    related: &'a RelatedGoods,
    /// Products whose pages the visitor has opened before.
    seen: Vec<ProductCard>,
    zone: FixedOffset,
}

impl ProductPage<'_> {
    /// Adds what search engines may know of the page.
    fn listed(mut self, config: &Config, settings: &Settings) -> Self {
        let meta = catalog::product_meta(&self.page, config, settings, self.product);
        self.page = self.page.listed(meta);
        self
    }

    fn is_large(&self, place: &usize) -> bool {
        self.large.is_some_and(|(large, _)| large == *place)
    }

    /// Returns the path of the page that shows the picture at index `place` alone.
    fn zoom(&self, place: &usize) -> String {
        format!("/products/{}/pictures/{}", self.product.id, place + 1)
    }

    fn alt<'b>(&'b self, picture: &'b Picture) -> &'b str {
        if picture.alt.is_empty() { &self.product.name } else { &picture.alt }
    }

    /// Returns the id of the option value that a picture shows, as `sku-picker.js` reads it; empty if the picture is
    /// for all SKUs.
    fn shows(&self, picture: &Picture) -> String {
        picture.shows.map(|value| value.to_string()).unwrap_or_default()
    }

    fn is_unavailable(&self, option: &ProductOption, value: &Value) -> bool {
        catalog::is_unavailable(&self.product.skus, self.sku, option, value.id)
    }

    /// Returns whether one unit costs enough for free delivery, whichever SKU of the product is chosen.
    fn delivered_free(&self) -> bool {
        self.product.skus.iter().all(|sku| sku.price >= self.page.free_from)
    }

    fn is_sold_out(&self) -> bool {
        !self.product.skus.iter().any(Sku::is_buyable)
    }

    fn day(&self, at: &DateTime<Utc>) -> String {
        clock::day(*at, self.zone)
    }
}

/// The product whose id is in the path. It is an extractor so that its query runs concurrently with those of [`Page`].
pub enum RequestedProduct {
    OnSale(Arc<ShownProduct>),
    /// The product was published once, but is no longer on sale.
    Gone(Box<GoneProduct>),
    /// There is no such product, or it was never published.
    Missing,
}

impl FromRequest for RequestedProduct {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (loader, catalog) = (app_data::<ProductLoader>(req), app_data::<Catalog>(req));
        let id = req.match_info().get("id").and_then(catalog::spu_in_path);
        let language = Language::of(req);
        Box::pin(async move {
            let (loader, catalog) = (loader?, catalog?);
            let Some(id) = id else { return Ok(Self::Missing) };
            if let Some(shown) = loader.0.get((id, language)).await? {
                return Ok(Self::OnSale(shown));
            }
            match catalog.gone_product(id, language).await {
                Ok(gone) => Ok(Self::Gone(Box::new(gone))),
                Err(PageError::NotFound) => Ok(Self::Missing),
                Err(error) => Err(error),
            }
        })
    }
}

#[derive(Template)]
#[template(path = "catalog/product-gone.html")]
struct GoneProductPage {
    page: Page,
    product: GoneProduct,
}

/// `GET /products/{spu id}-{slug}`: the page of a product. The query has either `sku`, or `o{option id}={value id}` for
/// each option and in `was` the SKU shown before. `image` is the index (from 0) of the picture to show large. A wrong
/// or missing slug redirects to the right one. 410 for a product that is no longer on sale, 404 for one that was never
/// on sale.
pub async fn product(visitor: VisitorRequest, product: RequestedProduct, catalog: Data<Catalog>) -> PageResult {
    let shown = match product {
        RequestedProduct::OnSale(shown) => shown,
        RequestedProduct::Gone(product) => return gone(&GoneProductPage { page: visitor.page, product: *product }),
        RequestedProduct::Missing => return catalog::not_found(visitor, &catalog).await,
    };
    let product = &shown.shared.product;
    if let Some(moved) = canonical_redirect(&visitor.http, &product.address()) {
        return Ok(moved);
    }
    let query = visitor.query();
    let choice = product.choose_sku(&query).ok_or(PageError::NotFound)?;
    let not_made = (!choice.is_exact).then(|| Flash::notice(visitor.page.t.combination_not_made()));
    let asked = query.get("image").parse().ok().and_then(|n: usize| Some((n, product.pictures.get(n)?)));
    let large = asked.filter(|(_, picture)| product.is_shown_by(choice.sku, picture));
    let seen = catalog.cards(catalog::seen_before(&visitor.http, &[product.id]), visitor.page.language()).await?;
    catalog::remember_seen(&visitor.http, &visitor.config, product.id);
    let (settings, zone) = (visitor.settings()?, visitor.config.zone);
    let screen = ProductPage {
        page: not_made.into_iter().fold(visitor.page, Page::with_flash),
        product,
        sku_json: &shown.shared.sku_json,
        sku: choice.sku,
        large: large.or_else(|| product.picture_of(choice.sku)),
        freight: settings.freight,
        reviews: &shown.reviews,
        related: &shown.related,
        seen,
        zone,
    };
    let config = &visitor.config;
    if !screen.page.is_anonymous() || !screen.seen.is_empty() {
        return html(&screen.listed(config, &settings));
    }
    let (path, menu) = (screen.page.path.clone(), Arc::clone(&screen.page.category_menu));
    let page = shown.shared.page(&path, &menu, || rendered(&screen.listed(config, &settings)))?;
    Ok(page.response(&visitor.http))
}
