//! Queries of admin pages: the reviews of all shoppers.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, pg::Pg, prelude::*, query_builder::QueryFragment, sql_types::BigInt};

use super::model::{Review, ReviewStatus};
use crate::{
    kernel::{OrderNumber, ReviewId, SpuId, Stars, codes},
    platform::{cursor::Cursor, db::statement},
    schema::{order_goods, orders, reviews, spus, users},
};

/// The number up to which new reviews (those that staff have not looked at) are counted.
pub const MAX_NEW_COUNT: i64 = 1000;

codes! {
    /// Which reviews the list for staff shows.
    #[derive(Default)]
    pub enum ReviewFilter {
        #[default]
        All = "",
        /// Reviews whose current version no member of staff has looked at.
        New = "new",
        Waiting = "waiting",
        Shown = "shown",
        Hidden = "hidden",
        Pictures = "pictures",
    }
}

#[derive(Clone, Debug)]
pub struct ReviewSearch {
    /// The number of an order, or the username of a shopper.
    pub words: Option<String>,
    pub show: ReviewFilter,
    pub stars: Option<Stars>,
    pub cursor: Cursor<ReviewId>,
}

/// A review in the list for staff.
#[derive(Clone, Debug, Queryable)]
pub struct ReviewListItem {
    pub id: ReviewId,
    pub spu_id: SpuId,
    /// The name of the product when it was bought.
    pub product: String,
    pub options: String,
    pub username: String,
    pub stars: Stars,
    pub words: String,
    pub picture_count: i32,
    pub status: ReviewStatus,
    pub answer: String,
    pub written_at: DateTime<Utc>,
    pub checked_at: Option<DateTime<Utc>>,
}

/// Loads at most `limit` reviews that match `search`, newest first.
pub fn reviews_matching(
    conn: &mut PgConnection,
    search: &ReviewSearch,
    limit: i64,
) -> QueryResult<Vec<ReviewListItem>> {
    let mut found = reviews::table
        .inner_join(order_goods::table)
        .inner_join(orders::table)
        .inner_join(users::table)
        .select((
            reviews::id,
            reviews::spu_id,
            order_goods::name,
            reviews::options,
            users::username,
            reviews::stars,
            reviews::words,
            reviews::picture_count,
            reviews::status,
            reviews::answer,
            reviews::written_at,
            reviews::checked_at,
        ))
        .limit(limit)
        .into_boxed::<Pg>();
    if let Some(words) = &search.words {
        found = match words.to_uppercase().parse::<OrderNumber>() {
            Ok(number) => found.filter(orders::number.eq(number)),
            Err(_) => found.filter(users::username.eq(words)),
        };
    }
    if let Some(stars) = search.stars {
        found = found.filter(reviews::stars.eq(stars));
    }
    match search.show {
        ReviewFilter::All => {}
        ReviewFilter::New => found = found.filter(reviews::checked_at.is_null()),
        ReviewFilter::Waiting => found = found.filter(reviews::status.eq(ReviewStatus::Waiting.code())),
        ReviewFilter::Shown => found = found.filter(reviews::status.eq(ReviewStatus::Shown.code())),
        ReviewFilter::Hidden => found = found.filter(reviews::status.eq(ReviewStatus::Hidden.code())),
        ReviewFilter::Pictures => found = found.filter(reviews::picture_count.gt(0)),
    }
    match search.cursor {
        Cursor::Newest => found.order(reviews::id.desc()).load(conn),
        Cursor::OlderThan(id) => found.filter(reviews::id.lt(id)).order(reviews::id.desc()).load(conn),
        Cursor::NewerThan(id) => {
            let mut found = found.filter(reviews::id.gt(id)).order(reviews::id).load(conn)?;
            found.reverse();
            Ok(found)
        }
    }
}

/// Returns the statement whose column `new_reviews` is the number of reviews that staff have not looked at, at most
/// [`MAX_NEW_COUNT`] + 1.
pub fn new_reviews_statement() -> impl QueryFragment<Pg> {
    CountNew { most: MAX_NEW_COUNT + 1 }
}

statement! {
    CountNew(most: i64 as BigInt) -> (BigInt,) =
    "select count(*) as new_reviews from (select from reviews where checked_at is null limit " most ") r"
}

/// A review on its page for staff.
#[derive(Clone, Debug, Queryable)]
pub struct AdminReview {
    pub review: Review,
    pub number: OrderNumber,
    pub product: String,
    /// The slug of the product.
    pub slug: String,
    pub username: String,
}

/// Loads a review; `None` if there is none with this id.
pub fn admin_review(conn: &mut PgConnection, id: ReviewId) -> QueryResult<Option<AdminReview>> {
    reviews::table
        .find(id)
        .inner_join(order_goods::table)
        .inner_join(orders::table)
        .inner_join(users::table)
        .inner_join(spus::table)
        .select((Review::as_select(), orders::number, order_goods::name, spus::slug, users::username))
        .first(conn)
        .optional()
}
