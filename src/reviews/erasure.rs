//! Erases a shopper's reviews. The stars stay, and count in the ratings of products as before.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::{
    actions::store,
    model::{Review, ReviewStatus},
};
use crate::{
    kernel::{ReviewId, UserId},
    schema::{review_pictures, reviews},
};

/// Replaces the reason why staff have hidden a review, when the review is erased.
const ERASED_REASON: &str = "-";

/// Erases the texts and pictures of all reviews of a shopper, and the replies of staff to them. Stars, the number of
/// reviews and the sum of stars stay; only the number of reviews with pictures decreases.
pub fn erase_reviews(conn: &mut PgConnection, shopper: UserId) -> QueryResult<()> {
    let of_shopper = reviews::table.filter(reviews::user_id.eq(shopper)).select(Review::as_select());
    // Their figures are locked in the order of the products.
    let found: Vec<Review> = of_shopper.order((reviews::spu_id, reviews::id)).for_no_key_update().load(conn)?;
    let ids: Vec<ReviewId> = found.iter().map(|review| review.id).collect();
    diesel::delete(review_pictures::table.filter(review_pictures::review_id.eq_any(&ids))).execute(conn)?;
    for before in found {
        let is_hidden = before.status == ReviewStatus::Hidden;
        let after = Review {
            words: String::new(),
            picture_count: 0,
            hidden_reason: if is_hidden { ERASED_REASON.to_owned() } else { String::new() },
            answer: String::new(),
            answered_at: None,
            ..before.clone()
        };
        if after != before {
            store(conn, &before, &Review { version: before.version + 1, ..after })?;
        }
    }
    Ok(())
}
