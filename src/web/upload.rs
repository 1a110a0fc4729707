//! Forms with a file, read piece by piece: never more than is asked for, and never for ever.

use actix_multipart::{Field, Multipart};
use actix_web::{http::header::DispositionParam, web::Bytes};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::timeout;

use super::{Form, PageError, close_unread};
use crate::{kernel::text::is_unseen, platform::deadline};

/// The most bytes of a field that is no file.
const MAX_FIELD_LEN: usize = 4 * 1024;
/// The most parts of a form, of whatever kind.
const MAX_PARTS: usize = 20;
/// How long the next piece may take to arrive.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// How fast a file comes at least, in bytes a second.
const MIN_BYTES_PER_SECOND: u64 = 60_000;
/// How long PostgreSQL may take to keep what arrived.
const KEEP_TIMEOUT: Duration = Duration::from_secs(20);
/// Browsers read no answer before they have sent everything, so of what is too large so many times as much is let pass by.
const DRAIN_FACTOR: u64 = 4;

/// What a form with a file asks for.
#[derive(Clone, Copy)]
pub struct Asked<const N: usize> {
    /// The fields that are text.
    pub fields: [&'static str; N],
    /// The file's.
    pub file: &'static str,
    /// The most bytes of it.
    pub most_bytes: u64,
}

/// Where the pieces of a file go.
pub trait UploadSink {
    /// The next piece.
    ///
    /// # Errors
    /// It cannot be kept.
    fn take(&mut self, piece: Bytes) -> impl Future<Output = Result<(), PageError>>;
}

impl UploadSink for Vec<u8> {
    async fn take(&mut self, piece: Bytes) -> Result<(), PageError> {
        self.extend_from_slice(&piece);
        Ok(())
    }
}

/// What became of the file.
#[derive(Debug)]
pub enum UploadResult<S> {
    /// None was chosen.
    Nothing,
    /// It is larger than it may be.
    TooLarge,
    /// All of it.
    File {
        /// What it is called where it comes from, without the folders it was in; may be empty.
        name: String,
        /// Its pieces.
        content: S,
    },
}

/// Takes in a form with a file: the text fields to be checked and shown again, whatever became of the file, and the file. What
/// was not asked for is passed over; what is no text in a text is replaced.
///
/// # Errors
/// It is no such form, has a field twice or too many of them, stopped coming, or the file cannot be kept.
pub async fn receive<S: UploadSink, const N: usize>(
    mut body: Multipart,
    asked: Asked<N>,
    sink: S,
) -> Result<(Form, UploadResult<S>), PageError> {
    let whole = Duration::from_secs(asked.most_bytes / MIN_BYTES_PER_SECOND) + READ_TIMEOUT;
    let mut form = Arriving { asked, said: [const { None }; N], file: None, sink: Some(sink), is_cut: false };
    let received = timeout(whole, form.take_in(&mut body)).await.unwrap_or(Err(PageError::BadRequest));
    if received.is_err() || form.is_cut {
        close_unread(body);
    }
    received?;
    // How long the client took for it is not the shop's time; and to keep a file takes longer than to show a page.
    deadline::extend(KEEP_TIMEOUT);
    let mut said = form.said.into_iter();
    let fields = asked.fields.map(|name| (name, said.next().flatten().unwrap_or_default()));
    Ok((Form::filled(fields), form.file.unwrap_or(UploadResult::Nothing)))
}

/// What has come of a form so far.
struct Arriving<S, const N: usize> {
    asked: Asked<N>,
    said: [Option<String>; N],
    file: Option<UploadResult<S>>,
    sink: Option<S>,
    /// The rest of it was not waited for.
    is_cut: bool,
}

impl<S: UploadSink, const N: usize> Arriving<S, N> {
    async fn take_in(&mut self, body: &mut Multipart) -> Result<(), PageError> {
        let mut parts = 0;
        while let Some(field) = timeout(READ_TIMEOUT, body.next()).await.map_err(|_| PageError::BadRequest)? {
            let mut field = field.map_err(|_| PageError::BadRequest)?;
            parts += 1;
            if parts > MAX_PARTS {
                return Err(PageError::BadRequest);
            }
            let name = field.name().unwrap_or_default().to_owned();
            if name == self.asked.file {
                self.take_file(&mut field).await?;
                if self.is_cut {
                    return Ok(());
                }
                continue;
            }
            let text = text(&mut field).await?;
            let asked = self.asked.fields.iter().zip(&mut self.said).find(|(asked, _)| **asked == name);
            if asked.is_some_and(|(_, said)| said.replace(text).is_some()) {
                return Err(PageError::BadRequest);
            }
        }
        Ok(())
    }

    async fn take_file(&mut self, field: &mut Field) -> Result<(), PageError> {
        let mut sink = self.sink.take().ok_or(PageError::BadRequest)?;
        let (name, most) = (file_name(field), self.asked.most_bytes);
        let mut arrived = 0_u64;
        while let Some(piece) = next(field).await? {
            arrived = arrived.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if arrived <= most {
                sink.take(piece).await?;
            }
            if arrived > most.saturating_mul(DRAIN_FACTOR) {
                self.is_cut = true;
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

/// Without the signs that nobody sees, some of which turn around what follows (`invoice\u{202e}vsc.exe`).
fn file_name(field: &Field) -> String {
    let parameters =
        field.content_disposition().map(|disposition| disposition.parameters.as_slice()).unwrap_or_default();
    let name = parameters.iter().find_map(|said| match said {
        DispositionParam::Filename(name) => Some(name.as_str()),
        _ => None,
    });
    let last = name.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !is_unseen(*c)).take(200).collect::<String>().trim().to_owned()
}
