//! The files under `static/`, embedded in the binary. Their URLs contain a hash, so that browsers can cache them
//! forever.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::header::{self, AcceptEncoding, Encoding, HeaderValue},
    web::{Bytes, Path},
};
use flate2::{Compression, write::GzEncoder};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::{borrow::Cow, collections::BTreeMap, io::Write, sync::LazyLock};

use super::{PageError, PageResult};
use crate::platform::random::hex;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// The path of the one style sheet that pages load: all files of `css/`, concatenated in the order of their names.
const STYLES: &str = "app.css";

struct Asset {
    kind: &'static str,
    body: Bytes,
    /// The content compressed with gzip; `None` if that would not be smaller, as for pictures.
    gzip: Option<Bytes>,
}

impl Asset {
    fn new(path: &str, body: Bytes) -> Self {
        let (kind, is_compressed) = kind(path);
        let gzip = if is_compressed { None } else { compress(&body) };
        Self { kind, body, gzip }
    }
}

/// Compresses with gzip; returns `None` if the result is not smaller.
fn compress(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).ok()?;
    let compressed = encoder.finish().ok()?;
    (compressed.len() < body.len()).then(|| compressed.into())
}

/// The files by their path below `static/`. All style sheets together are the one file [`STYLES`].
static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    let mut assets = BTreeMap::new();
    let mut styles = String::new();
    let mut paths: Vec<Cow<'static, str>> = Static::iter().collect();
    paths.sort();
    for path in paths {
        let Some(file) = Static::get(&path) else {
            continue;
        };
        if path.starts_with("css/") {
            push_styles(&mut styles, &String::from_utf8_lossy(&file.data));
        } else {
            assets.insert(path.to_string(), Asset::new(&path, bytes(file)));
        }
    }
    assets.insert(STYLES.to_owned(), Asset::new(STYLES, styles.into()));
    assets
});

/// Appends a style sheet without comments, indentation and empty lines. No string in it may contain `/*`.
fn push_styles(styles: &mut String, sheet: &str) {
    let parts = sheet.split("/*").enumerate();
    let code = parts.map(|(n, part)| if n == 0 { part } else { part.split_once("*/").map_or("", |(_, code)| code) });
    for line in code.collect::<String>().lines().map(str::trim).filter(|line| !line.is_empty()) {
        styles.push_str(line);
        styles.push('\n');
    }
}

/// The hash in the URLs of all files, computed over all of them: scripts import each other by URL, so that a change of
/// one changes the URLs of all.
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

/// Returns the content type of a file, and whether files of that type are already compressed.
fn kind(path: &str) -> (&'static str, bool) {
    match path.rsplit('.').next() {
        Some("css") => ("text/css; charset=utf-8", false),
        Some("js") => ("text/javascript; charset=utf-8", false),
        Some("svg") => ("image/svg+xml", false),
        Some("webp") => ("image/webp", true),
        Some("png") => ("image/png", true),
        Some("webmanifest") => ("application/manifest+json", false),
        _ => ("text/plain; charset=utf-8", false),
    }
}

/// Returns the URL of a file below `static/`; `path` is relative to that folder.
pub fn url(path: &str) -> String {
    format!("/static/{}/{path}", *MARK)
}

/// `GET /static/{mark}/{path}`: the file, gzipped if the client accepts that; 404 if it does not exist. `mark` is the
/// hash in the URL; if another version of the program made it, the response must not be cached.
pub async fn serve(req: HttpRequest, path: Path<(String, String)>) -> PageResult {
    let (mark, path) = path.into_inner();
    let asset = ASSETS.get(&path).ok_or(PageError::NotFound)?;
    // A page of an older version gets the current file under its old URL, which must not be cached.
    let keep = if mark == *MARK { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = HttpResponse::Ok();
    response.content_type(asset.kind).insert_header((header::CACHE_CONTROL, HeaderValue::from_static(keep)));
    let Some(gzip) = &asset.gzip else { return Ok(response.body(asset.body.clone())) };
    response.insert_header((header::VARY, HeaderValue::from_static("accept-encoding")));
    if !accepts_gzip(&req) {
        return Ok(response.body(asset.body.clone()));
    }
    Ok(response.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))).body(gzip.clone()))
}

fn accepts_gzip(req: &HttpRequest) -> bool {
    let accepted: Option<AcceptEncoding> = req.get_header();
    let supported = [Encoding::identity(), Encoding::gzip()];
    accepted.is_some_and(|accepted| accepted.negotiate(supported.iter()) == Some(Encoding::gzip()))
}
