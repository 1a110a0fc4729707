//! The pictures that the asker of a question adds to the last message.

use actix_multipart::Multipart;
use actix_web::web::Path;

use super::{access::Access, thread::QuestionPage};
use crate::{
    kernel::{QuestionId, QuestionMessageId},
    platform::db::DbError,
    questions::{self, MAX_PICTURES, PictureOutcome},
    shop::picture_upload::{UploadError, uploaded_picture},
    web::{self, Flash, Form, PageError, PageResult, RateLimit, VisitorRequest, close_unread},
};

/// `POST /questions/{id}/pictures`: adds a picture, the file in the field `picture`, to the last message.
pub async fn add_picture(visitor: VisitorRequest, id: Path<i64>, upload: Multipart) -> PageResult {
    let id = QuestionId(id.into_inner());
    let t = visitor.page.t;
    // Nothing is read for somebody who may not see the question, or who sends too much.
    let access = match allowed(&visitor, id).await {
        Ok((access, RateLimit::Allowed)) => access,
        Ok((access, RateLimit::Wait(seconds))) => {
            close_unread(upload);
            let mut form = Form::default();
            form.fail("picture", t.error_too_many(seconds.div_ceil(60)));
            return web::too_many(&QuestionPage::load(visitor, &access, id, form).await?, seconds);
        }
        Err(error) => {
            close_unread(upload);
            return Err(error);
        }
    };
    let picture = match uploaded_picture(upload, t).await? {
        Ok(picture) => picture.body,
        Err(UploadError::Busy) => {
            return Ok(Flash::error(t.picture_busy()).see_other(&access.path(id), &visitor.config));
        }
        Err(UploadError::Wrong(words)) => {
            let mut form = Form::default();
            form.fail("picture", words);
            return web::unprocessable(&QuestionPage::load(visitor, &access, id, form).await?);
        }
    };
    let outcome = access.change(&visitor, id, move |conn, question| {
        if question.proved_at.is_none() {
            return Ok(PictureOutcome::Answered);
        }
        Ok(questions::add_picture(conn, question, &picture)?)
    });
    let flash = match outcome.await? {
        PictureOutcome::Added => Flash::success(t.question_picture_done()),
        PictureOutcome::Full => Flash::error(t.question_pictures_full(MAX_PICTURES)),
        PictureOutcome::Answered => Flash::notice(t.question_picture_late()),
    };
    Ok(flash.see_other(&access.path(id), &visitor.config))
}

async fn allowed(visitor: &VisitorRequest, id: QuestionId) -> Result<(Access, RateLimit), PageError> {
    let access = Access::of(visitor).await?;
    let limit = access.hit(visitor, id).await?;
    Ok((access, limit))
}

/// `GET /questions/{id}/messages/{message}/pictures/{position}`: a picture.
pub async fn picture(visitor: VisitorRequest, path: Path<(i64, i64, i32)>) -> PageResult {
    let (id, message, position) = path.into_inner();
    let access = Access::of(&visitor).await?;
    let picture = visitor
        .db
        .run(move |conn| {
            let question = access.find(conn, QuestionId(id))?;
            questions::picture(conn, question.id, QuestionMessageId(message), position)?.ok_or(DbError::Missing)
        })
        .await?;
    Ok(web::picture(picture))
}
