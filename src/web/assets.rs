//! The files under `static/`. They are embedded in the binary, also in compressed form, by the build script. Their URLs
//! contain a hash, so that browsers can cache them forever.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web::{Bytes, Path},
};
use std::{collections::HashMap, sync::LazyLock};

use super::{
    PageError, PageResult,
    encodings::{ContentCoding, chosen_coding},
};
use crate::platform::random::hex;

struct StaticFile {
    /// The path below `static/`. All style sheets are joined into one file, `app.css`.
    path: &'static str,
    plain: &'static [u8],
    /// The content compressed with gzip; `None` if that would not be smaller, as for pictures.
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

/// All files, sorted by path, except that the joined style sheet is at the end.
static FILES: &[StaticFile] = &include!(concat!(env!("OUT_DIR"), "/static_files.rs"));

static BY_PATH: LazyLock<HashMap<&'static str, &'static StaticFile>> =
    LazyLock::new(|| FILES.iter().map(|file| (file.path, file)).collect());

impl StaticFile {
    /// Returns the encodings in which the file is stored, smallest form first.
    fn codings(&self) -> &'static [ContentCoding] {
        match (self.brotli, self.gzip) {
            (Some(_), Some(_)) => &[ContentCoding::Brotli, ContentCoding::Gzip, ContentCoding::Identity],
            (Some(_), None) => &[ContentCoding::Brotli, ContentCoding::Identity],
            (None, Some(_)) => &[ContentCoding::Gzip, ContentCoding::Identity],
            (None, None) => &[ContentCoding::Identity],
        }
    }

    fn body(&self, coding: ContentCoding) -> &'static [u8] {
        let compressed = match coding {
            ContentCoding::Identity => None,
            ContentCoding::Gzip => self.gzip,
            ContentCoding::Brotli => self.brotli,
        };
        compressed.unwrap_or(self.plain)
    }

    fn content_type(&self) -> &'static str {
        match self.path.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("webp") => "image/webp",
            Some("png") => "image/png",
            _ => "text/plain; charset=utf-8",
        }
    }
}

/// The hash in the URLs of all files, computed over all of them: scripts import each other by URL, so that a change of
/// one changes the URLs of all.
static MARK: LazyLock<String> = LazyLock::new(|| {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    for file in FILES {
        digest.update(file.path);
        digest.update(file.plain);
    }
    hex(digest.finalize().get(..6).unwrap_or_default())
});

/// Returns the URL of a file below `static/`; `path` is relative to that folder.
pub fn url(path: &str) -> String {
    format!("/static/{}/{path}", *MARK)
}

/// `GET /static/{mark}/{path}`: a file in the smallest encoding that the client accepts; 404 if there is no such file.
/// `mark` is the hash in the URL. If it is not that of this version of the program, browsers must ask again before they
/// use a cached copy. Range requests get the whole file.
pub async fn serve(req: HttpRequest, path: Path<(String, String)>) -> PageResult {
    let (mark, path) = path.into_inner();
    let file = BY_PATH.get(path.as_str()).ok_or(PageError::NotFound)?;
    // A page of an older version gets the current file under its old URL, which must not be cached.
    let keep = if mark == *MARK { "public, max-age=31536000, immutable" } else { "no-cache" };
    let coding = chosen_coding(req.headers(), file.codings()).unwrap_or(ContentCoding::Identity);
    // The forms of a file are different for caches, so each has a tag of its own.
    let tag = format!("\"{}-{}\"", *MARK, coding.name());
    let is_known = req.headers().get(header::IF_NONE_MATCH).is_some_and(|known| contains(known, &tag));
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static(keep))).insert_header((header::ETAG, tag));
    if file.codings().len() > 1 {
        response.insert_header((header::VARY, HeaderValue::from_static("accept-encoding")));
    }
    if is_known {
        return Ok(response.finish());
    }
    if coding != ContentCoding::Identity {
        response.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static(coding.name())));
    }
    Ok(response.content_type(file.content_type()).body(Bytes::from_static(file.body(coding))))
}

/// Returns whether the value of `If-None-Match` contains this tag, or `*`.
fn contains(known: &HeaderValue, tag: &str) -> bool {
    let mut tags = known.to_str().unwrap_or_default().split(',').map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
