//! A minimal HTTP/1.1 response parser.

use flate2::read::GzDecoder;
use std::io::Read;

use crate::Outcome;

/// A complete response.
#[derive(Default)]
pub struct Answer<'a> {
    pub status: u16,
    pub location: &'a [u8],
    /// The session cookie it sets, without its attributes.
    pub cookie: &'a [u8],
    length: usize,
    chunked: bool,
    gzip: bool,
    /// The body as sent: chunked and compressed.
    body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// `None` while the response is incomplete.
    pub fn read(bytes: &'a [u8]) -> Outcome<Option<Self>> {
        let mut answer = Self::default();
        let mut rest = bytes;
        while let Some((line, after)) = line(rest) {
            rest = after;
            if line.is_empty() {
                answer.body = rest;
                return Ok(answer.is_whole()?.then_some(answer));
            }
            answer.note(line)?;
        }
        Ok(None)
    }

    fn note(&mut self, line: &'a [u8]) -> Outcome<()> {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            self.status = number(line.get(9..12).unwrap_or_default())?;
            return Ok(());
        };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        // Only those of the lengths that matter are compared.
        match name.len() {
            8 if name.eq_ignore_ascii_case(b"location") => self.location = value,
            10 if name.eq_ignore_ascii_case(b"set-cookie") && value.starts_with(b"session=") => {
                self.cookie = value.split(|byte| *byte == b';').next().unwrap_or_default();
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => self.length = number(value)?,
            16 if name.eq_ignore_ascii_case(b"content-encoding") => self.gzip = value == b"gzip",
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => self.chunked = value == b"chunked",
            _ => {}
        }
        Ok(())
    }

    fn is_whole(&self) -> Outcome<bool> {
        if !self.chunked {
            return Ok(self.body.len() >= self.length);
        }
        Ok(chunks(self.body)?.is_some())
    }

    /// Whether it redirects to an order.
    pub fn is_order(&self) -> bool {
        self.status == 303 && self.location.starts_with(b"/orders/")
    }

    pub fn text(&self) -> Outcome<String> {
        let whole = if self.chunked { chunks(self.body)?.unwrap_or_default() } else { self.body.to_vec() };
        let mut text = String::new();
        if self.gzip {
            GzDecoder::new(whole.as_slice()).read_to_string(&mut text)?;
        } else {
            text = String::from_utf8(whole)?;
        }
        Ok(text)
    }
}

/// The next line, without its end, and what comes after it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = bytes.split_at_checked(end + 1)?;
    Some((line.trim_ascii_end(), after))
}

fn number<T: std::str::FromStr<Err: Into<crate::Fault>>>(digits: &[u8]) -> Outcome<T> {
    std::str::from_utf8(digits)?.parse().map_err(Into::into)
}

/// Joins the chunks of a body; `None` while the last one is missing.
fn chunks(mut rest: &[u8]) -> Outcome<Option<Vec<u8>>> {
    let mut whole = Vec::new();
    while let Some((size, after)) = line(rest) {
        let size = usize::from_str_radix(std::str::from_utf8(size)?, 16)?;
        let Some((chunk, after)) = after.split_at_checked(size + 2) else { return Ok(None) };
        if size == 0 {
            return Ok(Some(whole));
        }
        whole.extend_from_slice(chunk.get(..size).unwrap_or_default());
        rest = after;
    }
    Ok(None)
}
