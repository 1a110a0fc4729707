//! A file on its way in: into a file of its own on disk, piece by piece, never more of it in memory.

use actix_multipart::{Field, Multipart};
use actix_web::http::header::DispositionParam;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::{fs::File, io::Write, time::Duration};
use tokio::time::timeout;

use crate::{
    platform::secrets,
    stock::{ImportFile, MOST_BYTES},
    web::{Form, PageError, close_unread},
};

/// The most bytes of a field that is no file.
const MOST_OF_A_FIELD: usize = 4 * 1024;
const MOST_FIELDS: usize = 20;
/// How much is written to disk at once.
const PIECE: usize = 256 * 1024;
/// How long the next piece may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the whole may take: twenty megabytes at 60 kB a second.
const WHOLE: Duration = Duration::from_secs(360);
/// Browsers read no answer before they have sent everything, so of what is too large so much is let pass by.
const MOST_LET_BY: u64 = MOST_BYTES * 4;

/// What came.
#[derive(Default)]
pub(super) struct Upload {
    fields: Vec<(String, String)>,
    /// The file, if there was one and it was not too large.
    pub(super) file: Option<(ImportFile, File)>,
    /// It was larger than [`MOST_BYTES`].
    pub(super) too_large: bool,
}

impl Upload {
    /// Takes in a form with a file.
    ///
    /// # Errors
    /// It is no such form, stopped coming, or the disk is full.
    pub(super) async fn receive(mut form: Multipart) -> Result<Self, PageError> {
        let mut upload = Self::default();
        let received = timeout(WHOLE, upload.take_in(&mut form)).await.unwrap_or(Err(PageError::BadRequest));
        if received.is_err() || upload.too_large {
            close_unread(form);
        }
        received.map(|()| upload)
    }

    /// The fields named here as a form, to be checked and shown again.
    pub(super) fn form<const N: usize>(&self, names: [&'static str; N]) -> Form {
        Form::filled(names.map(|name| {
            let said = self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
            (name, said.unwrap_or_default())
        }))
    }

    async fn take_in(&mut self, form: &mut Multipart) -> Result<(), PageError> {
        while let Some(field) = timeout(PATIENCE, form.next()).await.map_err(|_| PageError::BadRequest)? {
            let mut field = field.map_err(|_| PageError::BadRequest)?;
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" && self.file.is_none() {
                self.take_file(&mut field).await?;
                if self.too_large {
                    return Ok(());
                }
            } else if self.fields.len() < MOST_FIELDS {
                self.fields.push((name, text(&mut field).await?));
            } else {
                return Err(PageError::BadRequest);
            }
        }
        Ok(())
    }

    async fn take_file(&mut self, field: &mut Field) -> Result<(), PageError> {
        let name = file_name(field);
        let mut arriving = Arriving::begin()?;
        let mut piece = Vec::with_capacity(PIECE);
        while let Some(bytes) = next(field).await? {
            arriving.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if arriving.bytes > MOST_LET_BY {
                break;
            }
            if arriving.bytes <= MOST_BYTES {
                piece.extend_from_slice(&bytes);
            }
            if piece.len() >= PIECE {
                arriving = arriving.write(std::mem::replace(&mut piece, Vec::with_capacity(PIECE))).await?;
            }
        }
        let arriving = arriving.write(piece).await?;
        self.too_large = arriving.bytes > MOST_BYTES;
        let nothing_chosen = name.is_empty() && arriving.bytes == 0;
        if !self.too_large && !nothing_chosen {
            let digest = secrets::hex(&arriving.digest.finalize());
            let bytes = i64::try_from(arriving.bytes).unwrap_or(i64::MAX);
            self.file = Some((ImportFile { name, bytes, digest }, arriving.file));
        }
        Ok(())
    }
}

async fn next(field: &mut Field) -> Result<Option<actix_web::web::Bytes>, PageError> {
    let next = timeout(PATIENCE, field.next()).await.map_err(|_| PageError::BadRequest)?;
    next.transpose().map_err(|_| PageError::BadRequest)
}

/// A field that is text; what is no text in it is replaced.
async fn text(field: &mut Field) -> Result<String, PageError> {
    let mut text = Vec::new();
    while let Some(bytes) = next(field).await? {
        text.extend_from_slice(&bytes);
        if text.len() > MOST_OF_A_FIELD {
            return Err(PageError::TooLarge);
        }
    }
    Ok(String::from_utf8_lossy(&text).replace('\0', "\u{fffd}"))
}

/// What the file is called where it comes from, without the folders it was in.
fn file_name(field: &Field) -> String {
    let of_disposition = |disposition: &actix_web::http::header::ContentDisposition| {
        disposition.parameters.iter().find_map(|said| match said {
            DispositionParam::Filename(name) => Some(name.clone()),
            _ => None,
        })
    };
    let name = field.content_disposition().and_then(of_disposition).unwrap_or_default();
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(200).collect::<String>().trim().to_owned()
}

/// What has come of a file so far.
struct Arriving {
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl Arriving {
    fn begin() -> Result<Self, PageError> {
        Ok(Self { file: tempfile::tempfile().map_err(PageError::internal)?, digest: Sha256::new(), bytes: 0 })
    }

    /// Writes a piece, on a thread that may wait for the disk.
    async fn write(mut self, piece: Vec<u8>) -> Result<Self, PageError> {
        let written = tokio::task::spawn_blocking(move || {
            self.digest.update(&piece);
            self.file.write_all(&piece).map(|()| self)
        });
        written.await.map_err(PageError::internal)?.map_err(PageError::internal)
    }
}
