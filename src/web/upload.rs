//! Reads multipart forms with a file as a stream, with limits on size and time.

use actix_multipart::{Field, Multipart};
use actix_web::{http::header::DispositionParam, web::Bytes};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::timeout;

use super::{Form, PageError, close_unread};
use crate::{
    kernel::text::is_unseen,
    messages::Messages,
    platform::{
        deadline,
        images::{self, EncodedPicture, MAX_PIXELS, Unreadable},
    },
};

/// The maximum size of a text field of a form with a file, in bytes.
const MAX_FIELD_LEN: usize = 4 * 1024;
const MAX_PARTS: usize = 20;
/// How long the server waits for the next chunk of an upload.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// The minimum speed of an upload in bytes per second, on average.
const MIN_BYTES_PER_SECOND: u64 = 60_000;
/// How long the database may take to store the upload.
const STORE_TIMEOUT: Duration = Duration::from_secs(20);
/// A file that is too large is read up to this many times the maximum size, and discarded. Browsers show no response
/// before the upload is finished, so nobody would see the 413 page if less were read.
const DRAIN_FACTOR: u64 = 4;

/// The expected parts of an upload: the names of the text fields and of the file's field, and the file's maximum size
/// in bytes.
#[derive(Clone, Copy)]
pub struct UploadFields<const N: usize> {
    pub fields: [&'static str; N],
    pub file: &'static str,
    pub max_bytes: u64,
}

/// Receives the content of an uploaded file in chunks, in order.
pub trait UploadSink {
    fn take(&mut self, piece: Bytes) -> impl Future<Output = Result<(), PageError>>;
}

impl UploadSink for Vec<u8> {
    async fn take(&mut self, piece: Bytes) -> Result<(), PageError> {
        self.extend_from_slice(&piece);
        Ok(())
    }
}

#[derive(Debug)]
pub enum UploadResult<S> {
    /// No file was chosen in the form.
    Nothing,
    TooLarge,
    File {
        /// The name of the file, without folders; may be empty.
        name: String,
        content: S,
    },
}

/// Reads an upload, writing its file to `sink`. Returns the text fields, even if the file is refused, and what became
/// of the file. Unexpected fields are ignored, and invalid UTF-8 is replaced.
///
/// # Errors
/// The form is malformed, repeats a field, has too many parts or too large a text, arrives too slowly, or `sink` fails.
pub async fn receive<S: UploadSink, const N: usize>(
    mut body: Multipart,
    expected: UploadFields<N>,
    sink: S,
) -> Result<(Form, UploadResult<S>), PageError> {
    let upload_timeout = Duration::from_secs(expected.max_bytes / MIN_BYTES_PER_SECOND) + READ_TIMEOUT;
    let mut form =
        MultipartReader { expected, texts: [const { None }; N], file: None, sink: Some(sink), is_truncated: false };
    let received = timeout(upload_timeout, form.read(&mut body)).await.unwrap_or(Err(PageError::BadRequest));
    if received.is_err() || form.is_truncated {
        close_unread(body);
    }
    received?;
    // The upload time is the client's, and storing a file takes longer than showing a page.
    deadline::extend(STORE_TIMEOUT);
    let mut texts = form.texts.into_iter();
    let fields = expected.fields.map(|name| (name, texts.next().flatten().unwrap_or_default()));
    Ok((Form::filled(fields), form.file.unwrap_or(UploadResult::Nothing)))
}

/// Returns the message that says why a file cannot be used as a picture.
pub fn picture_error(t: Messages, why: Unreadable) -> String {
    match why {
        Unreadable::Kind => t.picture_kind().to_owned(),
        Unreadable::Heic => t.picture_heic().to_owned(),
        Unreadable::Other(kind) => t.picture_other_kind(kind),
        Unreadable::TooLarge => t.picture_too_many_pixels(MAX_PIXELS / 1_000_000),
        Unreadable::Damaged => t.picture_damaged().to_owned(),
    }
}

/// Encodes an uploaded picture anew. `Err` holds the message for the file's field.
pub async fn encoded_picture(file: UploadResult<Vec<u8>>, t: Messages) -> Result<EncodedPicture, String> {
    match file {
        UploadResult::TooLarge => Err(t.picture_too_many_bytes().to_owned()),
        UploadResult::File { content, .. } if !content.is_empty() => {
            images::reencode(content).await.map_err(|why| picture_error(t, why))
        }
        UploadResult::Nothing | UploadResult::File { .. } => Err(t.picture_needed().to_owned()),
    }
}

struct MultipartReader<S, const N: usize> {
    expected: UploadFields<N>,
    texts: [Option<String>; N],
    file: Option<UploadResult<S>>,
    sink: Option<S>,
    /// True if the form was not read to its end, because the file is far too large.
    is_truncated: bool,
}

impl<S: UploadSink, const N: usize> MultipartReader<S, N> {
    async fn read(&mut self, body: &mut Multipart) -> Result<(), PageError> {
        let mut parts = 0;
        while let Some(field) = timeout(READ_TIMEOUT, body.next()).await.map_err(|_| PageError::BadRequest)? {
            let mut field = field.map_err(|_| PageError::BadRequest)?;
            parts += 1;
            if parts > MAX_PARTS {
                return Err(PageError::BadRequest);
            }
            let name = field.name().unwrap_or_default().to_owned();
            if name == self.expected.file {
                self.take_file(&mut field).await?;
                if self.is_truncated {
                    return Ok(());
                }
                continue;
            }
            let text = text(&mut field).await?;
            let slot = self.expected.fields.iter().zip(&mut self.texts).find(|(field, _)| **field == name);
            if slot.is_some_and(|(_, slot)| slot.replace(text).is_some()) {
                return Err(PageError::BadRequest);
            }
        }
        Ok(())
    }

    async fn take_file(&mut self, field: &mut Field) -> Result<(), PageError> {
        let mut sink = self.sink.take().ok_or(PageError::BadRequest)?;
        let (name, most) = (file_name(field), self.expected.max_bytes);
        let mut arrived = 0_u64;
        while let Some(piece) = next(field).await? {
            arrived = arrived.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if arrived <= most {
                sink.take(piece).await?;
            }
            if arrived > most.saturating_mul(DRAIN_FACTOR) {
                self.is_truncated = true;
                break;
            }
        }
        self.file = Some(if arrived > most {
            UploadResult::TooLarge
        } else if arrived == 0 && name.is_empty() {
            UploadResult::Nothing
        } else {
            UploadResult::File { name, content: sink }
        });
        Ok(())
    }
}

async fn next(field: &mut Field) -> Result<Option<Bytes>, PageError> {
    let next = timeout(READ_TIMEOUT, field.next()).await.map_err(|_| PageError::BadRequest)?;
    next.transpose().map_err(|_| PageError::BadRequest)
}

async fn text(field: &mut Field) -> Result<String, PageError> {
    let mut text = Vec::new();
    while let Some(piece) = next(field).await? {
        text.extend_from_slice(&piece);
        if text.len() > MAX_FIELD_LEN {
            return Err(PageError::TooLarge);
        }
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Returns the name of the file without folders and invisible characters, some of which reverse the text
/// (`invoice\u{202e}vsc.exe`).
fn file_name(field: &Field) -> String {
    let parameters =
        field.content_disposition().map(|disposition| disposition.parameters.as_slice()).unwrap_or_default();
    let name = parameters.iter().find_map(|parameter| match parameter {
        DispositionParam::Filename(name) => Some(name.as_str()),
        _ => None,
    });
    let last = name.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !is_unseen(*c)).take(200).collect::<String>().trim().to_owned()
}
