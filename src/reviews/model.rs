//! Rows of reviews, and views of their pages.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    kernel::{Language, OrderId, OrderLineId, ReviewId, SpuId, Stars, UserId, codes},
    messages::Messages,
    platform::db::sql_enum,
    schema::reviews,
};

/// The maximum number of pictures of a review.
pub const MAX_REVIEW_PICTURES: i32 = 5;

codes! {
    pub enum ReviewStatus {
        /// Staff have not approved it yet; only its writer sees it.
        Waiting = "waiting",
        /// Everybody sees it, and it counts towards the rating of the product.
        Shown = "shown",
        /// Staff have hidden it; its writer sees why.
        Hidden = "hidden",
    }
}

sql_enum!(ReviewStatus);

impl ReviewStatus {
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Waiting => t.review_waiting(),
            Self::Shown => t.review_shown(),
            Self::Hidden => t.review_hidden(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = reviews)]
pub struct Review {
    pub id: ReviewId,
    #[diesel(column_name = order_goods_id)]
    pub line: OrderLineId,
    pub order_id: OrderId,
    pub spu_id: SpuId,
    pub user_id: UserId,
    /// The option values that were bought, such as "Red, M".
    pub options: String,
    pub language: Language,
    pub stars: Stars,
    pub words: String,
    /// The number of the review's pictures; their positions begin at 1.
    pub picture_count: i32,
    pub status: ReviewStatus,
    /// Increases with each change by the shopper.
    pub version: i32,
    /// Why staff have hidden it; empty unless they have.
    pub hidden_reason: String,
    /// What staff answer in public; may be empty.
    pub answer: String,
    pub answered_at: Option<DateTime<Utc>>,
    pub written_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    /// When staff looked at this version; `None` if they have not looked at it yet.
    pub checked_at: Option<DateTime<Utc>>,
}

/// The stars and the text of a review that a shopper writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewText {
    pub stars: Stars,
    /// The text of the review; may be empty.
    pub words: String,
}

/// A review as shoppers see it on the page of the product.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, QueryableByName)]
pub struct ReviewCard {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub spu_id: SpuId,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub id: ReviewId,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    pub stars: Stars,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub words: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub options: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub language: Language,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    pub picture_count: i32,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub answer: String,
    #[diesel(sql_type = diesel::sql_types::Timestamptz)]
    pub written_at: DateTime<Utc>,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Timestamptz>)]
    pub edited_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = diesel::sql_types::Text)]
    username: String,
}

impl ReviewCard {
    /// Returns the first and last character of the reviewer's username with a mask between them; for an erased account,
    /// a phrase such as "former customer".
    pub fn writer(&self, t: &Messages) -> String {
        if self.username.contains('#') { t.former_customer().to_owned() } else { masked_name(&self.username) }
    }
}

/// A picture of a review, in two sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewPicture {
    pub body: Vec<u8>,
    pub small_body: Vec<u8>,
}

/// Hides a username, with which people sign in: keeps its first and last character, or only the first one if the name
/// has fewer than three.
fn masked_name(username: &str) -> String {
    let mut characters = username.chars();
    let first = characters.next().unwrap_or('*');
    match characters.next_back().filter(|_| username.chars().count() > 2) {
        Some(last) => format!("{first}***{last}"),
        None => format!("{first}***"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_by_its_ends() {
        let masked = ["mei", "li", "x", "", "林小明", "a b\u{1f600}"].map(masked_name);
        assert_eq!(masked, ["m***i", "l***", "x***", "****", "林***明", "a***\u{1f600}"]);
    }
}
