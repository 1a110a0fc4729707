//! The page of a question: its messages, the answer, and closing it.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        mail_words::{MailWords, mail_words},
        nav_badges::NavBadges,
    },
    audit::AuditAction,
    kernel::{Email, QuestionId, QuestionMessageId},
    platform::{
        clock,
        db::{self, Connection, DbError},
        random,
    },
    questions::{
        self, AnswerMail, AnswerOutcome, CloseOutcome, MAX_WORDS_LEN, MessageAuthor, MessageView, Question,
        QuestionStatus, QuestionView, forms,
    },
    web::{self, Fields, Flash, Form, PageError, PageResult, see_other},
};

#[derive(Template)]
#[template(path = "admin/questions/question.html")]
struct AdminQuestionPage {
    page: AdminPage,
    view: QuestionView,
    mails: Vec<AnswerMail>,
    form: Form,
    /// The idempotency token of the answer: the form sent twice stores one answer.
    token: String,
    zone: FixedOffset,
}

/// `GET /admin/questions/{question}`: the page of a question with its messages. 404 if a guest asked and has not proved
/// yet that the email address is theirs.
pub async fn question(staff: StaffRequest, id: Path<i64>) -> PageResult {
    web::html(&AdminQuestionPage::load(staff, QuestionId(id.into_inner()), Form::default()).await?)
}

/// `POST /admin/questions/{question}/answer`: answers a question. `seen` is the id of the last message that the page
/// showed; if there is a newer one, nothing is stored.
pub async fn answer(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let id = QuestionId(id.into_inner());
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let (token, seen) = (form.value("token").to_owned(), form.value("seen").parse::<QuestionMessageId>());
    let (true, Ok(seen)) = (random::is_token(&token), seen) else { return Err(PageError::BadRequest) };
    let Some(words) = forms::words(&mut form, "answer", t) else {
        return web::unprocessable(&AdminQuestionPage::load(staff, id, form).await?);
    };
    let outcome = change(&staff, id, move |conn, question, audit| {
        let by = (audit.staff_id, seen);
        let outcome = questions::answer(conn, question, by, (&words, &token), clock::now())?;
        if outcome == AnswerOutcome::Answered {
            let after = Diff::after(json!({ "answer": words }));
            audit.record(conn, AuditAction::AnswerQuestion, &id.to_string(), after)?;
        }
        Ok(outcome)
    });
    match outcome.await? {
        AnswerOutcome::Answered => {
            Ok(Flash::success(t.admin_question_answer_done()).see_other(&path(id), &staff.config))
        }
        AnswerOutcome::Repeated => Ok(see_other(&path(id))),
        AnswerOutcome::Stale => {
            form.fail("answer", t.admin_question_stale());
            web::unprocessable(&AdminQuestionPage::load(staff, id, form).await?)
        }
    }
}

/// `POST /admin/questions/{question}/closing`: closes a question without an answer.
pub async fn close(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let id = QuestionId(id.into_inner());
    let t = staff.page.t;
    let seen: QuestionMessageId = fields.get("seen").parse().map_err(|_| PageError::BadRequest)?;
    let outcome = change(&staff, id, move |conn, question, audit| {
        let outcome = questions::close(conn, question, seen, clock::now())?;
        if outcome == CloseOutcome::Closed {
            audit.record(conn, AuditAction::CloseQuestion, &id.to_string(), Diff::default())?;
        }
        Ok(outcome)
    });
    let flash = match outcome.await? {
        CloseOutcome::Closed => Flash::success(t.admin_question_closed_done()),
        CloseOutcome::AlreadyClosed => Flash::notice(t.admin_question_closed_before()),
        CloseOutcome::Stale => Flash::notice(t.question_stale()),
    };
    Ok(flash.see_other(&path(id), &staff.config))
}

/// `GET /admin/questions/{question}/messages/{message}/pictures/{position}`: a picture that the asker has sent.
pub async fn picture(staff: StaffRequest, path: Path<(i64, i64, i32)>) -> PageResult {
    let (id, message, position) = path.into_inner();
    let picture = staff
        .db
        .run(move |conn| {
            let question = questions::proved_question(conn, QuestionId(id))?.ok_or(DbError::Missing)?;
            questions::picture(conn, question.id, QuestionMessageId(message), position)?.ok_or(DbError::Missing)
        })
        .await?;
    Ok(web::picture(picture))
}

fn path(id: QuestionId) -> String {
    format!("/admin/questions/{id}")
}

/// Locks a question and calls `act` in the same transaction; returns the result of `act`, which gets the question, and
/// the member of staff and IP address for the audit log. Fails with 404 if staff may not see the question.
async fn change<T: Send + 'static>(
    staff: &StaffRequest,
    id: QuestionId,
    act: impl Fn(&mut Connection, &Question, &AuditContext) -> Result<T, DbError> + Send + 'static,
) -> Result<T, PageError> {
    let audit = AuditContext::of(staff);
    let changed = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let question = questions::lock_question(conn, id)?.filter(|question| question.proved_at.is_some());
            act(conn, &question.ok_or(DbError::Missing)?, &audit)
        })
    });
    Ok(changed.await?)
}

impl AdminQuestionPage {
    async fn load(staff: StaffRequest, id: QuestionId, form: Form) -> Result<Self, PageError> {
        let (badges, view, mails) = staff
            .db
            .run(move |conn| {
                let question = questions::proved_question(conn, id)?.ok_or(DbError::Missing)?;
                let mails = questions::answer_mails(conn, id)?;
                Ok::<_, DbError>((NavBadges::load_with(conn)?, questions::question_view(conn, question)?, mails))
            })
            .await?;
        let token = random::token_or_new(form.value("token"));
        let page = AdminPage::new(staff.page.at(&path(id)), badges);
        Ok(Self { page, view, mails, form, token, zone: staff.config.zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    /// Returns whether the email with an answer was sent; `None` if there is none.
    fn mail_words(&self, mail: &AnswerMail) -> Option<MailWords> {
        mail.progress.as_ref().map(|progress| mail_words(self.page.t, progress, self.zone))
    }

    fn author(&self, message: &MessageView) -> String {
        let t = self.page.t;
        match (message.author, &message.staff_name) {
            (MessageAuthor::Staff, Some(name)) => t.admin_question_by(name),
            (MessageAuthor::Staff, None) => t.question_us().to_owned(),
            (MessageAuthor::Shopper, _) => self.asker(),
        }
    }

    /// Returns the username of who asks; for a guest the name, or else the email address.
    fn asker(&self) -> String {
        let question = &self.view.question;
        match &self.view.username {
            Some(username) => username.clone(),
            None if question.guest_name.is_empty() => self.address().unwrap_or_default(),
            None => question.guest_name.clone(),
        }
    }

    /// Returns the email address of the guest who asks; `None` if a user with an account asks.
    fn address(&self) -> Option<String> {
        self.view.question.email.as_deref().map(Email::shown)
    }

    fn picture_path(&self, message: &MessageView, position: &i32) -> String {
        format!("{}/messages/{}/pictures/{position}", path(self.view.question.id), message.id)
    }

    fn can_be_closed(&self) -> bool {
        self.view.question.status != QuestionStatus::Closed
    }
}
