//! Handlers of the home page, categories, products, pictures and the sitemap.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path},
};
use askama::Template;
use futures_util::future::try_join;
use std::fmt::Write;

use super::{
    Catalog,
    model::{Availability, Category, CategoryCard, Home, Picture, Product},
    rules::Sort,
    storefront::ProductListing,
};
use crate::{
    config::Config,
    kernel::{Language, Money, PayMethod},
    messages::Messages,
    platform::db::{Db, DbError},
    store::settings_of,
    web::{Page, PageError, PageResult, VisitorRequest, html, see_other},
};

/// The maximum number of URLs in a sitemap (sitemaps.org).
const MAX_SITEMAP_URLS: i64 = 50_000;

#[derive(Template)]
#[template(path = "catalog/home.html")]
struct HomePage<'a> {
    page: Page,
    home: &'a Home,
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
    html(&HomePage { page, home: &home, freight: settings_of(&req)?.freight, cash_on_delivery })
}

/// The links that sort a list of products.
pub(super) struct Sorting {
    pub(super) chosen: Sort,
    orders: &'static [Sort],
    /// The query parameters that the links keep besides `sort`: `q=...&`, or empty.
    pub(super) other_parameters: String,
}

impl Sorting {
    pub(super) fn new(chosen: Sort, orders: &'static [Sort], parameters: &[(&str, &str)]) -> Self {
        let mut other_parameters = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        if !other_parameters.is_empty() {
            other_parameters.push('&');
        }
        Self { chosen, orders, other_parameters }
    }

    pub(super) fn all(&self) -> &'static [Sort] {
        self.orders
    }
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
    listing: ProductListing,
    sorting: Sorting,
}

/// `GET /categories/{slug}`: a page of the products in a category; reads `sort` and `page`.
pub async fn category(visitor: VisitorRequest, slug: Path<String>, catalog: Data<Catalog>) -> PageResult {
    let query = visitor.query();
    let sort = Sort::among(&Sort::OF_CATEGORY, query.get("sort"));
    let slug = slug.into_inner();
    // PostgreSQL rejects a text with a NUL character; no slug has one.
    if slug.contains('\0') {
        return Err(PageError::NotFound);
    }
    let (category, listing) = catalog.category(slug, sort, query, visitor.page.language()).await?;
    html(&CategoryPage { page: visitor.page, category, listing, sorting: Sorting::new(sort, &Sort::OF_CATEGORY, &[]) })
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
    let back = format!("/products/{}{query}{separator}image={place}", product.id);
    html(&ProductPicturePage { page: visitor.page, product, picture, number: place + 1, query, back })
}

/// `GET /sitemap.xml`: the URLs of the home page, the categories and the products, for search engines.
pub async fn sitemap(catalog: Data<Catalog>, config: Data<Config>) -> PageResult {
    let (categories, products) = catalog.sitemap(MAX_SITEMAP_URLS).await?;
    let paths = std::iter::once(String::new())
        .chain(categories.into_iter().map(|slug| format!("categories/{slug}")))
        .chain(products.into_iter().map(|id| format!("products/{id}")));
    let mut map = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    map.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for path in paths.take(usize::try_from(MAX_SITEMAP_URLS).unwrap_or_default()) {
        writeln!(map, "<url><loc>{}{path}</loc></url>", config.public_url).map_err(PageError::internal)?;
    }
    map.push_str("</urlset>\n");
    Ok(HttpResponse::Ok().content_type("application/xml; charset=utf-8").body(map))
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
