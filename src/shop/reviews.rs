//! Reviews of a shopper's own order: written, edited once, with pictures.

use actix_multipart::Multipart;
use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::{
    orders::change_order,
    picture_upload::{UploadError, uploaded_picture},
};
use crate::{
    accounts::ShopperRequest,
    kernel::{OrderLineId, OrderNumber, ReviewId, Stars},
    lifecycle::{self, ReviewOutcome},
    messages::Messages,
    orders::{self, LineState, OrderView},
    platform::{clock, db::DbError, images},
    reviews::{
        self, EditOutcome, MAX_REVIEW_PICTURES, NewReview, PictureSize, Review, ReviewPicture, ReviewRefusal,
        ReviewStatus,
        forms::{self, MAX_WORDS_LEN},
    },
    web::{self, Asker, Fields, Flash, Form, Limit, Page, PageError, PageResult, RateLimit, see_other},
};

/// The longer edge of pictures in lists, in pixels.
const SMALL_PICTURE: u32 = 320;

/// A line of the order, and its review or why it cannot be reviewed.
struct ReviewableLine {
    state: LineState,
    review: Option<Review>,
    refusal: Option<ReviewRefusal>,
}

#[derive(Template)]
#[template(path = "reviews/order-reviews.html")]
struct OrderReviewsPage {
    page: Page,
    number: OrderNumber,
    lines: Vec<ReviewableLine>,
    /// The line that the form is for.
    chosen: Option<OrderLineId>,
    form: Form,
}

/// `GET /orders/{number}/reviews`: the lines of an order, with a form to review the line `line` or, if that cannot be
/// reviewed, the first line that can.
pub async fn order_reviews(shopper: ShopperRequest, number: Path<String>) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let asked = shopper.query().get("line").parse().ok();
    web::html(&OrderReviewsPage::load(shopper, number, asked, Form::default()).await?)
}

/// `POST /orders/{number}/reviews`: reviews the order line `line` with `stars` and `words`.
pub async fn write(shopper: ShopperRequest, number: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (shopper.page.t, Form::from(fields));
    let line: OrderLineId = form.value("line").parse().map_err(|_| PageError::NotFound)?;
    let Some(text) = forms::review_text(&mut form, t) else {
        return web::unprocessable(&OrderReviewsPage::load(shopper, number, Some(line), form).await?);
    };
    if let RateLimit::Wait(seconds) = count(&shopper).await? {
        form.fail("words", t.review_too_often(minutes(seconds)));
        return web::unprocessable(&OrderReviewsPage::load(shopper, number, Some(line), form).await?);
    }
    let needs_approval = shopper.settings()?.reviews_need_approval;
    let new = NewReview { line, text, language: shopper.page.language(), needs_approval };
    let outcome = change_order(&shopper, &number, move |conn, order, owner| {
        Ok(lifecycle::write_review(conn, order, &new, owner, clock::now())?)
    });
    let (path, flash) = match outcome.await? {
        ReviewOutcome::Written(review) => (review_path(&number, review.id), Flash::success(thanks(t, review.status))),
        ReviewOutcome::WrittenBefore(id) => (review_path(&number, id), Flash::notice(t.review_written_before())),
        ReviewOutcome::Refused(refusal) => {
            (format!("/orders/{number}/reviews"), Flash::notice(refusal_words(t, refusal)))
        }
    };
    Ok(flash.see_other(&path, &shopper.config))
}

async fn count(shopper: &ShopperRequest) -> Result<RateLimit, PageError> {
    Limit::Review.hit(&shopper.http, &shopper.redis, Asker::User(shopper.user.id)).await
}

fn minutes(seconds: u64) -> u64 {
    seconds.div_ceil(60)
}

fn thanks(t: Messages, status: ReviewStatus) -> &'static str {
    match status {
        ReviewStatus::Shown => t.review_thanks(),
        ReviewStatus::Waiting | ReviewStatus::Hidden => t.review_thanks_waiting(),
    }
}

fn refusal_words(t: Messages, refusal: ReviewRefusal) -> &'static str {
    match refusal {
        ReviewRefusal::NotReceived => t.review_not_received(),
        ReviewRefusal::Returned => t.review_returned(),
        ReviewRefusal::TooLate => t.review_too_late(),
    }
}

#[derive(Template)]
#[template(path = "reviews/own-review.html")]
struct OwnReviewPage {
    page: Page,
    number: OrderNumber,
    product: String,
    review: Review,
    form: Form,
    zone: FixedOffset,
}

/// `GET /orders/{number}/reviews/{review}`: the shopper's own review, whatever its status.
pub async fn own_review(shopper: ShopperRequest, path: Path<(String, i64)>) -> PageResult {
    let (number, id) = parsed(path)?;
    web::html(&OwnReviewPage::load(shopper, number, id, Form::default()).await?)
}

/// `POST /orders/{number}/reviews/{review}`: edits the shopper's own review, which is allowed once.
pub async fn edit(shopper: ShopperRequest, path: Path<(String, i64)>, fields: Fields) -> PageResult {
    let (number, id) = parsed(path)?;
    let (t, mut form) = (shopper.page.t, Form::from(fields));
    let Some(text) = forms::review_text(&mut form, t) else {
        return web::unprocessable(&OwnReviewPage::load(shopper, number, id, form).await?);
    };
    if let RateLimit::Wait(seconds) = count(&shopper).await? {
        form.fail("words", t.review_too_often(minutes(seconds)));
        return web::unprocessable(&OwnReviewPage::load(shopper, number, id, form).await?);
    }
    let needs_approval = shopper.settings()?.reviews_need_approval;
    let outcome = change_order(&shopper, &number, move |conn, order, _| {
        let before = reviews::lock_review(conn, order, id)?.ok_or(DbError::Missing)?;
        Ok(reviews::edit_review(conn, &before, &text, needs_approval, clock::now())?)
    });
    let flash = match outcome.await? {
        EditOutcome::Edited => Flash::success(t.review_edited_done()),
        EditOutcome::Unchanged => return Ok(see_other(&review_path(&number, id))),
        EditOutcome::EditedBefore => Flash::notice(t.review_edited_before()),
    };
    Ok(flash.see_other(&review_path(&number, id), &shopper.config))
}

/// `POST /orders/{number}/reviews/{review}/pictures`: adds a picture, the file `picture`.
pub async fn add_picture(shopper: ShopperRequest, path: Path<(String, i64)>, upload: Multipart) -> PageResult {
    let (number, id) = parsed(path)?;
    let t = shopper.page.t;
    let wait = match count(&shopper).await {
        Ok(RateLimit::Allowed) => None,
        Ok(RateLimit::Wait(seconds)) => Some(Ok(seconds)),
        Err(error) => Some(Err(error)),
    };
    if let Some(wait) = wait {
        web::close_unread(upload);
        let words = t.review_too_often(minutes(wait?));
        return wrong_picture(shopper, number, id, words).await;
    }
    let body = match uploaded_picture(upload, t).await? {
        Ok(picture) => picture.body,
        Err(UploadError::Busy) => {
            return Ok(Flash::error(t.picture_busy()).see_other(&review_path(&number, id), &shopper.config));
        }
        Err(UploadError::Wrong(words)) => return wrong_picture(shopper, number, id, words).await,
    };
    let whole = body.clone();
    let small = actix_web::web::block(move || images::smaller(whole, SMALL_PICTURE)).await;
    let small_body = match small.map_err(PageError::internal)? {
        Ok(small_body) => small_body,
        Err(why) => return wrong_picture(shopper, number, id, web::picture_error(t, why)).await,
    };
    let picture = ReviewPicture { body, small_body };
    let needs_approval = shopper.settings()?.reviews_need_approval;
    let added = change_order(&shopper, &number, move |conn, order, _| {
        let before = reviews::lock_review(conn, order, id)?.ok_or(DbError::Missing)?;
        Ok(reviews::add_review_picture(conn, &before, &picture, needs_approval)?)
    });
    let flash = if added.await? {
        Flash::success(t.return_picture_done())
    } else {
        Flash::error(t.review_no_more_pictures(MAX_REVIEW_PICTURES))
    };
    Ok(flash.see_other(&review_path(&number, id), &shopper.config))
}

async fn wrong_picture(shopper: ShopperRequest, number: OrderNumber, id: ReviewId, words: String) -> PageResult {
    let mut form = Form::default();
    form.fail("picture", words);
    web::unprocessable(&OwnReviewPage::load(shopper, number, id, form).await?)
}

/// `GET /orders/{number}/reviews/{review}/pictures/{position}`: a picture of the shopper's own review.
pub async fn picture(shopper: ShopperRequest, path: Path<(String, i64, i32)>) -> PageResult {
    let (typed, id, position) = path.into_inner();
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let owner = shopper.user.id;
    let picture = shopper
        .db
        .run(move |conn| {
            let order = orders::order_id(conn, owner, &number)?.ok_or(DbError::Missing)?;
            let of_order = reviews::reviewed_lines(conn, order)?.iter().any(|(_, review)| *review == ReviewId(id));
            let found = reviews::picture_of_review(conn, ReviewId(id), position, PictureSize::Large)?;
            found.filter(|_| of_order).ok_or(DbError::Missing)
        })
        .await?;
    Ok(web::picture(picture))
}

fn parsed(path: Path<(String, i64)>) -> Result<(OrderNumber, ReviewId), PageError> {
    let (typed, id) = path.into_inner();
    Ok((typed.parse().map_err(|_| PageError::NotFound)?, ReviewId(id)))
}

fn review_path(number: &OrderNumber, id: ReviewId) -> String {
    format!("/orders/{number}/reviews/{id}")
}

impl OrderReviewsPage {
    async fn load(
        shopper: ShopperRequest,
        number: OrderNumber,
        asked: Option<OrderLineId>,
        form: Form,
    ) -> Result<Self, PageError> {
        let (owner, of) = (shopper.user.id, number.clone());
        let (view, states, mut written) = shopper
            .db
            .run(move |conn| {
                let view = orders::order_of(conn, owner, &of)?.ok_or(DbError::Missing)?;
                let id = view.order.id;
                Ok::<_, DbError>((view, orders::line_states(conn, id)?, reviews::reviews_of_order(conn, id)?))
            })
            .await?;
        let lines: Vec<ReviewableLine> =
            states.into_iter().map(|state| reviewable_line(&view, state, &mut written, clock::now())).collect();
        let is_open = |line: &&ReviewableLine| line.review.is_none() && line.refusal.is_none();
        let of_asked = lines.iter().filter(is_open).find(|line| Some(line.state.id) == asked);
        let chosen = of_asked.or_else(|| lines.iter().find(is_open)).map(|line| line.state.id);
        Ok(Self { page: shopper.page, number, lines, chosen, form })
    }

    /// Returns the line that the form is for.
    fn chosen_line(&self) -> Option<&ReviewableLine> {
        self.lines.iter().find(|line| Some(line.state.id) == self.chosen)
    }

    fn is_chosen(&self, line: &ReviewableLine) -> bool {
        self.chosen == Some(line.state.id)
    }

    fn is_all_reviewed(&self) -> bool {
        self.lines.iter().all(|line| line.review.is_some())
    }

    fn typed_stars(&self) -> Option<Stars> {
        self.form.value("stars").parse().ok()
    }

    fn refusal(&self, refusal: &ReviewRefusal) -> &'static str {
        refusal_words(self.page.t, *refusal)
    }
}

fn reviewable_line(
    view: &OrderView,
    state: LineState,
    written: &mut Vec<Review>,
    now: DateTime<Utc>,
) -> ReviewableLine {
    let place = written.iter().position(|review| review.line == state.id);
    let review = place.map(|place| written.swap_remove(place));
    let refusal = reviews::check_reviewable((view.order.status, view.order.received_at), &state, now).err();
    ReviewableLine { state, review, refusal }
}

impl OwnReviewPage {
    async fn load(shopper: ShopperRequest, number: OrderNumber, id: ReviewId, form: Form) -> Result<Self, PageError> {
        let (owner, of) = (shopper.user.id, number.clone());
        let (review, lines) = shopper
            .db
            .run(move |conn| {
                let order = orders::order_id(conn, owner, &of)?.ok_or(DbError::Missing)?;
                let found = reviews::reviews_of_order(conn, order)?.into_iter().find(|review| review.id == id);
                Ok::<_, DbError>((found.ok_or(DbError::Missing)?, orders::line_states(conn, order)?))
            })
            .await?;
        let product = lines.into_iter().find(|line| line.id == review.line).map(|line| line.name).unwrap_or_default();
        Ok(Self { page: shopper.page, number, product, review, form, zone: shopper.config.zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn can_have_pictures(&self) -> bool {
        self.review.picture_count < MAX_REVIEW_PICTURES && self.review.status != ReviewStatus::Hidden
    }

    /// Returns the text that the edit form shows: what was typed or, before anything was typed, the text of the review.
    fn words(&self) -> &str {
        if self.is_typed() { self.form.value("words") } else { &self.review.words }
    }

    fn chosen_stars(&self) -> Option<Stars> {
        if self.is_typed() { self.form.value("stars").parse().ok() } else { Some(self.review.stars) }
    }

    fn is_typed(&self) -> bool {
        self.form.fields().count() > 0
    }
}
