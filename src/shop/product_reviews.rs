//! All reviews of a product that shoppers see, and their pictures.

use actix_web::{
    http::header,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    catalog::Catalog,
    kernel::{Rating, ReviewId, SpuId},
    messages::Messages,
    platform::{
        clock,
        db::{Db, DbError},
    },
    reviews::{self, PictureSize, ReviewCard, ReviewCursor, ReviewSort},
    web::{self, Page, PageError, PageResult, VisitorRequest, html},
};

const PER_PAGE: usize = 20;
/// The number of rows to query: one more than a page shows, which tells whether there is a further page.
const LIMIT: i64 = 21;
/// Staff may hide a review with its pictures, so browsers ask again after five minutes.
const PICTURE_CACHE: &str = "private, max-age=300";

#[derive(Template)]
#[template(path = "reviews/product-reviews.html")]
struct ProductReviewsPage {
    page: Page,
    spu: SpuId,
    /// The path of the product's page.
    address: String,
    name: String,
    rating: Rating,
    sort: ReviewSort,
    reviews: Vec<ReviewCard>,
    is_first: bool,
    /// The cursor of the next page; `None` on the last one.
    next: Option<String>,
    zone: FixedOffset,
}

impl ReviewSort {
    pub(super) fn words(self, t: &Messages) -> &'static str {
        match self {
            Self::Newest => t.reviews_newest(),
            Self::Best => t.reviews_best(),
            Self::Worst => t.reviews_worst(),
            Self::Pictures => t.reviews_with_pictures(),
        }
    }
}

/// `GET /products/{spu id}/reviews`: the reviews of a product. `sort` is the sort order, `after` the cursor of a later
/// page; an unknown value counts as missing.
///
/// # Errors
/// [`PageError::NotFound`] if the product is not on sale.
pub async fn product_reviews(visitor: VisitorRequest, spu: Path<String>, catalog: Data<Catalog>) -> PageResult {
    let spu: SpuId = spu.parse().map_err(|_| PageError::NotFound)?;
    let query = visitor.query();
    let sort = ReviewSort::from_code(query.get("sort")).unwrap_or_default();
    let after: Option<ReviewCursor> = query.get("after").parse().ok();
    let shown = catalog.product(spu, visitor.page.language()).await?;
    let found =
        visitor.db.run(move |conn| Ok::<_, DbError>(reviews::reviews_of_product(conn, spu, sort, after, LIMIT)?));
    let mut reviews = found.await?;
    let is_last = reviews.len() <= PER_PAGE;
    reviews.truncate(PER_PAGE);
    let next = reviews.last().filter(|_| !is_last).map(|last| ReviewCursor::of(last).code());
    html(&ProductReviewsPage {
        page: visitor.page,
        spu,
        address: shown.product.address(),
        name: shown.product.name.clone(),
        rating: shown.product.rating,
        sort,
        reviews,
        is_first: after.is_none(),
        next,
        zone: visitor.config.zone,
    })
}

impl ProductReviewsPage {
    fn day(&self, at: &DateTime<Utc>) -> String {
        clock::day(*at, self.zone)
    }
}

/// `GET /reviews/{review}/pictures/{position}`: a picture of a review, if the review is shown to everybody.
pub async fn picture(path: Path<(i64, i32)>, db: Data<Db>) -> PageResult {
    shown_picture(path, db, PictureSize::Large).await
}

/// `GET /reviews/{review}/pictures/{position}/small`: the small size of a picture of a review, if the review is shown
/// to everybody.
pub async fn small_picture(path: Path<(i64, i32)>, db: Data<Db>) -> PageResult {
    shown_picture(path, db, PictureSize::Small).await
}

async fn shown_picture(path: Path<(i64, i32)>, db: Data<Db>, size: PictureSize) -> PageResult {
    let (id, position) = path.into_inner();
    let found = db.run(move |conn| reviews::shown_picture(conn, ReviewId(id), position, size)?.ok_or(DbError::Missing));
    let mut response = web::picture(found.await?);
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static(PICTURE_CACHE));
    Ok(response)
}
