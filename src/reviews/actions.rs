//! Writes reviews and, in the same transaction, the figures of their product. Whoever changes a review locks it first:
//! the figures then change by the difference between what it added before and adds now.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};

use super::{
    model::{MAX_REVIEW_PICTURES, Review, ReviewPicture, ReviewStatus, ReviewText},
    rules::{ReviewFigures, status_of_change},
};
use crate::{
    kernel::{Language, OrderId, OrderLineId, ReviewId, SpuId, UserId},
    schema::{order_goods, review_figures, review_pictures, reviews, skus},
};

/// A review that its shopper has just written.
#[derive(Clone, Debug)]
pub struct NewReview {
    pub line: OrderLineId,
    pub text: ReviewText,
    pub language: Language,
    pub needs_approval: bool,
}

/// Stores the first review of a line of this order. The caller has locked the order, and knows that the line has none.
pub fn save_review(
    conn: &mut PgConnection,
    (order, shopper): (OrderId, UserId),
    new: &NewReview,
    now: DateTime<Utc>,
) -> QueryResult<Review> {
    let (spu, options): (SpuId, String) = order_goods::table
        .inner_join(skus::table)
        .filter(order_goods::id.eq(new.line).and(order_goods::order_id.eq(order)))
        .select((skus::spu_id, order_goods::options))
        .first(conn)?;
    let saved: Review = diesel::insert_into(reviews::table)
        .values((
            reviews::order_goods_id.eq(new.line),
            reviews::order_id.eq(order),
            reviews::spu_id.eq(spu),
            reviews::user_id.eq(shopper),
            reviews::options.eq(options),
            reviews::language.eq(new.language.code()),
            reviews::stars.eq(new.text.stars),
            reviews::words.eq(&new.text.words),
            reviews::status.eq(status_of_change(None, new.needs_approval).code()),
            reviews::written_at.eq(now),
        ))
        .returning(Review::as_returning())
        .get_result(conn)?;
    change_figures(conn, spu, ReviewFigures::of(&saved))?;
    Ok(saved)
}

/// Locks a review of this shopper's order; `None` if it is of another order.
pub fn lock_review(conn: &mut PgConnection, order: OrderId, id: ReviewId) -> QueryResult<Option<Review>> {
    let of_order = reviews::table.filter(reviews::id.eq(id).and(reviews::order_id.eq(order)));
    of_order.select(Review::as_select()).for_no_key_update().first(conn).optional()
}

fn lock(conn: &mut PgConnection, id: ReviewId) -> QueryResult<Review> {
    reviews::table.find(id).select(Review::as_select()).for_no_key_update().first(conn)
}

/// Stores a changed review, and changes the figures of its product (number of reviews, sum of stars) by the difference.
/// The caller has locked the review, which is stored as `before`.
pub(super) fn store(conn: &mut PgConnection, before: &Review, after: &Review) -> QueryResult<()> {
    diesel::update(reviews::table.find(after.id))
        .set((
            reviews::stars.eq(after.stars),
            reviews::words.eq(&after.words),
            reviews::picture_count.eq(after.picture_count),
            reviews::status.eq(after.status.code()),
            reviews::version.eq(after.version),
            reviews::hidden_reason.eq(&after.hidden_reason),
            reviews::answer.eq(&after.answer),
            reviews::answered_at.eq(after.answered_at),
            reviews::edited_at.eq(after.edited_at),
            reviews::checked_at.eq(after.checked_at),
        ))
        .execute(conn)?;
    change_figures(conn, after.spu_id, ReviewFigures::of(after).since(ReviewFigures::of(before)))
}

/// Adds `by` to the review figures of a product (number of reviews, sum of stars). The row of the figures is locked
/// after all other rows.
fn change_figures(conn: &mut PgConnection, spu: SpuId, by: ReviewFigures) -> QueryResult<()> {
    if by == ReviewFigures::default() {
        return Ok(());
    }
    diesel::insert_into(review_figures::table)
        .values(review_figures::spu_id.eq(spu))
        .on_conflict_do_nothing()
        .execute(conn)?;
    diesel::update(review_figures::table.find(spu))
        .set((
            review_figures::review_count.eq(review_figures::review_count + by.count),
            review_figures::star_sum.eq(review_figures::star_sum + by.star_sum),
            review_figures::pictured_count.eq(review_figures::pictured_count + by.pictured),
        ))
        .execute(conn)
        .map(drop)
}

/// The outcome of a shopper's edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditOutcome {
    Edited,
    /// The review has these stars and this text already; nothing was written, so this is not counted as the one edit.
    Unchanged,
    /// The shopper has edited the review before; nothing was written.
    EditedBefore,
}

/// Stores a shopper's edit of a review. A review can be edited once.
pub fn edit_review(
    conn: &mut PgConnection,
    before: &Review,
    text: &ReviewText,
    needs_approval: bool,
    now: DateTime<Utc>,
) -> QueryResult<EditOutcome> {
    if before.stars == text.stars && before.words == text.words {
        return Ok(EditOutcome::Unchanged);
    }
    if before.edited_at.is_some() {
        return Ok(EditOutcome::EditedBefore);
    }
    let after = Review {
        stars: text.stars,
        words: text.words.clone(),
        edited_at: Some(now),
        ..changed(before, needs_approval)
    };
    store(conn, before, &after)?;
    Ok(EditOutcome::Edited)
}

/// Returns the review after a change by its shopper: with the next version number, and not yet checked by staff.
fn changed(before: &Review, needs_approval: bool) -> Review {
    Review {
        status: status_of_change(Some(before.status), needs_approval),
        version: before.version + 1,
        checked_at: None,
        ..before.clone()
    }
}

/// Adds a picture to a review. Returns false, with nothing written, if the review has [`MAX_REVIEW_PICTURES`] already,
/// or is hidden.
pub fn add_review_picture(
    conn: &mut PgConnection,
    before: &Review,
    picture: &ReviewPicture,
    needs_approval: bool,
) -> QueryResult<bool> {
    if before.picture_count >= MAX_REVIEW_PICTURES || before.status == ReviewStatus::Hidden {
        return Ok(false);
    }
    let after = Review { picture_count: before.picture_count + 1, ..changed(before, needs_approval) };
    diesel::insert_into(review_pictures::table)
        .values((
            review_pictures::review_id.eq(before.id),
            review_pictures::position.eq(after.picture_count),
            review_pictures::body.eq(&picture.body),
            review_pictures::small_body.eq(&picture.small_body),
        ))
        .execute(conn)?;
    store(conn, before, &after)?;
    Ok(true)
}

/// The outcome of what staff do with a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModerationOutcome {
    /// Holds the review before and after the change.
    Done(Box<(Review, Review)>),
    /// The review is as requested already; nothing was done.
    Unchanged,
    /// The shopper has changed the review since staff saw it; nothing was done.
    ChangedMeanwhile,
}

fn moderated(
    conn: &mut PgConnection,
    id: ReviewId,
    seen: Option<i32>,
    change: impl FnOnce(&Review) -> Review,
) -> QueryResult<ModerationOutcome> {
    let before = lock(conn, id)?;
    if seen.is_some_and(|seen| seen != before.version) {
        return Ok(ModerationOutcome::ChangedMeanwhile);
    }
    let after = change(&before);
    if after == before {
        return Ok(ModerationOutcome::Unchanged);
    }
    store(conn, &before, &after)?;
    Ok(ModerationOutcome::Done(Box::new((before, after))))
}

/// Returns the review as one that staff have looked at: now, if they have not before.
fn checked(before: &Review, now: DateTime<Utc>) -> Review {
    Review { checked_at: before.checked_at.or(Some(now)), ..before.clone() }
}

/// Records that staff have checked the version `seen` of a review and do not object. If the review waits for approval,
/// everybody sees it from now on.
pub fn approve_review(
    conn: &mut PgConnection,
    id: ReviewId,
    seen: i32,
    now: DateTime<Utc>,
) -> QueryResult<ModerationOutcome> {
    moderated(conn, id, Some(seen), |before| {
        let status = if before.status == ReviewStatus::Waiting { ReviewStatus::Shown } else { before.status };
        Review { status, ..checked(before, now) }
    })
}

/// Hides a review, even if its shopper has changed it since staff saw it. If the review is hidden already, the new
/// reason replaces the old one.
pub fn hide_review(
    conn: &mut PgConnection,
    id: ReviewId,
    reason: &str,
    now: DateTime<Utc>,
) -> QueryResult<ModerationOutcome> {
    moderated(conn, id, None, |before| Review {
        status: ReviewStatus::Hidden,
        hidden_reason: reason.to_owned(),
        ..checked(before, now)
    })
}

/// Shows a hidden review again, provided that its version is still `seen`, the one that staff have looked at.
pub fn show_again(
    conn: &mut PgConnection,
    id: ReviewId,
    seen: i32,
    now: DateTime<Utc>,
) -> QueryResult<ModerationOutcome> {
    moderated(conn, id, Some(seen), |before| {
        if before.status != ReviewStatus::Hidden {
            return before.clone();
        }
        Review { status: ReviewStatus::Shown, hidden_reason: String::new(), ..checked(before, now) }
    })
}

/// Stores the public answer of staff; an empty one removes it.
pub fn answer_review(
    conn: &mut PgConnection,
    id: ReviewId,
    answer: &str,
    now: DateTime<Utc>,
) -> QueryResult<ModerationOutcome> {
    moderated(conn, id, None, |before| {
        if before.answer == answer {
            return before.clone();
        }
        Review { answer: answer.to_owned(), answered_at: (!answer.is_empty()).then_some(now), ..before.clone() }
    })
}
