//! Receives an uploaded file into a temporary file, chunk by chunk, so that at most one chunk is in memory.

use actix_web::web::Bytes;
use sha2::{Digest, Sha256};
use std::{fs::File, io::Write, mem};

use crate::{
    platform::random,
    stock::ImportFile,
    web::{PageError, UploadSink},
};

/// The number of bytes that are collected before they are written to the file.
const CHUNK_SIZE: usize = 256 * 1024;

/// A file that is being received into a temporary file.
pub(super) struct TempFileSink {
    /// The temporary file; `None` while a chunk is being written, and after writing has failed.
    temp: Option<TempFile>,
    /// Received bytes that are not yet written to the file.
    piece: Vec<u8>,
}

struct TempFile {
    file: File,
    digest: Sha256,
    bytes: i64,
}

impl TempFileSink {
    /// Creates the temporary file; fails if that is impossible.
    pub(super) fn begin() -> Result<Self, PageError> {
        let file = tempfile::tempfile().map_err(PageError::internal)?;
        let temp = TempFile { file, digest: Sha256::new(), bytes: 0 };
        Ok(Self { temp: Some(temp), piece: Vec::with_capacity(CHUNK_SIZE) })
    }

    /// Ends the upload. Returns (name, size and digest of the file; the file itself). Fails if the disk is full.
    pub(super) async fn end(mut self, name: String) -> Result<(ImportFile, File), PageError> {
        self.write().await?;
        let TempFile { file, digest, bytes } = self.temp.ok_or(PageError::BadRequest)?;
        Ok((ImportFile { name, bytes, digest: random::hex(&digest.finalize()) }, file))
    }

    /// Writes the received bytes to the file on a thread for blocking calls, and empties the buffer.
    async fn write(&mut self) -> Result<(), PageError> {
        let piece = mem::replace(&mut self.piece, Vec::with_capacity(CHUNK_SIZE));
        let mut to = self.temp.take().ok_or(PageError::BadRequest)?;
        let temp = tokio::task::spawn_blocking(move || {
            to.digest.update(&piece);
            to.bytes = to.bytes.saturating_add(i64::try_from(piece.len()).unwrap_or(i64::MAX));
            to.file.write_all(&piece).map(|()| to)
        });
        self.temp = Some(temp.await.map_err(PageError::internal)?.map_err(PageError::internal)?);
        Ok(())
    }
}

impl UploadSink for TempFileSink {
    async fn take(&mut self, piece: Bytes) -> Result<(), PageError> {
        self.piece.extend_from_slice(&piece);
        if self.piece.len() >= CHUNK_SIZE { self.write().await } else { Ok(()) }
    }
}
