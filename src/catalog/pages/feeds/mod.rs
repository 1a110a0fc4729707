//! Files for search engines and shopping services: the sitemap, and feeds of all products on sale. They are streamed in
//! batches of products by id, so that memory and the length of transactions do not grow with the number of products.

mod baidu;
mod google;
mod sitemap;
mod xml;

pub use baidu::{baidu_feed, baidu_index};
pub use google::google_feed;
pub use sitemap::{sitemap, sitemap_file};

use actix_web::{
    HttpResponse,
    http::header,
    web::{Bytes, Data},
};
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::stream;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::{
    catalog::queries::{self, ProductRange},
    config::Config,
    kernel::{Language, SpuId},
    platform::db::{Connection, Db, DbError, Share},
    web::{PageError, PageResult},
};

/// The number of product ids that one file covers. With two URLs for each product (one for each language), a file stays
/// below 50,000 URLs and 10 MB, the limits of Google and Baidu (docs/decisions.md).
const IDS_PER_FILE: i64 = 5_000;
/// The maximum number of files that one process streams at the same time; further requests get a 503.
const MAX_AT_ONCE: usize = 4;
/// How long a process caches the ranges of product ids, from which the list of files is made.
const INDEX_AGE: Duration = Duration::from_secs(10 * 60);
/// Browsers and proxies may cache a file for ten minutes.
const CACHE_CONTROL: &str = "public, max-age=600";

/// The state of the feeds in one process: permits for streaming a file, and the cached ranges of product ids with the
/// time when they were loaded.
pub struct FeedState {
    permits: Arc<Semaphore>,
    index: Mutex<Option<(Instant, Arc<Vec<ProductRange>>)>>,
}

impl Default for FeedState {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(MAX_AT_ONCE)), index: Mutex::default() }
    }
}

impl FeedState {
    /// Returns the ranges of ids with published products, cached for ten minutes because the query reads all products.
    async fn ranges(&self, db: &Db) -> Result<Arc<Vec<ProductRange>>, PageError> {
        let kept = self.index.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, ranges)) = kept.filter(|(at, _)| at.elapsed() < INDEX_AGE) {
            return Ok(ranges);
        }
        let db = db.sharing(Share::Background);
        let found = db.run(|conn| Ok::<_, DbError>(queries::ranges(conn, IDS_PER_FILE)?)).await?;
        let ranges = Arc::new(found);
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&ranges)));
        Ok(ranges)
    }
}

/// Builds the absolute URLs of the shop that a file contains.
#[derive(Clone)]
struct Site {
    config: Data<Config>,
}

impl Site {
    fn base(&self) -> &Url {
        &self.config.public_url
    }

    fn main_language(&self) -> Language {
        Language::main(&self.config)
    }

    /// Returns the canonical absolute URL of a path in this language.
    fn url(&self, path: &str, language: Language) -> String {
        self.absolute(&crate::web::in_language(path, language, self.main_language()))
    }

    fn absolute(&self, path: &str) -> String {
        crate::web::absolute(self.base(), path)
    }
}

/// A batch of entries of a file; `next` is the id after which the next batch begins, `None` for the last batch.
struct FeedBatch {
    xml: String,
    next: Option<SpuId>,
}

/// A file to stream: its text before and after the entries, and where the products begin.
struct FeedFile {
    head: String,
    tail: &'static str,
    /// The entries are those of products with ids above this one.
    after: SpuId,
}

impl FeedFile {
    /// Streams the file. `read` returns the batch of entries for products with ids above the one given.
    ///
    /// # Errors
    /// [`PageError::Unavailable`] if the process is already streaming [`MAX_AT_ONCE`] files. A database error after the
    /// first bytes ends the response early.
    fn send<R>(self, db: &Db, state: &FeedState, read: R) -> PageResult
    where
        R: Fn(&mut Connection, SpuId) -> Result<FeedBatch, DbError> + Clone + Send + 'static,
    {
        let permit = state.permits.clone().try_acquire_owned().map_err(|error| PageError::Unavailable(error.into()))?;
        let db = db.sharing(Share::Background);
        let start = SendState { permit, xml: self.head, next: Some(self.after) };
        let tail = self.tail;
        let body = stream::try_unfold(Some(start), move |state| {
            let (db, read) = (db.clone(), read.clone());
            async move {
                let Some(SendState { permit, mut xml, mut next }) = state else { return Ok(None) };
                while let Some(after) = next {
                    let read = read.clone();
                    let batch = db.run(move |conn| read(conn, after)).await.map_err(io::Error::other)?;
                    xml.push_str(&batch.xml);
                    next = batch.next;
                    // An empty chunk would end the response.
                    if !xml.is_empty() {
                        break;
                    }
                }
                if next.is_none() {
                    xml.push_str(tail);
                    return Ok(Some((Bytes::from(xml), None)));
                }
                let rest = SendState { permit, xml: String::new(), next };
                Ok::<_, io::Error>(Some((Bytes::from(xml), Some(rest))))
            }
        });
        Ok(HttpResponse::Ok()
            .content_type(CONTENT_TYPE)
            .insert_header((header::CACHE_CONTROL, CACHE_CONTROL))
            .streaming(Box::pin(body)))
    }
}

/// The state of a file that is being streamed.
struct SendState {
    permit: OwnedSemaphorePermit,
    /// Text that is ready to be sent.
    xml: String,
    next: Option<SpuId>,
}

const CONTENT_TYPE: &str = "application/xml; charset=utf-8";

/// Responds with a file that is sent as a whole.
fn small_file(xml: String) -> HttpResponse {
    HttpResponse::Ok().content_type(CONTENT_TYPE).insert_header((header::CACHE_CONTROL, CACHE_CONTROL)).body(xml)
}

/// Formats a time as in sitemaps, in UTC: `2026-11-30T08:00:00Z`.
fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Parses the number in a file name such as `products-3.xml` with the prefix `products-`; `None` if the name has
/// another form.
fn number_of(file: &str, prefix: &str) -> Option<i64> {
    let number = file.strip_prefix(prefix)?.strip_suffix(".xml")?;
    let is_plain = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit()) && number.len() <= 12;
    if is_plain { number.parse().ok() } else { None }
}

/// Returns the id just below the range of ids in the file with this number; the first file is 1.
fn first_id(number: i64) -> SpuId {
    SpuId((number - 1) * IDS_PER_FILE)
}
