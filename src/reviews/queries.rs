//! Reads reviews of shoppers and of products.

use diesel::{
    PgConnection, QueryResult,
    dsl::sql,
    pg::Pg,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Bytea, Integer},
};
use std::str::FromStr;

use super::model::{Review, ReviewCard};
use crate::{
    kernel::{OrderId, OrderLineId, ReviewId, SpuId, Stars, codes},
    platform::db::statement,
    schema::{review_pictures, reviews, users},
};

codes! {
    /// How the reviews of a product are sorted, and whether only those with pictures are shown.
    #[derive(Default)]
    pub enum ReviewSort {
        #[default]
        Newest = "newest",
        Best = "best",
        Worst = "worst",
        /// Only reviews with pictures, newest first.
        Pictures = "pictures",
    }
}

/// The last review of a page: the next page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewCursor {
    stars: Stars,
    id: ReviewId,
}

impl ReviewCursor {
    pub fn of(card: &ReviewCard) -> Self {
        Self { stars: card.stars, id: card.id }
    }

    /// Returns the cursor in the form in which links contain it; [`str::parse`] reads that form.
    pub fn code(self) -> String {
        format!("{}-{}", self.stars.get(), self.id)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseReviewCursorError;

impl FromStr for ReviewCursor {
    type Err = ParseReviewCursorError;

    fn from_str(code: &str) -> Result<Self, ParseReviewCursorError> {
        let (stars, id) = code.split_once('-').ok_or(ParseReviewCursorError)?;
        let stars = stars.parse().map_err(|_| ParseReviewCursorError)?;
        let id: ReviewId = id.parse().map_err(|_| ParseReviewCursorError)?;
        // The least of all numbers has no negative, which the statements need.
        if id.0 >= 0 { Ok(Self { stars, id }) } else { Err(ParseReviewCursorError) }
    }
}

/// Loads at most `limit` shown reviews of a product after a cursor. Each sort order has an index of its own, so that a
/// page is one range of an index, wherever the page begins.
pub fn reviews_of_product(
    conn: &mut PgConnection,
    spu: SpuId,
    sort: ReviewSort,
    after: Option<ReviewCursor>,
    limit: i64,
) -> QueryResult<Vec<ReviewCard>> {
    // In the text of the statement: with a parameter a prepared plan could not use the partial indexes.
    let is_shown = sql::<Bool>("reviews.status = 'shown'");
    let mut found = reviews::table
        .inner_join(users::table)
        .filter(reviews::spu_id.eq(spu))
        .filter(is_shown)
        .limit(limit)
        .select((
            reviews::spu_id,
            reviews::id,
            reviews::stars,
            reviews::words,
            reviews::options,
            reviews::language,
            reviews::picture_count,
            reviews::answer,
            reviews::written_at,
            reviews::edited_at,
            users::username,
        ))
        .into_boxed::<Pg>();
    if sort == ReviewSort::Pictures {
        found = found.filter(sql::<Bool>("reviews.picture_count > 0"));
    }
    // Negative as in the indexes, so that no other index has the same order.
    let newest = sql::<BigInt>("-reviews.id");
    match sort {
        ReviewSort::Newest | ReviewSort::Pictures => {
            if let Some(ReviewCursor { id, .. }) = after {
                found = found.filter(sql::<Bool>("-reviews.id > -").bind::<BigInt, _>(id));
            }
            found.order(newest).load(conn)
        }
        ReviewSort::Best => {
            if let Some(ReviewCursor { stars, id }) = after {
                let row = sql::<Bool>("(-reviews.stars, -reviews.id) > (-").bind::<Integer, _>(stars);
                found = found.filter(row.sql(", -").bind::<BigInt, _>(id).sql(")"));
            }
            found.order((sql::<Integer>("-reviews.stars"), newest)).load(conn)
        }
        ReviewSort::Worst => {
            if let Some(ReviewCursor { stars, id }) = after {
                let row = sql::<Bool>("(reviews.stars, -reviews.id) > (").bind::<Integer, _>(stars);
                found = found.filter(row.sql(", -").bind::<BigInt, _>(id).sql(")"));
            }
            found.order((reviews::stars, newest)).load(conn)
        }
    }
}

statement! {
    /// Selects the four newest shown reviews of each of these products. The number four is not a parameter, because
    /// PostgreSQL would then make a new plan on each call, which takes longer than the query.
    Latest(spus: Vec<i64> as Array<BigInt>) -> [ReviewCard] =
    "select r.spu_id, r.id, r.stars, r.words, r.options, r.language, r.picture_count, r.answer, r.written_at,
        r.edited_at, u.username
     from unnest((select " spus ")) as wanted (spu_id)
     cross join lateral (
        select * from reviews r
        where r.spu_id = wanted.spu_id and r.status = 'shown'
        order by -r.id limit 4
     ) r
     join users u on u.id = r.user_id
     order by r.spu_id, r.id desc"
}

/// Loads the newest shown reviews of these products, at most four of each product, sorted by product and newest first.
pub fn latest_reviews(conn: &mut PgConnection, spus: &[SpuId]) -> QueryResult<Vec<ReviewCard>> {
    Latest { spus: spus.iter().map(|spu| spu.0).collect() }.load(conn)
}

/// Loads the reviews of an order, by ascending id.
pub fn reviews_of_order(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<Review>> {
    let of_order = reviews::table.filter(reviews::order_id.eq(order));
    of_order.order(reviews::id).select(Review::as_select()).load(conn)
}

/// Returns the lines of an order that are reviewed, each with its review.
pub fn reviewed_lines(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<(OrderLineId, ReviewId)>> {
    let of_order = reviews::table.filter(reviews::order_id.eq(order));
    of_order.order(reviews::id).select((reviews::order_goods_id, reviews::id)).load(conn)
}

/// Which of the two stored sizes of a picture to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureSize {
    Small,
    Large,
}

/// Loads a picture of a review without checking who may see the review; `None` if there is no such picture.
pub fn picture_of_review(
    conn: &mut PgConnection,
    id: ReviewId,
    position: i32,
    size: PictureSize,
) -> QueryResult<Option<Vec<u8>>> {
    let picture = review_pictures::table.find((id, position));
    match size {
        PictureSize::Small => picture.select(review_pictures::small_body).first(conn).optional(),
        PictureSize::Large => picture.select(review_pictures::body).first(conn).optional(),
    }
}

statement! {
    Shown(id: i64 as BigInt, position: i32 as Integer, is_small: bool as Bool) -> (Bytea,) =
    "select case when " is_small " then p.small_body else p.body end
     from review_pictures p join reviews r on r.id = p.review_id
     where p.review_id = " id " and p.position = " position " and r.status = 'shown'"
}

/// Loads a picture of a review; `None` if there is no such picture, or if the review is not shown to everybody.
pub fn shown_picture(
    conn: &mut PgConnection,
    id: ReviewId,
    position: i32,
    size: PictureSize,
) -> QueryResult<Option<Vec<u8>>> {
    let found: Option<(Vec<u8>,)> =
        Shown { id: id.0, position, is_small: size == PictureSize::Small }.get_result(conn).optional()?;
    Ok(found.map(|(body,)| body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_rubbish_is_none() {
        let cursor = ReviewCursor { stars: "4".parse().unwrap(), id: ReviewId(17) };
        assert_eq!(cursor.code(), "4-17");
        assert_eq!("4-17".parse(), Ok(cursor));
        for rubbish in ["", "4", "17", "6-1", "4-x", "-4-17", "4-99999999999999999999", "4-17-1", "4--17"] {
            assert_eq!(rubbish.parse::<ReviewCursor>(), Err(ParseReviewCursorError), "{rubbish}");
        }
    }
}
