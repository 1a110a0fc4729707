//! Parsing and validation of forms: [`Fields`] is what was sent, [`Form`] adds an error message for each field.

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::{Payload, ServiceRequest},
    web::{Bytes, BytesMut},
};
use futures_util::{StreamExt, stream};
use std::{
    borrow::Cow,
    future::{Future, ready},
    ops::RangeInclusive,
    pin::Pin,
    str::FromStr,
    time::Duration,
};
use tokio::time::timeout;

use super::PageError;
use crate::{kernel::text, messages::Messages};

/// The largest body of a form in bytes. A scope with larger forms sets its own as app data.
#[derive(Clone, Copy, Debug)]
pub struct MaxFormBytes(pub usize);

impl Default for MaxFormBytes {
    fn default() -> Self {
        Self(64 * 1024)
    }
}
/// The largest [`MaxFormBytes`] that any scope sets.
const MAX_FORM_BYTES: usize = 128 * 1024;
/// How long reading the whole body of a form may take.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum number of fields of a form: six for each of 100 SKUs of a product, and some more.
const MAX_FIELDS: usize = 650;

/// The fields of a form or query string: valid UTF-8, limited in number and size, without invisible characters
/// ([`text::clean`]).
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<FormField>);

#[derive(Clone, Debug)]
struct FormField {
    name: String,
    raw: String,
    /// The value without invisible characters; `None` if `raw` has none.
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

    fn value(&self) -> &str {
        self.clean.as_deref().unwrap_or(&self.raw)
    }
}

impl Fields {
    /// Returns the field's first value, cleaned and trimmed; empty if it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).map_or("", |field| field.value().trim())
    }

    /// Returns the field's first value as sent, for passwords; empty if it is missing.
    pub fn raw(&self, name: &str) -> &str {
        self.find(name).map_or("", |field| &field.raw)
    }

    fn find(&self, name: &str) -> Option<&FormField> {
        self.0.iter().find(|field| field.name == name)
    }

    /// Returns all values of a field that may be repeated, cleaned and trimmed.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |field| field.name == name).map(|field| field.value().trim())
    }

    /// Returns all names and cleaned values, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|field| (field.name.as_str(), field.value()))
    }

    /// Keeps only the fields whose name satisfies `keep`.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|field| keep(&field.name));
        self
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Parses the query string of a request. Malformed parts are decoded leniently, so that links still work.
    pub fn of_query(req: &HttpRequest) -> Self {
        Self::of_query_string(req.query_string())
    }

    pub fn of_query_string(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes()).take(MAX_FIELDS);
        Self(pairs.map(|(name, value)| FormField::new(name.into_owned(), value.into_owned())).collect())
    }

    /// Returns `None` if the body is no form in UTF-8, has too many fields or a NUL in a name, or all its values are
    /// NULs.
    fn of_body(body: &[u8]) -> Option<Self> {
        let pairs = body.split(|&b| b == b'&').filter(|pair| !pair.is_empty());
        let fields: Option<Vec<_>> = pairs
            .take(MAX_FIELDS + 1)
            .map(|pair| {
                let mut halves = pair.splitn(2, |&b| b == b'=');
                Some(FormField::new(decoded(halves.next()?)?, decoded(halves.next().unwrap_or_default())?))
            })
            .collect();
        let is_nul = |field: &FormField| !field.raw.is_empty() && field.raw.chars().all(|c| c == '\0');
        let is_form = |fields: &Vec<FormField>| {
            let says_something = fields.is_empty() || !fields.iter().all(is_nul);
            says_something && fields.len() <= MAX_FIELDS && !fields.iter().any(|field| field.name.contains('\0'))
        };
        fields.filter(is_form).map(Self)
    }
}

/// Decodes a name or value (WHATWG URL, 5.1); unlike the standard, returns `None` for invalid escapes and UTF-8.
fn decoded(encoded: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (rest.next()?, rest.next()?);
                let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
                digit(high)? * 16 + digit(low)?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Returns whether the content type is that of a form without files.
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

/// The body of the form that was sent, to show it on an error page.
pub(super) struct SentForm(Bytes);

impl SentForm {
    pub(super) fn fields(&self) -> Option<Fields> {
        Fields::of_body(&self.0)
    }
}

/// Reads the form of a request and puts it back, so that an error page can offer to send it again.
///
/// # Errors
/// [`PageError::TooLarge`] for any page; [`PageError::BadRequest`] if it does not arrive in time.
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

/// Closes the connection instead of reading the rest of a body, which may be endless. The server would read it once the
/// body is dropped, so it is held for 5 seconds, until the response was sent.
pub fn close_unread<B: 'static>(body: B) {
    actix_web::rt::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(body);
    });
}

/// A form in progress: its fields, and an error message for each that is wrong.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Fields,
    errors: Vec<(&'static str, String)>,
}

impl From<Fields> for Form {
    fn from(fields: Fields) -> Self {
        Self { fields, errors: Vec::new() }
    }
}

impl Form {
    pub fn filled<const N: usize>(values: [(&str, String); N]) -> Self {
        Fields(values.into_iter().map(|(name, value)| FormField::new(name.to_owned(), value)).collect()).into()
    }

    #[must_use]
    pub fn as_typed(&self) -> Self {
        self.fields.clone().into()
    }

    pub fn clear(&mut self, fields: &[&str]) {
        self.fields.0.retain(|field| !fields.contains(&field.name.as_str()));
    }

    pub fn set(&mut self, field: &str, value: impl Into<String>) {
        self.clear(&[field]);
        self.fields.0.push(FormField::new(field.to_owned(), value.into()));
    }

    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Returns the cleaned and trimmed value, to be shown again; empty if the field is missing.
    pub fn value(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    /// Returns the value as sent, for passwords, which are never shown again.
    pub fn raw(&self, name: &str) -> &str {
        self.fields.raw(name)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.all(name)
    }

    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| *field == name).map(|(_, words)| words.as_str())
    }

    /// Returns all error messages by field, in the order they were added.
    pub fn errors(&self) -> &[(&'static str, String)] {
        &self.errors
    }

    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Adds an error message, unless the field has one already.
    pub fn fail(&mut self, field: &'static str, words: impl Into<String>) {
        if self.error(field).is_none() {
            self.errors.push((field, words.into()));
        }
    }

    /// Returns the field as one line of text, which may be empty if `length` (in characters) starts at 0. If it does
    /// not fit, adds an error message and returns `None`.
    pub fn line(&mut self, field: &'static str, length: RangeInclusive<usize>, t: Messages) -> Option<String> {
        self.text(field, length, t, |c| c.is_control())
    }

    /// Like [`Form::line`], for text of several lines.
    pub fn lines(&mut self, field: &'static str, length: RangeInclusive<usize>, t: Messages) -> Option<String> {
        self.text(field, length, t, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    }

    /// Like [`Form::line`], for text that will be compared (a postcode, a code), normalized by [`text::fold`].
    pub fn folded(&mut self, field: &'static str, length: RangeInclusive<usize>, t: Messages) -> Option<String> {
        let folded = text::fold(&self.line(field, length.clone(), t)?).trim().to_owned();
        if folded.chars().count() > *length.end() {
            self.fail(field, t.field_too_long(length.end()));
            return None;
        }
        Some(folded)
    }

    fn text(
        &mut self,
        field: &'static str,
        length: RangeInclusive<usize>,
        t: Messages,
        odd: fn(char) -> bool,
    ) -> Option<String> {
        let text = self.fields.get(field).replace("\r\n", "\n");
        let characters = text.chars().count();
        let is_odd = text.contains(odd) || self.has_controls(field);
        let wrong = if length.contains(&characters) && !is_odd {
            return Some(text);
        } else if characters == 0 && (*length.start() > 0 || !is_odd) {
            t.field_needed().to_owned()
        } else if characters > *length.end() {
            t.field_too_long(length.end())
        } else if characters < *length.start() {
            t.field_too_short(length.start())
        } else {
            t.field_odd_characters().to_owned()
        };
        self.fail(field, wrong);
        None
    }

    /// Parses the field. On failure adds an error message (`words`, unless it is empty or has controls) and returns
    /// `None`.
    pub fn parsed<T: FromStr>(&mut self, field: &'static str, words: &str, t: Messages) -> Option<T> {
        let typed = self.fields.get(field);
        let is_odd = self.has_controls(field);
        let value = typed.parse().ok().filter(|_| !is_odd);
        if value.is_none() {
            let wrong = match typed {
                "" => t.field_needed(),
                _ if is_odd => t.field_odd_characters(),
                _ => words,
            };
            self.fail(field, wrong);
        }
        value
    }

    /// Returns whether the field was sent with control characters. They are removed from what is shown again, and the
    /// field is rejected, because what they were meant for is unknown.
    pub fn has_controls(&self, field: &str) -> bool {
        text::has_controls(self.fields.raw(field))
    }

    /// Returns whether the field is `true`, `1`, or `on`, which a ticked checkbox sends.
    pub fn ticked(&self, field: &str) -> bool {
        matches!(self.fields.get(field), "true" | "on" | "1")
    }
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
    const T: Messages = Messages(crate::kernel::Language::En);

    #[test]
    fn a_text_that_nobody_sees_is_empty_and_one_with_controls_is_refused() {
        for unseen in ["\u{200b}", "\u{3164}\u{a0}", "\u{202e}\u{2066}", "\u{fe0f}\u{301}"] {
            let mut form = Form::filled([("name", unseen.to_owned())]);
            assert_eq!(form.line("name", 1..=60, T), None, "{unseen:?}");
            assert_eq!(form.error("name"), Some(T.field_needed()));
            let mut form = Form::filled([("name", unseen.to_owned())]);
            assert_eq!(form.lines("name", 0..=60, T), Some(String::new()), "{unseen:?}");
        }
        for odd in ["a\0b", "a\u{1b}[2J", "a\u{85}b", "\u{9c}a"] {
            let mut form = Form::filled([("name", odd.to_owned())]);
            assert_eq!(form.lines("name", 0..=60, T), None, "{odd:?}");
            assert_eq!(form.error("name"), Some(T.field_odd_characters()));
            assert!(!text::has_controls(form.value("name")));
        }
        let mut form = Form::filled([("name", format!("{}\u{200b}", "林".repeat(60)))]);
        assert!(form.line("name", 1..=60, T).is_some(), "what is not seen does not count");
    }
}
