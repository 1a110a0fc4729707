//! Reviews of a shopper's order: the last one finishes it.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;

use crate::{
    fulfillment,
    kernel::{OrderId, ReviewId, UserId},
    orders::{self, Actor, LockedOrder, OrderEvent, Status},
    reviews::{self, NewReview, Review, ReviewRefusal},
};

/// The reason stored in the event of an order that became finished because its last line was reviewed.
pub const FINISHED_BY_REVIEW: &str = "reviewed";

/// The outcome of writing a review. Unless it is `Written`, nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewOutcome {
    Written(Review),
    /// The line was reviewed before: from another tab, for example.
    WrittenBefore(ReviewId),
    Refused(ReviewRefusal),
}

/// Stores a shopper's review of a line of their own order, in the caller's transaction. Finishes the order if no other
/// line is left to review.
pub fn write_review(
    conn: &mut PgConnection,
    order: OrderId,
    new: &NewReview,
    shopper: UserId,
    now: DateTime<Utc>,
) -> QueryResult<ReviewOutcome> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    let lines = orders::line_states(conn, order.id)?;
    let line = lines.iter().find(|line| line.id == new.line).ok_or(Error::NotFound)?;
    let reviewed = reviews::reviewed_lines(conn, order.id)?;
    if let Some((_, before)) = reviewed.iter().find(|(reviewed, _)| *reviewed == line.id) {
        return Ok(ReviewOutcome::WrittenBefore(*before));
    }
    if let Err(refusal) = reviews::check_reviewable((order.status, order.received_at), line, now) {
        return Ok(ReviewOutcome::Refused(refusal));
    }
    let review = reviews::save_review(conn, (order.id, shopper), new, now)?;
    finish_if_reviewed(conn, &mut order, Actor::Shopper(shopper), now)?;
    Ok(ReviewOutcome::Written(review))
}

/// Finishes a locked order if it is paid, has no open return, and each line of which the shopper has kept something is
/// reviewed.
pub(super) fn finish_if_reviewed(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    actor: Actor,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let is_paid = order.paid_amount == order.due();
    if order.status != Status::Unreviewed || !is_paid || fulfillment::has_open_return(conn, order.id)? {
        return Ok(());
    }
    let reviewed = reviews::reviewed_lines(conn, order.id)?;
    let is_reviewed = |line: &orders::LineState| reviewed.iter().any(|(reviewed, _)| *reviewed == line.id);
    let mut kept = orders::line_states(conn, order.id)?;
    kept.retain(|line| reviews::units_kept(line) > 0);
    if !kept.is_empty() && kept.iter().all(is_reviewed) {
        let details = json!({ "reason": FINISHED_BY_REVIEW });
        orders::apply_event(conn, order, OrderEvent::Finished, (actor, &details), now)?;
    }
    Ok(())
}
