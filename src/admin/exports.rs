//! Downloads for spreadsheets with all rows of a filtered list, loaded and sent in batches.

use actix_web::{HttpResponse, http::header, web::Bytes};
use futures_util::stream;
use std::io;

use crate::{
    platform::db::{Connection, Db, DbError, Share},
    web::{Cell, PageError, SheetFormat, SheetWriter},
};

/// A file of rows that is sent while it is made.
pub(super) struct Export {
    /// The name of the file, without its extension.
    pub(super) name: String,
    pub(super) format: SheetFormat,
    /// The names of the columns.
    pub(super) head: Vec<&'static str>,
}

/// Some rows of the file, and the position at which the next batch begins; `None` after the last batch.
pub(super) struct Batch<P> {
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) next: Option<P>,
}

impl Export {
    /// Responds with the file. `read` returns the batch that begins at a position; the first one begins at `start`.
    /// Only one batch is in memory at a time. Each row has the values of the time when its batch is loaded.
    ///
    /// # Errors
    /// A database error after the first bytes ends the response early, which the browser reports.
    pub(super) fn send<P, R>(self, db: &Db, start: P, read: R) -> Result<HttpResponse, PageError>
    where
        P: Send + 'static,
        R: Fn(&mut Connection, P) -> Result<Batch<P>, DbError> + Clone + Send + 'static,
    {
        let writer = SheetWriter::new(self.format, &self.head).map_err(PageError::internal)?;
        // The body is sent after the handler has returned, so its share is named again.
        let db = db.sharing(Share::Staff);
        let body = stream::try_unfold(Some((writer, Some(start))), move |left| {
            let (db, read) = (db.clone(), read.clone());
            async move {
                let Some((mut writer, place)) = left else { return Ok(None) };
                let Some(place) = place else {
                    return Ok(Some((Bytes::from(writer.finish()?), None)));
                };
                let written = db.run(move |conn| {
                    let batch = read(conn, place)?;
                    let rows = batch.rows.iter().try_for_each(|row| writer.row(row));
                    Ok::<_, DbError>((rows, writer, batch.next))
                });
                let (rows, mut writer, next) = written.await.map_err(io::Error::other)?;
                rows?;
                Ok::<_, io::Error>(Some((Bytes::from(writer.take()), Some((writer, next)))))
            }
        });
        let Self { name, format, .. } = self;
        let disposition = format!("attachment; filename=\"{name}.{}\"", format.code());
        Ok(HttpResponse::Ok()
            .content_type(format.content_type())
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::CONTENT_DISPOSITION, disposition))
            .streaming(Box::pin(body)))
    }
}
