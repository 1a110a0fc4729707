//! Files for search engines and shopping services: the sitemap, and feeds of all products on sale. Each is sent while it
//! is read, in batches by id, so that it takes little memory and no long transaction however many products there are.

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

/// How many ids of products one file covers. With two addresses for each product a file stays below 50,000 addresses
/// and 10 MB, the limits of Google and Baidu (docs/decisions.md).
const IDS_PER_FILE: i64 = 5_000;
/// The number of files that are sent at the same time by one process; one more gets a 503.
const MAX_AT_ONCE: usize = 4;
/// How long the list of files is kept.
const INDEX_AGE: Duration = Duration::from_secs(10 * 60);
/// How long others may keep a file.
const CACHE_CONTROL: &str = "public, max-age=600";

/// What the process keeps for its files: how many are being sent, and the list of them.
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
    /// Returns the ranges of ids that have published products; at most ten minutes old, because all products are read
    /// for it.
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

/// The addresses that a file names.
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

    /// Returns the canonical URL of a path in this language.
    fn url(&self, path: &str, language: Language) -> String {
        self.absolute(&crate::web::in_language(path, language, self.main_language()))
    }

    fn absolute(&self, path: &str) -> String {
        crate::web::absolute(self.base(), path)
    }
}

/// Some entries of a file, and the id after which the next batch begins; `None` after the last batch.
struct FeedBatch {
    xml: String,
    next: Option<SpuId>,
}

/// The first and last line of a file, and the ids of the products in between.
struct FeedFile {
    head: String,
    tail: &'static str,
    /// The file has the products after this id.
    after: SpuId,
}

impl FeedFile {
    /// Responds with the file; `read` returns the entries that follow an id.
    ///
    /// # Errors
    /// [`PageError::Unavailable`] if as many files as allowed are being sent. A database error after the first bytes
    /// ends the response early.
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

/// What is left to send of a file.
struct SendState {
    permit: OwnedSemaphorePermit,
    /// Text that was not sent yet.
    xml: String,
    next: Option<SpuId>,
}

const CONTENT_TYPE: &str = "application/xml; charset=utf-8";

/// Responds with a small file that is complete.
fn small_file(xml: String) -> HttpResponse {
    HttpResponse::Ok().content_type(CONTENT_TYPE).insert_header((header::CACHE_CONTROL, CACHE_CONTROL)).body(xml)
}

/// Formats a time as sitemaps have it: `2026-11-30T08:00:00Z`.
fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Parses the number in a file name such as `products-3.xml`; `None` if the name is another one.
fn number_of(file: &str, prefix: &str) -> Option<i64> {
    let number = file.strip_prefix(prefix)?.strip_suffix(".xml")?;
    let is_plain = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit()) && number.len() <= 12;
    if is_plain { number.parse().ok() } else { None }
}

/// Returns the id before the first product of the file with this number, from 1.
fn first_id(number: i64) -> SpuId {
    SpuId((number - 1) * IDS_PER_FILE)
}
