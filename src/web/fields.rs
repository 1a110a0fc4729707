//! The fields of forms and query strings, decoded and cleaned.

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::{Payload, ServiceRequest},
    web::{Bytes, BytesMut},
};
use futures_util::{StreamExt, stream};
use std::{
    borrow::Cow,
    future::{Future, ready},
    pin::Pin,
    time::Duration,
};
use tokio::time::timeout;

use super::PageError;
use crate::{kernel::text, platform::random::hex_digit};

/// The maximum size of a form's body in bytes. A route with a larger form registers its own value as app data.
#[derive(Clone, Copy, Debug)]
pub struct MaxFormBytes(pub usize);

impl Default for MaxFormBytes {
    fn default() -> Self {
        Self(64 * 1024)
    }
}
/// The largest [`MaxFormBytes`] that any route registers.
const MAX_FORM_BYTES: usize = 128 * 1024;
/// How long the server waits for the whole body of a form.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// The maximum number of fields of a form. The largest form has seven for each of the 100 SKUs of a product, and some
/// more.
const MAX_FIELDS: usize = 750;

/// The fields of a form or query string: valid UTF-8, limited in number and size, without invisible characters
/// ([`text::clean`]).
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<FormField>);

#[derive(Clone, Debug)]
struct FormField {
    name: String,
    raw: String,
    /// The value of the field without invisible characters; `None` if `raw` has no such characters and is used itself.
    clean: Option<String>,
}

impl FormField {
    fn new(name: String, raw: String) -> Self {
        let clean = match text::clean(&raw) {
            Cow::Borrowed(_) => None,
            Cow::Owned(clean) => Some(clean),
        };
        Self { name, raw, clean }
    }

    fn is_nul(&self) -> bool {
        !self.raw.is_empty() && self.raw.chars().all(|c| c == '\0')
    }

    fn value(&self) -> &str {
        self.clean.as_deref().unwrap_or(&self.raw)
    }
}

impl Fields {
    /// Returns the field's first value, without invisible characters and spaces around it; empty if the field is
    /// missing.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).map_or("", |field| field.value().trim())
    }

    /// Returns the field's first value exactly as sent, for passwords; empty if the field is missing.
    pub fn raw(&self, name: &str) -> &str {
        self.find(name).map_or("", |field| &field.raw)
    }

    pub(super) fn add(&mut self, name: &str, value: String) {
        self.0.push(FormField::new(name.to_owned(), value));
    }

    pub(super) fn remove(&mut self, names: &[&str]) {
        self.0.retain(|field| !names.contains(&field.name.as_str()));
    }

    fn find(&self, name: &str) -> Option<&FormField> {
        self.0.iter().find(|field| field.name == name)
    }

    /// Returns all values of a field that may be repeated, without invisible characters and spaces around them.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |field| field.name == name).map(|field| field.value().trim())
    }

    /// Returns all fields as (name, value) without invisible characters, in the order of the form.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|field| (field.name.as_str(), field.value()))
    }

    /// Returns only those fields whose name satisfies `keep`.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|field| keep(&field.name));
        self
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Parses the query string of a request. Malformed parts are decoded as far as possible, so that a damaged link
    /// still works.
    pub fn of_query(req: &HttpRequest) -> Self {
        Self::of_query_string(req.query_string())
    }

    pub fn of_query_string(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes()).take(MAX_FIELDS);
        Self(pairs.map(|(name, value)| FormField::new(name.into_owned(), value.into_owned())).collect())
    }

    /// Parses the body of a form; `None` if it is not UTF-8, has too many fields or a NUL in a name, or if all its
    /// values consist of NULs.
    fn of_body(body: &[u8]) -> Option<Self> {
        let pairs = body.split(|&b| b == b'&').filter(|pair| !pair.is_empty());
        let fields: Option<Vec<_>> = pairs
            .take(MAX_FIELDS + 1)
            .map(|pair| {
                let mut halves = pair.splitn(2, |&b| b == b'=');
                Some(FormField::new(decoded(halves.next()?)?, decoded(halves.next().unwrap_or_default())?))
            })
            .collect();
        let fields = fields?;
        let says_something = fields.is_empty() || !fields.iter().all(FormField::is_nul);
        let has_nul = fields.iter().any(|field| field.name.contains('\0'));
        (says_something && fields.len() <= MAX_FIELDS && !has_nul).then_some(Self(fields))
    }
}

/// Decodes a name or value of a form (WHATWG URL, 5.1). Unlike the standard, returns `None` if an escape such as `%4`
/// is incomplete, or the result is not UTF-8.
fn decoded(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (rest.next()?, rest.next()?);
                hex_digit(high)? * 16 + hex_digit(low)?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Returns whether the request's content type is that of a form without files.
pub fn brings_form(req: &HttpRequest) -> bool {
    req.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

impl FromRequest for Fields {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_form = brings_form(req);
        let MaxFormBytes(most) = req.app_data().copied().unwrap_or_default();
        let mut payload = payload.take();
        Box::pin(async move {
            let read = timeout(READ_TIMEOUT, bounded(&mut payload, most)).await.unwrap_or(Err(PageError::BadRequest));
            if read.is_err() {
                close_unread(payload);
            }
            let body = read?;
            if body.is_empty() {
                return Ok(Self::default());
            }
            is_form.then(|| Self::of_body(&body)).flatten().ok_or(PageError::BadRequest)
        })
    }
}

/// The body of the submitted form, stored so that an error page can offer to send it again.
pub(super) struct SentForm(Bytes);

impl SentForm {
    pub(super) fn fields(&self) -> Option<Fields> {
        Fields::of_body(&self.0)
    }
}

/// Reads the form of a request, stores it as [`SentForm`], and puts it back for the handler.
///
/// # Errors
/// [`PageError::TooLarge`]; [`PageError::BadRequest`] if the body does not arrive in time.
pub(super) async fn keep_form(req: &mut ServiceRequest) -> Result<(), PageError> {
    let mut payload = req.take_payload();
    let read = timeout(READ_TIMEOUT, bounded(&mut payload, MAX_FORM_BYTES)).await.unwrap_or(Err(PageError::BadRequest));
    if read.is_err() {
        close_unread(payload);
    }
    let body = read?;
    req.extensions_mut().insert(SentForm(body.clone()));
    req.set_payload(Payload::Stream { payload: Box::pin(stream::once(ready(Ok(body)))) });
    Ok(())
}

async fn bounded(payload: &mut Payload, most: usize) -> Result<Bytes, PageError> {
    let (mut body, mut arrived) = (BytesMut::new(), 0);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| PageError::BadRequest)?;
        arrived += chunk.len();
        // Browsers show no response before the upload is finished: read and discard up to 16 times the limit.
        if arrived > most * 16 {
            break;
        }
        if arrived <= most {
            body.extend_from_slice(&chunk);
        }
    }
    if arrived > most { Err(PageError::TooLarge) } else { Ok(body.freeze()) }
}

/// Makes the server close the connection after the response, instead of reading the unread part of a body, which may be
/// endless. The server reads that part as soon as the body is dropped, so the body is held for 5 seconds.
pub fn close_unread<B: 'static>(body: B) {
    actix_web::rt::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(body);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_as_browsers_write_it() {
        let fields = Fields::of_body("name=%E6%A2%85+Mei&count=3&empty=&bare".as_bytes()).unwrap();
        assert_eq!(fields.get("name"), "梅 Mei");
        assert_eq!(fields.get("count"), "3");
        assert_eq!((fields.get("empty"), fields.get("bare"), fields.get("missing")), ("", "", ""));
    }

    #[test]
    fn a_body_that_is_no_text_is_refused() {
        for broken in ["a=%FF%FE", "a=%", "a=%4", "a=%zz", "a=%00", "%C3=1"] {
            assert!(Fields::of_body(broken.as_bytes()).is_none(), "{broken}");
        }
        assert!(Fields::of_body("a=1&".repeat(MAX_FIELDS + 1).as_bytes()).is_none());
    }
}
