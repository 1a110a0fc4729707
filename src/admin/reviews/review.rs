//! The page of one review: whether shoppers see it, why not, and the public answer of the shop.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        nav_badges::NavBadges,
    },
    audit::AuditAction,
    catalog,
    kernel::ReviewId,
    messages::Messages,
    platform::{
        clock,
        db::{self, Connection, DbError},
    },
    reviews::{
        self, AdminReview, ModerationOutcome, PictureSize, Review, ReviewStatus,
        forms::{MAX_ANSWER_LEN, MAX_REASON_LEN},
    },
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

#[derive(Template)]
#[template(path = "admin/reviews/review.html")]
struct ReviewPage {
    page: AdminPage,
    shown: AdminReview,
    form: Form,
    zone: FixedOffset,
}

/// `GET /admin/reviews/{review}`: the page of a review.
pub async fn review(staff: StaffRequest, path: Path<i64>) -> PageResult {
    web::html(&ReviewPage::load(staff, ReviewId(path.into_inner()), Form::default()).await?)
}

/// `GET /admin/reviews/{review}/pictures/{position}`: a picture of a review, even if the review is hidden.
pub async fn picture(staff: StaffRequest, path: Path<(i64, i32)>) -> PageResult {
    let (id, position) = path.into_inner();
    let found = staff.db.run(move |conn| {
        reviews::picture_of_review(conn, ReviewId(id), position, PictureSize::Large)?.ok_or(DbError::Missing)
    });
    Ok(web::picture(found.await?))
}

/// `POST /admin/reviews/{review}/approval`: approves the review in the version `seen`, so that shoppers see it if it
/// waited for approval. Changes nothing if the review has changed since that version.
pub async fn approve(staff: StaffRequest, path: Path<i64>, fields: Fields) -> PageResult {
    let (id, seen, t) = (ReviewId(path.into_inner()), seen_version(&fields)?, staff.page.t);
    let outcome = moderate(&staff, id, AuditAction::ApproveReview, move |conn| {
        Ok(reviews::approve_review(conn, id, seen, clock::now())?)
    });
    let flash = flash(t, &outcome.await?, t.review_approved_done());
    Ok(flash.see_other(&review_path(id), &staff.config))
}

/// `POST /admin/reviews/{review}/hiding`: hides a review from shoppers. Its writer is shown the reason in
/// `hidden_reason`.
pub async fn hide(staff: StaffRequest, path: Path<i64>, fields: Fields) -> PageResult {
    let (id, t, mut form) = (ReviewId(path.into_inner()), staff.page.t, Form::from(fields));
    let Some(reason) = form.lines("hidden_reason", 1..=MAX_REASON_LEN, t) else {
        return web::unprocessable(&ReviewPage::load(staff, id, form).await?);
    };
    let outcome = moderate(&staff, id, AuditAction::HideReview, move |conn| {
        Ok(reviews::hide_review(conn, id, &reason, clock::now())?)
    });
    let flash = flash(t, &outcome.await?, t.review_hidden_done());
    Ok(flash.see_other(&review_path(id), &staff.config))
}

/// `POST /admin/reviews/{review}/showing`: shows a hidden review to shoppers again, unless it has changed since the
/// version `seen`.
pub async fn show(staff: StaffRequest, path: Path<i64>, fields: Fields) -> PageResult {
    let (id, seen, t) = (ReviewId(path.into_inner()), seen_version(&fields)?, staff.page.t);
    let outcome = moderate(&staff, id, AuditAction::ShowReview, move |conn| {
        Ok(reviews::show_again(conn, id, seen, clock::now())?)
    });
    let flash = flash(t, &outcome.await?, t.review_shown_done());
    Ok(flash.see_other(&review_path(id), &staff.config))
}

/// `POST /admin/reviews/{review}/answer`: stores `review_answer` as the public answer of the shop to a review; an empty
/// text removes the answer.
pub async fn answer(staff: StaffRequest, path: Path<i64>, fields: Fields) -> PageResult {
    let (id, t, mut form) = (ReviewId(path.into_inner()), staff.page.t, Form::from(fields));
    let Some(answer) = form.lines("review_answer", 0..=MAX_ANSWER_LEN, t) else {
        return web::unprocessable(&ReviewPage::load(staff, id, form).await?);
    };
    let outcome = moderate(&staff, id, AuditAction::AnswerReview, move |conn| {
        Ok(reviews::answer_review(conn, id, &answer, clock::now())?)
    });
    let flash = flash(t, &outcome.await?, t.review_answered_done());
    Ok(flash.see_other(&review_path(id), &staff.config))
}

/// Reads the version of the review that the page showed.
fn seen_version(fields: &Fields) -> Result<i32, PageError> {
    fields.get("seen").parse().map_err(|_| PageError::BadRequest)
}

/// Changes a review in a transaction, with an entry in the audit log if something has changed.
async fn moderate(
    staff: &StaffRequest,
    id: ReviewId,
    action: AuditAction,
    act: impl Fn(&mut Connection) -> Result<ModerationOutcome, DbError> + Send + 'static,
) -> Result<ModerationOutcome, PageError> {
    let audit = AuditContext::of(staff);
    let moderated = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let found = reviews::admin_review(conn, id)?.ok_or(DbError::Missing)?;
            let outcome = act(conn)?;
            if let ModerationOutcome::Done(change) = &outcome {
                let (before, after) = &**change;
                let diff = Diff::new(audited(before), audited(after));
                audit.record(conn, action, found.number.as_str(), diff)?;
            }
            Ok::<_, DbError>(outcome)
        })
    });
    Ok(moderated.await?)
}

/// Returns the fields of a review that the audit log records, as a JSON object.
fn audited(review: &Review) -> serde_json::Value {
    json!({
        "review": review.id.0,
        "review_status": review.status.code(),
        "reason": review.hidden_reason,
        "answer": review.answer,
    })
}

fn flash(t: Messages, outcome: &ModerationOutcome, done: &str) -> Flash {
    match outcome {
        ModerationOutcome::Done(_) => Flash::success(done),
        ModerationOutcome::Unchanged => Flash::notice(t.review_unchanged()),
        ModerationOutcome::ChangedMeanwhile => Flash::error(t.review_changed_meanwhile()),
    }
}

fn review_path(id: ReviewId) -> String {
    format!("/admin/reviews/{id}")
}

impl ReviewPage {
    async fn load(staff: StaffRequest, id: ReviewId, form: Form) -> Result<Self, PageError> {
        let (badges, shown) = staff
            .db
            .run(move |conn| {
                let shown = reviews::admin_review(conn, id)?.ok_or(DbError::Missing)?;
                Ok::<_, DbError>((NavBadges::load_with(conn)?, shown))
            })
            .await?;
        Ok(Self { page: AdminPage::new(staff.page, badges), shown, form, zone: staff.config.zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    /// Returns the path of the product's page that shoppers see.
    fn in_shop(&self) -> String {
        catalog::product_path(self.shown.review.spu_id, &self.shown.slug)
    }

    /// Returns the text in the field for the answer: the typed text if it was refused, otherwise the stored answer.
    fn answer(&self) -> &str {
        if self.form.error("review_answer").is_some() {
            self.form.value("review_answer")
        } else {
            &self.shown.review.answer
        }
    }
}
