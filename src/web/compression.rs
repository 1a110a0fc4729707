//! Compression of pages with gzip, at the level with the best ratio of saved bytes to time (docs/performance.md).
//! Static files are compressed by the build script; see [`super::assets`].

use actix_http::encoding::Encoder;
use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, EitherBody, MessageBody},
    dev::{ResponseHead, ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, ContentEncoding, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web::Bytes,
};
use flate2::{Compress, Compression, FlushCompress, Status};
use std::{cell::RefCell, sync::OnceLock};

use super::{
    encodings::{ContentCoding, chosen_coding},
    responses::html_of,
};

/// The minimum size in bytes of a response that is compressed. A smaller one fits into one network packet without
/// compression.
const MIN_LEN: usize = 1_400;
/// The gzip level for responses that are compressed for each request. Higher levels cost more time than they save.
const LEVEL: Compression = Compression::new(1);
/// The base-2 logarithm of the size of the compression window, in bytes: 32 KiB, the maximum.
const WINDOW_BITS: u8 = 15;
/// The buffer for the compressed form of a page is allocated with the page's length divided by this. Most pages need
/// less.
const EXPECTED_RATIO: usize = 4;

thread_local! {
    /// The state of the compressor, about 250 KB, kept for each thread. To create it anew for each page takes longer
    /// than to compress the page.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new_gzip(LEVEL, WINDOW_BITS));
}

/// Middleware: compresses texts for clients that accept gzip. Responds with 406 to clients that accept neither gzip,
/// Brotli nor uncompressed responses. Responses that a handler has compressed stay as they are.
pub async fn compress_responses(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let all = [ContentCoding::Brotli, ContentCoding::Gzip, ContentCoding::Identity];
    if chosen_coding(req.headers(), &all).is_none() {
        let refusal = HttpResponse::NotAcceptable().insert_header(vary()).body("br, gzip, identity");
        return Ok(req.into_response(refusal).map_into_right_body());
    }
    let takes_gzip = takes_gzip(req.headers());
    let response = next.call(req).await?;
    Ok(response.map_body(|head, body| {
        if !is_text(head.headers()) || head.headers().contains_key(header::CONTENT_ENCODING) || is_small(&body) {
            return EitherBody::left(body);
        }
        head.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
        if takes_gzip && head.status != StatusCode::PARTIAL_CONTENT {
            return EitherBody::right(gzip_body(head, body));
        }
        EitherBody::left(body)
    }))
}

fn vary() -> (header::HeaderName, HeaderValue) {
    (header::VARY, HeaderValue::from_static("accept-encoding"))
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    chosen_coding(headers, &[ContentCoding::Gzip, ContentCoding::Identity]) == Some(ContentCoding::Gzip)
}

fn is_text(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/") || kind.ends_with("xml") || kind.ends_with("json")
}

/// Returns whether a body is too small to be compressed. Streams, whose length is not known, are not.
fn is_small(body: &impl MessageBody) -> bool {
    match body.size() {
        BodySize::None => true,
        BodySize::Sized(len) => usize::try_from(len).is_ok_and(|len| len < MIN_LEN),
        BodySize::Stream => false,
    }
}

/// Compresses a body with gzip: at once if it is complete, otherwise as a stream.
fn gzip_body(head: &mut ResponseHead, body: impl MessageBody + 'static) -> BoxBody {
    match body.try_into_bytes() {
        Ok(plain) => match gzipped(&plain) {
            Some(compressed) => {
                head.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                compressed.boxed()
            }
            None => plain.boxed(),
        },
        Err(stream) => {
            head.headers_mut().remove(header::VARY);
            Encoder::response(ContentEncoding::Gzip, head, stream).boxed()
        }
    }
}

/// Compresses with gzip; returns `None` if the result is not smaller.
fn gzipped(plain: &[u8]) -> Option<Bytes> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        compressor.reset();
        let mut compressed = Vec::with_capacity(plain.len() / EXPECTED_RATIO + 64);
        loop {
            let read = usize::try_from(compressor.total_in()).ok()?;
            let rest = plain.get(read..)?;
            if compressor.compress_vec(rest, &mut compressed, FlushCompress::Finish).ok()? == Status::StreamEnd {
                break;
            }
            if compressed.len() >= plain.len() {
                return None;
            }
            compressed.reserve(plain.len() / EXPECTED_RATIO + 64);
        }
        (compressed.len() < plain.len()).then(|| compressed.into())
    })
}

/// The HTML of a page that is the same for several requests. It is compressed once, for the first client that accepts
/// gzip.
#[derive(Debug)]
pub struct SharedHtml {
    plain: Bytes,
    gzip: OnceLock<Option<Bytes>>,
}

impl SharedHtml {
    pub fn new(html: String) -> Self {
        Self { plain: html.into(), gzip: OnceLock::new() }
    }

    /// Returns a response of status 200 with the page, compressed if the client accepts gzip.
    pub fn response(&self, req: &HttpRequest) -> HttpResponse {
        if takes_gzip(req.headers())
            && self.plain.len() >= MIN_LEN
            && let Some(compressed) = self.gzip.get_or_init(|| gzipped(&self.plain))
        {
            let mut response = html_of(compressed.clone());
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
            return response;
        }
        html_of(self.plain.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn what_is_compressed_is_the_same_after_unpacking() {
        let page = "<li><a href=\"/products/1-teapot\">Teapot 茶壶</a></li>\n".repeat(2_000);
        for len in [MIN_LEN, 10_000, page.len()] {
            let plain = page.get(..len).unwrap_or(&page).as_bytes();
            let compressed = gzipped(plain).unwrap();
            assert!(compressed.len() * 4 < plain.len() + 1_000, "{}", compressed.len());
            let mut read = Vec::new();
            GzDecoder::new(&compressed[..]).read_to_end(&mut read).unwrap();
            assert!(read == plain);
        }
        let mut random = [0; 5_000];
        rand::Rng::fill(&mut rand::rng(), &mut random[..]);
        assert!(gzipped(&random).is_none(), "what cannot be compressed is sent as it is");
        assert!(gzipped(page.as_bytes()).is_some(), "and the compressor can be used again");
    }

    #[test]
    fn only_texts_are_compressed() {
        let is_text = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            is_text(&headers)
        };
        for kind in ["text/html; charset=utf-8", "text/csv", "application/json", "image/svg+xml", "application/xml"] {
            assert!(is_text(kind), "{kind}");
        }
        for kind in ["image/webp", "image/jpeg", "application/zip", "application/octet-stream", "font/woff2"] {
            assert!(!is_text(kind), "{kind}");
        }
        assert!(!super::is_text(&HeaderMap::new()));
    }
}
