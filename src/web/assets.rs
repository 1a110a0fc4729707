//! The files under `static/`, embedded in the binary. Their URLs contain a hash, so that browsers can cache them
//! forever.

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderValue},
    web::{Bytes, Path},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use super::PageError;
use crate::platform::random::hex;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// All style sheets concatenated, in the order of their names.
const STYLES: &str = "app.css";

struct Asset {
    kind: &'static str,
    body: Bytes,
}

/// By path below `static/`.
static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    let mut assets = BTreeMap::new();
    let mut styles = Vec::new();
    let mut paths: Vec<Cow<'static, str>> = Static::iter().collect();
    paths.sort();
    for path in paths {
        let Some(file) = Static::get(&path) else {
            continue;
        };
        if path.starts_with("css/") {
            styles.extend_from_slice(&file.data);
            styles.push(b'\n');
        } else {
            assets.insert(path.to_string(), Asset { kind: kind(&path), body: bytes(file) });
        }
    }
    assets.insert(STYLES.to_owned(), Asset { kind: kind(STYLES), body: styles.into() });
    assets
});

/// One hash for all files: scripts import each other by URL, so all URLs must change together.
static MARK: LazyLock<String> = LazyLock::new(|| {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    for (path, asset) in ASSETS.iter() {
        digest.update(path);
        digest.update(&asset.body);
    }
    hex(digest.finalize().get(..6).unwrap_or_default())
});

fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "text/plain; charset=utf-8",
    }
}

/// The URL of a file under `static/`.
pub fn url(path: &str) -> String {
    format!("/static/{}/{path}", *MARK)
}

/// `GET /static/{mark}/{path}`
pub async fn serve(path: Path<(String, String)>) -> Result<HttpResponse, PageError> {
    let (mark, path) = path.into_inner();
    let asset = ASSETS.get(&path).ok_or(PageError::NotFound)?;
    // A page of an older version gets the current file under its old URL, which must not be cached.
    let keep = if mark == *MARK { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(HttpResponse::Ok()
        .content_type(asset.kind)
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static(keep)))
        .body(asset.body.clone()))
}
