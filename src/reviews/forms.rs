//! Parses the forms of reviews. If a field is wrong, returns `None` and records errors in the form.

use super::model::ReviewText;
use crate::{kernel::Stars, messages::Messages, web::Form};

/// The maximum number of characters of the text of a review. [`MAX_ANSWER_LEN`] is that of an answer by staff,
/// [`MAX_REASON_LEN`] that of the reason for hiding a review.
pub const MAX_WORDS_LEN: usize = 1000;
pub const MAX_ANSWER_LEN: usize = 1000;
pub const MAX_REASON_LEN: usize = 500;

/// Reads the fields `stars` and `words` of the form for a review.
pub fn review_text(form: &mut Form, t: Messages) -> Option<ReviewText> {
    let stars: Option<Stars> = form.parsed("stars", t.review_stars_wrong(), t);
    let words = form.lines("words", 0..=MAX_WORDS_LEN, t);
    Some(ReviewText { stars: stars?, words: words? })
}
