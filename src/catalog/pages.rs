//! Handlers of the home page, categories, products and pictures.

mod feeds;
mod listed_pages;
mod search;
mod seen;
mod structured_data;

pub use feeds::{FeedState, baidu_feed, baidu_index, google_feed, sitemap, sitemap_file};
pub use listed_pages::product_meta;
pub use search::{search_page, suggestions};
pub use seen::{remember_seen, seen_before};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path},
};
use askama::Template;
use futures_util::future::try_join;

use listed_pages::{category_meta, category_title, home_meta};

use super::{
    Catalog,
    addresses::{category_path, slug_in_path},
    listings::{ListRequest, ListView},
    model::{Availability, Category, CategoryCard, Home, Picture, Product, ProductCard},
    queries::FormerSlug,
    rules::Sort,
};
use crate::{
    config::Config,
    kernel::{Language, Money, PayMethod},
    messages::Messages,
    platform::db::{Db, DbError},
    store::settings_of,
    web::{
        Page, PageError, PageResult, VisitorRequest, canonical_redirect, gone, html, missing, moved_permanently,
        see_other,
    },
};

#[derive(Template)]
#[template(path = "catalog/home.html")]
struct HomePage<'a> {
    page: Page,
    home: &'a Home,
    /// Products whose pages the visitor has opened before.
    seen: Vec<ProductCard>,
    freight: Money,
    /// True if the shop offers cash on delivery. The home page mentions no other pay method.
    cash_on_delivery: bool,
}

impl HomePage<'_> {
    fn is_for_staff(&self) -> bool {
        self.page.current_user.as_ref().is_some_and(|user| user.is_staff)
    }

    /// Returns the root categories whose pictures the large banner shows: three, or fewer if fewer have a picture, from
    /// the middle of the list.
    fn window(&self) -> impl Iterator<Item = (&CategoryCard, &str)> {
        let shown = || self.home.root_categories.iter().filter_map(|tile| Some((tile, tile.picture.as_deref()?)));
        shown().skip(shown().count().saturating_sub(3) / 2).take(3)
    }
}

/// `GET /`: the home page.
pub async fn home(req: HttpRequest, catalog: Data<Catalog>, config: Data<Config>) -> PageResult {
    let (page, home) = try_join(Page::extract(&req), catalog.home(Language::of(&req))).await?;
    let cash_on_delivery = config.pay_methods.contains(PayMethod::Cod);
    let settings = settings_of(&req)?;
    let meta = home_meta(&page, &config, &settings);
    let seen = catalog.cards(seen_before(&req, &[]), page.language()).await?;
    html(&HomePage { page: page.listed(meta), home: &home, seen, freight: settings.freight, cash_on_delivery })
}

impl Sort {
    pub(super) fn words(self, t: &Messages) -> &'static str {
        match self {
            Self::Bestselling => t.sort_bestselling(),
            Self::PriceUp => t.sort_price_up(),
            Self::PriceDown => t.sort_price_down(),
            Self::New => t.sort_new(),
            Self::Relevance => t.sort_relevance(),
        }
    }
}

impl Availability {
    /// Returns the last part of the availability's CSS class, which the product page's script uses too.
    pub fn css_class(self) -> &'static str {
        match self {
            Self::InStock => "in",
            Self::Low(_) => "low",
            Self::SoldOut => "out",
        }
    }
}

#[derive(Template)]
#[template(path = "catalog/category.html")]
struct CategoryPage {
    page: Page,
    category: Category,
    list: ListView,
}

impl CategoryPage {
    /// Returns the title of the page: the name of the category, with the number of the list's page unless that is 1.
    fn title(&self) -> String {
        category_title(self.page.t, &self.category, &self.list.listing.pager)
    }
}

/// `GET /categories/{slug}`: a page of the products in a category. Reads the sort order, filters and page number of the
/// list from the query. A former slug redirects to the present one.
pub async fn category(visitor: VisitorRequest, slug: Path<String>, catalog: Data<Catalog>) -> PageResult {
    let request = ListRequest::of(&visitor.query(), &Sort::OF_CATEGORY);
    let slug = slug_in_path(&slug).ok_or(PageError::NotFound)?;
    let found = catalog.category(slug.clone(), request.clone(), visitor.page.language()).await;
    let (category, listing) = match found {
        Err(PageError::NotFound) => return former_category(visitor, &catalog, slug).await,
        found => found?,
    };
    if let Some(moved) = canonical_redirect(&visitor.http, &category_path(&slug)) {
        return Ok(moved);
    }
    let is_plain = request.pairs().is_empty();
    let meta = is_plain.then(|| category_meta(&visitor, &category, &listing)).flatten();
    let list = ListView::new(listing, &request, &Sort::OF_CATEGORY, visitor.page.t);
    let page = visitor.page.listed_if(meta);
    html(&CategoryPage { page, category, list })
}

#[derive(Template)]
#[template(path = "catalog/category-gone.html")]
struct CategoryGonePage {
    page: Page,
}

/// Responds for a slug that no category has now: a redirect to the category that had it before, 410 if that was
/// removed, or 404 if no category ever had it.
async fn former_category(visitor: VisitorRequest, catalog: &Catalog, slug: String) -> PageResult {
    match catalog.former_category(slug).await {
        Ok(FormerSlug::Replaced(slug)) => Ok(moved_permanently(&visitor.http, &category_path(&slug))),
        Ok(FormerSlug::Removed) => gone(&CategoryGonePage { page: visitor.page }),
        Err(PageError::NotFound) => not_found(visitor, catalog).await,
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "catalog/not-found.html")]
struct NotFoundPage {
    page: Page,
    bestsellers: Vec<ProductCard>,
    /// Products whose pages the visitor has opened before.
    seen: Vec<ProductCard>,
}

/// Returns the 404 page for a path that does not exist, with bestsellers and products that the visitor has seen.
///
/// # Errors
/// [`PageError::NotFound`] if these products cannot be loaded: the general 404 page needs no data.
pub async fn not_found(visitor: VisitorRequest, catalog: &Catalog) -> PageResult {
    let language = visitor.page.language();
    let goods = try_join(catalog.bestsellers(language), catalog.cards(seen_before(&visitor.http, &[]), language)).await;
    let (bestsellers, seen) = goods.map_err(|_| PageError::NotFound)?;
    missing(&NotFoundPage { page: visitor.page, bestsellers, seen })
}

#[derive(Template)]
#[template(path = "catalog/product-picture.html")]
struct ProductPicturePage<'a> {
    page: Page,
    product: &'a Product,
    picture: &'a Picture,
    /// The place of the picture in the gallery, from 1.
    number: usize,
    /// The query parameter with the chosen SKU, which the links keep; empty if none was chosen.
    query: String,
    /// The URL of the product page with this picture.
    back: String,
}

impl ProductPicturePage<'_> {
    /// Returns the URL of the page of the picture `step` places after this one (before it if negative); `None` if there
    /// is no such picture.
    fn beside(&self, step: isize) -> Option<String> {
        let number = self.number.checked_add_signed(step)?;
        let is_there = (1..=self.product.pictures.len()).contains(&number);
        is_there.then(|| format!("/products/{}/pictures/{number}{}", self.product.id, self.query))
    }
}

/// `GET /products/{spu id}/pictures/{number}`, with `sku`: one picture at its largest size, with a link back.
///
/// # Errors
/// [`PageError::NotFound`] if the product never was on sale, or has no such picture.
pub async fn product_picture(
    visitor: VisitorRequest,
    path: Path<(String, String)>,
    catalog: Data<Catalog>,
) -> PageResult {
    let (spu, number) = path.into_inner();
    let (spu, language) = (spu.parse().map_err(|_| PageError::NotFound)?, visitor.page.language());
    let shown = match catalog.product(spu, language).await {
        Err(PageError::NotFound) => {
            let gone = catalog.gone_product(spu, language).await?;
            return Ok(see_other(&format!("/products/{}", gone.id)));
        }
        shown => shown?,
    };
    let product = &shown.product;
    let asked = number.parse::<usize>().ok();
    let place = asked.and_then(|number| number.checked_sub(1)).ok_or(PageError::NotFound)?;
    let picture = product.pictures.get(place).ok_or(PageError::NotFound)?;
    let sku: Option<i64> = visitor.query().get("sku").parse().ok();
    let sku = sku.filter(|sku| product.skus.iter().any(|there| there.id.0 == *sku));
    let query = sku.map(|sku| format!("?sku={sku}")).unwrap_or_default();
    let separator = if query.is_empty() { "?" } else { "&" };
    let back = format!("{}{query}{separator}image={place}", product.address());
    html(&ProductPicturePage { page: visitor.page, product, picture, number: place + 1, query, back })
}

/// `GET /pictures/{hash}-{size}.{kind}`: an uploaded picture. Its URL contains a hash of its content, so it may be
/// cached forever. If this size is not generated yet, the largest one is sent and may be cached for five seconds.
pub async fn picture(name: Path<String>, db: Data<Db>) -> PageResult {
    let parts = name.split_once('-').and_then(|(hash, rest)| Some((hash, rest.split_once('.')?)));
    let (hash, (size, kind)) = parts.ok_or(PageError::NotFound)?;
    let content = match kind {
        "jpg" => "image/jpeg",
        "webp" => "image/webp",
        _ => return Err(PageError::NotFound),
    };
    let sound = hash.len() == 32 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    if !sound || !matches!(size, "grid" | "page" | "zoom") {
        return Err(PageError::NotFound);
    }
    let (hash, size, kind) = (hash.to_owned(), size.to_owned(), kind.to_owned());
    let found = db.run(move |conn| Ok::<_, DbError>(super::pictures::picture_file(conn, &hash, &kind, &size)?)).await?;
    let (body, made) = found.ok_or(PageError::NotFound)?;
    let keep = if made { "public, max-age=31536000, immutable" } else { "public, max-age=5" };
    Ok(HttpResponse::Ok().content_type(content).insert_header((header::CACHE_CONTROL, keep)).body(body))
}
