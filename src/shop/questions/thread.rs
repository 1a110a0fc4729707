//! The page of a question: its messages, and what its asker can do.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::access::Access;
use crate::{
    kernel::{QuestionId, QuestionMessageId},
    platform::{clock, db::DbError, random},
    questions::{
        self, CloseOutcome, MAX_PICTURES, MAX_WORDS_LEN, MessageAuthor, MessageView, QuestionStatus, QuestionView,
        ReplyOutcome, forms,
    },
    web::{self, Fields, Flash, Form, Page, PageError, PageResult, RateLimit, VisitorRequest, see_other},
};

#[derive(Template)]
#[template(path = "questions/question.html")]
pub(super) struct QuestionPage {
    page: Page,
    view: QuestionView,
    /// The query string that keeps a guest's key in URLs: `?key=..`, or nothing.
    query: String,
    form: Form,
    /// The idempotency token of the reply: the form sent twice stores one message.
    token: String,
    zone: FixedOffset,
}

/// The page with the button by which a guest proves the email address. Opening the link does not suffice, because
/// programs that scan emails follow links too.
#[derive(Template)]
#[template(path = "questions/proof.html")]
struct ProofPage {
    page: Page,
    view: QuestionView,
    query: String,
}

/// `GET /questions/{id}`: the page of a question. Before a guest's address is proved, the page has only the button that
/// proves it.
pub async fn show(visitor: VisitorRequest, id: Path<i64>) -> PageResult {
    let id = QuestionId(id.into_inner());
    let access = Access::of(&visitor).await?;
    let shown = QuestionPage::load(visitor, &access, id, Form::default()).await?;
    if shown.view.question.proved_at.is_none() {
        return web::html(&ProofPage { page: shown.page, view: shown.view, query: shown.query });
    }
    web::html(&shown)
}

/// `POST /questions/{id}/proof`: stores that the guest's address is proved, and redirects to the page of the question.
pub async fn prove_address(visitor: VisitorRequest, id: Path<i64>) -> PageResult {
    let id = QuestionId(id.into_inner());
    let access = Access::of(&visitor).await?;
    let proved =
        access.change(&visitor, id, |conn, question| Ok(questions::prove(conn, question, clock::now())?)).await?;
    if !proved {
        return Ok(see_other(&access.path(id)));
    }
    Ok(Flash::success(visitor.page.t.question_proved()).see_other(&access.path(id), &visitor.config))
}

/// `POST /questions/{id}/messages`: stores a reply by the asker, which opens the question again.
pub async fn reply(visitor: VisitorRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let id = QuestionId(id.into_inner());
    let (t, mut form) = (visitor.page.t, Form::from(fields));
    let access = Access::of(&visitor).await?;
    let token = form.value("token").to_owned();
    if !random::is_token(&token) {
        return Err(PageError::BadRequest);
    }
    let Some(words) = forms::words(&mut form, "reply", t) else {
        return web::unprocessable(&QuestionPage::load(visitor, &access, id, form).await?);
    };
    if let RateLimit::Wait(seconds) = access.hit(&visitor, id).await? {
        form.fail("reply", t.error_too_many(seconds.div_ceil(60)));
        return web::too_many(&QuestionPage::load(visitor, &access, id, form).await?, seconds);
    }
    let outcome = access.change(&visitor, id, move |conn, question| {
        if question.proved_at.is_none() {
            return Ok(None);
        }
        Ok(Some(questions::reply(conn, question, (&words, &token), clock::now())?))
    });
    match outcome.await? {
        Some(ReplyOutcome::Stored) => {
            Ok(Flash::success(t.question_reply_done()).see_other(&access.path(id), &visitor.config))
        }
        Some(ReplyOutcome::Repeated) | None => Ok(see_other(&access.path(id))),
        Some(ReplyOutcome::Full) => {
            form.fail("reply", t.question_full());
            web::unprocessable(&QuestionPage::load(visitor, &access, id, form).await?)
        }
    }
}

/// `POST /questions/{id}/closing`: closes the question, because the asker needs no more answers.
pub async fn close(visitor: VisitorRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let id = QuestionId(id.into_inner());
    let t = visitor.page.t;
    let access = Access::of(&visitor).await?;
    let seen: QuestionMessageId = fields.get("seen").parse().map_err(|_| PageError::BadRequest)?;
    let outcome = access.change(&visitor, id, move |conn, question| {
        if question.proved_at.is_none() {
            return Ok(None);
        }
        Ok(Some(questions::close(conn, question, seen, clock::now())?))
    });
    let flash = match outcome.await? {
        Some(CloseOutcome::Closed) => Flash::success(t.question_closed_done()),
        Some(CloseOutcome::Stale) => Flash::notice(t.question_stale()),
        Some(CloseOutcome::AlreadyClosed) | None => return Ok(see_other(&access.path(id))),
    };
    Ok(flash.see_other(&access.path(id), &visitor.config))
}

impl QuestionPage {
    pub(super) async fn load(
        visitor: VisitorRequest,
        access: &Access,
        id: QuestionId,
        form: Form,
    ) -> Result<Self, PageError> {
        let reader = access.clone();
        let loaded = visitor.db.run(move |conn| {
            let question = reader.find(conn, id)?;
            Ok::<_, DbError>(questions::question_view(conn, question)?)
        });
        let view = loaded.await?;
        let token = random::token_or_new(form.value("token"));
        let page = visitor.page.at(&access.path(id));
        Ok(Self { page, view, query: access.query(), form, token, zone: visitor.config.zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn author(&self, message: &MessageView) -> String {
        let t = self.page.t;
        let name = if message.author == MessageAuthor::Staff { t.question_us() } else { t.question_you() };
        name.to_owned()
    }

    fn picture_path(&self, message: &MessageView, position: &i32) -> String {
        let id = self.view.question.id;
        format!("/questions/{id}/messages/{}/pictures/{position}{}", message.id, self.query)
    }

    fn can_have_pictures(&self) -> bool {
        self.view.can_have_pictures()
    }

    fn can_be_closed(&self) -> bool {
        self.view.question.status != QuestionStatus::Closed
    }
}
