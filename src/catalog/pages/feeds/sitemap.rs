//! The sitemap (sitemaps.org), with pictures and the URLs of each page in other languages.

use actix_web::web::{Data, Path};

use super::{
    FeedBatch, FeedFile, FeedState, IDS_PER_FILE, Site, first_id, number_of, small_file, timestamp,
    xml::{element, escaped},
};
use crate::{
    catalog::{
        category_path, product_path,
        queries::{self, SitemapProduct},
    },
    config::Config,
    kernel::{Language, SpuId},
    platform::db::{Db, DbError},
    web::{PageError, PageResult, picture_url},
};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const URLSET: &str = "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
    xmlns:xhtml=\"http://www.w3.org/1999/xhtml\" xmlns:image=\"http://www.google.com/schemas/sitemap-image/1.1\">\n";
const END: &str = "</urlset>\n";
const BATCH: i64 = 500;
/// The maximum number of categories in the sitemap; each has one URL for each language.
const MAX_CATEGORIES: i64 = 20_000;

/// `GET /sitemap.xml`: an index with the URLs of the sitemap's files.
pub async fn sitemap(feeds: Data<FeedState>, config: Data<Config>, db: Data<Db>) -> PageResult {
    let site = Site { config };
    let mut index = format!("{HEAD}<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    index.push_str(&format!("<sitemap>\n{}</sitemap>\n", element("loc", &site.absolute("/sitemaps/pages.xml"))));
    for range in feeds.ranges(&db).await?.iter() {
        let file = site.absolute(&format!("/sitemaps/products-{}.xml", range.number));
        let changed = element("lastmod", &timestamp(range.changed_at));
        index.push_str(&format!("<sitemap>\n{}{changed}</sitemap>\n", element("loc", &file)));
    }
    index.push_str("</sitemapindex>\n");
    Ok(small_file(index))
}

/// `GET /sitemaps/{file}`: `pages.xml` has the home page and the categories, `products-1.xml` the products with ids
/// from 1 to 5,000, `products-2.xml` the next 5,000 ids, and so on.
///
/// # Errors
/// [`PageError::NotFound`] if the name has another form, or no published product has an id in its range.
pub async fn sitemap_file(
    file: Path<String>,
    feeds: Data<FeedState>,
    config: Data<Config>,
    db: Data<Db>,
) -> PageResult {
    let site = Site { config };
    if *file == "pages.xml" {
        return pages(&site, &db).await;
    }
    let number = number_of(&file, "products-").ok_or(PageError::NotFound)?;
    if !feeds.ranges(&db).await?.iter().any(|range| range.number == number) {
        return Err(PageError::NotFound);
    }
    let file = FeedFile { head: format!("{HEAD}{URLSET}"), tail: END, after: first_id(number) };
    let last = SpuId(first_id(number).0 + IDS_PER_FILE);
    file.send(&db, &feeds, move |conn, after| {
        let products = queries::sitemap_products(conn, (after, last), BATCH)?;
        // An empty batch is the last one.
        let next = products.last().map(|product| product.id);
        let xml = products.iter().map(|product| product_entry(&site, product)).collect();
        Ok::<_, DbError>(FeedBatch { xml, next })
    })
}

async fn pages(site: &Site, db: &Db) -> PageResult {
    let slugs = db.run(|conn| Ok::<_, DbError>(queries::category_slugs(conn, MAX_CATEGORIES)?)).await?;
    let mut map = format!("{HEAD}{URLSET}");
    for path in ["/".to_owned(), "/contact".to_owned()].into_iter().chain(slugs.iter().map(|slug| category_path(slug)))
    {
        map.push_str(&entry(site, &path, ""));
    }
    map.push_str(END);
    Ok(small_file(map))
}

fn product_entry(site: &Site, product: &SitemapProduct) -> String {
    let mut more = element("lastmod", &timestamp(product.changed_at));
    for picture in &product.pictures {
        let url = site.absolute(&picture_url(picture, "zoom"));
        more.push_str(&format!("<image:image>\n{}</image:image>\n", element("image:loc", &url)));
    }
    entry(site, &product_path(product.id, &product.slug), &more)
}

/// Returns the `<url>` elements of a page, one for each language, each with links to the page in all languages. `more`
/// is XML that is added to each element.
fn entry(site: &Site, path: &str, more: &str) -> String {
    let mut links = String::new();
    let languages = Language::ALL.map(|language| (language.tag(), site.url(path, language)));
    for (tag, url) in languages.iter().chain([&("x-default", site.absolute(path))]) {
        links.push_str(&format!("<xhtml:link rel=\"alternate\" hreflang=\"{tag}\" href=\"{}\"/>\n", escaped(url)));
    }
    let entries = languages.iter().map(|(_, url)| format!("<url>\n{}{more}{links}</url>\n", element("loc", url)));
    entries.collect()
}
