//! Reviews of bought goods by those who have bought and received them, and their figures for each product.

mod actions;
mod admin_queries;
mod erasure;
pub mod forms;
mod model;
mod queries;
mod rules;

pub use actions::{
    EditOutcome, ModerationOutcome, NewReview, add_review_picture, answer_review, approve_review, edit_review,
    hide_review, lock_review, save_review, show_again,
};
pub use admin_queries::{
    AdminReview, MAX_NEW_COUNT, ReviewFilter, ReviewListItem, ReviewSearch, admin_review, new_reviews_statement,
    reviews_matching,
};
pub use erasure::erase_reviews;
pub use model::{MAX_REVIEW_PICTURES, Review, ReviewCard, ReviewPicture, ReviewStatus, ReviewText};
pub use queries::{
    PictureSize, ReviewCursor, ReviewSort, latest_reviews, picture_of_review, reviewed_lines, reviews_of_order,
    reviews_of_product, shown_picture,
};
pub use rules::{MAX_REVIEW_AGE, ReviewRefusal, check_reviewable, units_kept};
