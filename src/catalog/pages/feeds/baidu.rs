//! The feed of all products on sale for Baidu: XML files without namespaces. For each product they have the URL, the
//! time of the last change, and the data that search results show (`<data><display>`). A file has at most 50,000 URLs
//! and 10 MB (docs/decisions.md).

use actix_web::web::{Data, Path};
use std::collections::HashMap;

use super::{
    FeedBatch, FeedFile, FeedState, IDS_PER_FILE, Site, first_id, number_of, small_file, timestamp,
    xml::{cut, element, escaped},
};
use crate::{
    catalog::{model::Product, queries},
    config::Config,
    kernel::{Language, SpuId},
    platform::db::{Db, DbError},
    web::{PageError, PageResult, picture_url},
};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
const MAX_CONTENT_LEN: usize = 500;
const BATCH: i64 = 100;
/// The feed is in Chinese only, the language of Baidu's users.
const LANGUAGE: Language = Language::Zh;

/// `GET /feeds/baidu.xml`: an index with the URLs of the feed's files.
pub async fn baidu_index(feeds: Data<FeedState>, config: Data<Config>, db: Data<Db>) -> PageResult {
    let site = Site { config };
    let mut index = format!("{HEAD}<sitemapindex>\n");
    for range in feeds.ranges(&db).await?.iter() {
        let file = element("loc", &site.absolute(&format!("/feeds/baidu-{}.xml", range.number)));
        let changed = element("lastmod", &timestamp(range.changed_at));
        index.push_str(&format!("<sitemap>\n{file}{changed}</sitemap>\n"));
    }
    index.push_str("</sitemapindex>\n");
    Ok(small_file(index))
}

/// `GET /feeds/{file}`: one file of the feed. `baidu-1.xml` has the products with ids from 1 to 5,000, `baidu-2.xml`
/// the next 5,000 ids, and so on.
///
/// # Errors
/// [`PageError::NotFound`] if the name has another form, or no published product has an id in its range.
pub async fn baidu_feed(file: Path<String>, feeds: Data<FeedState>, config: Data<Config>, db: Data<Db>) -> PageResult {
    let site = Site { config };
    let number = number_of(&file, "baidu-").ok_or(PageError::NotFound)?;
    if !feeds.ranges(&db).await?.iter().any(|range| range.number == number) {
        return Err(PageError::NotFound);
    }
    let last = SpuId(first_id(number).0 + IDS_PER_FILE);
    let file = FeedFile { head: format!("{HEAD}<urlset>\n"), tail: "</urlset>\n", after: first_id(number) };
    file.send(&db, &feeds, move |conn, after| {
        let (products, next) = queries::next_products(conn, after, Some(last), (LANGUAGE, BATCH))?;
        let ids: Vec<SpuId> = products.iter().map(|product| product.id).collect();
        let changed: HashMap<_, _> = queries::changed_at(conn, &ids)?.into_iter().collect();
        let day = |product: &Product| changed.get(&product.id).map(|at| timestamp(*at)).unwrap_or_default();
        let xml = products.iter().map(|product| entry(&site, product, &day(product))).collect();
        Ok::<_, DbError>(FeedBatch { xml, next })
    })
}

fn entry(site: &Site, product: &Product, changed: &str) -> String {
    let description = if product.description.is_empty() { &product.name } else { &product.description };
    let mut entry = String::from("<url>\n");
    entry.push_str(&element("loc", &site.url(&product.address(), LANGUAGE)));
    entry.push_str(&element("lastmod", changed));
    entry.push_str("<changefreq>daily</changefreq>\n<priority>0.8</priority>\n<data>\n<display>\n");
    entry.push_str(&element("title", &product.name));
    entry.push_str(&element("content", cut(description, MAX_CONTENT_LEN)));
    for category in &product.path {
        entry.push_str(&element("tag", &category.name));
    }
    for picture in product.pictures.iter().take(1) {
        let url = site.absolute(&picture_url(&picture.file, "page"));
        entry.push_str(&format!("<thumbnail loc=\"{}\"/>\n", escaped(&url)));
    }
    entry.push_str("</display>\n</data>\n</url>\n");
    entry
}
