//! Pictures that shoppers upload: read with limits, and encoded anew.

use actix_multipart::Multipart;
use std::time::Duration;
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    messages::Messages,
    platform::images::{EncodedPicture, MAX_BYTES},
    web::{self, PageError, UploadFields, close_unread},
};

/// Allows two uploads to be processed at the same time; others wait before they are read.
static TAKEN_IN: Semaphore = Semaphore::const_new(2);
const TURN: Duration = Duration::from_secs(60);
const UPLOAD_FIELDS: UploadFields<0> = UploadFields { fields: [], file: "picture", max_bytes: MAX_BYTES };
/// The maximum size of a stored picture in bytes; the tables of pictures have the same limit.
const MAX_STORED_BYTES: usize = 2 * 1024 * 1024;

/// Why an upload has no picture that can be stored.
pub(super) enum UploadError {
    /// Too many other uploads are being processed; nothing was read.
    Busy,
    /// The file is not a suitable picture; holds the error message for the field `picture`.
    Wrong(String),
}

/// Reads the file `picture` of an upload and encodes it anew.
///
/// # Errors
/// Those of [`web::receive`].
pub(super) async fn uploaded_picture(
    upload: Multipart,
    t: Messages,
) -> Result<Result<EncodedPicture, UploadError>, PageError> {
    let Ok(Ok(_turn)) = timeout(TURN, TAKEN_IN.acquire()).await else {
        close_unread(upload);
        return Ok(Err(UploadError::Busy));
    };
    let (_, file) = web::receive(upload, UPLOAD_FIELDS, Vec::new()).await?;
    let picture = web::encoded_picture(file, t).await;
    // A picture with transparent parts is stored without loss.
    let picture = picture.and_then(|picture| match picture.body.len() {
        ..=MAX_STORED_BYTES => Ok(picture),
        _ => Err(t.picture_too_detailed().to_owned()),
    });
    Ok(picture.map_err(UploadError::Wrong))
}
