//! The list of reviews.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        filtered_list::{FilterLink, FilteredList, PageLinks},
        nav_badges::NavBadges,
    },
    kernel::Stars,
    messages::Messages,
    platform::{clock, db::DbError},
    reviews::{self, ReviewFilter, ReviewListItem, ReviewSearch, ReviewStatus},
    web::{self, Fields, PageResult},
};

const LIST: FilteredList = FilteredList { path: "/admin/reviews", filters: &["q", "show", "stars"] };

#[derive(Template)]
#[template(path = "admin/reviews/list.html")]
struct ReviewsPage {
    page: AdminPage,
    query: Fields,
    show: ReviewFilter,
    stars: Option<Stars>,
    reviews: Vec<ReviewListItem>,
    links: PageLinks,
    zone: FixedOffset,
}

/// `GET /admin/reviews`: the list of reviews, newest first. Reads the filters `q`, `show` and `stars`, and `older` or
/// `newer` for the page.
pub async fn reviews(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    let (show, cursor) = (ReviewFilter::from_code(query.get("show")).unwrap_or_default(), query.cursor());
    let stars: Option<Stars> = query.get("stars").parse().ok();
    let words = Some(FilteredList::search_words(&query)).filter(|words| !words.is_empty());
    let search = ReviewSearch { words, show, stars, cursor };
    let (badges, mut reviews) = staff
        .db
        .run(move |conn| {
            let found = reviews::reviews_matching(conn, &search, FilteredList::LIMIT)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, found))
        })
        .await?;
    let links = LIST.cut(&mut reviews, &query, cursor, |review| review.id);
    let (page, zone) = (AdminPage::new(staff.page, badges), staff.config.zone);
    web::html(&ReviewsPage { page, query, show, stars, reviews, links, zone })
}

impl ReviewFilter {
    fn label(self, t: &Messages) -> &'static str {
        match self {
            Self::All => t.reviews_all(),
            Self::New => t.reviews_new(),
            Self::Waiting => t.review_waiting(),
            Self::Shown => t.review_shown(),
            Self::Hidden => t.review_hidden(),
            Self::Pictures => t.reviews_with_pictures(),
        }
    }
}

impl ReviewsPage {
    fn filters(&self) -> Vec<FilterLink> {
        let link = |show: ReviewFilter| FilterLink {
            name: show.label(&self.page.t),
            to: LIST.address(&self.query, &[("show", show.code())]),
            is_here: show == self.show,
            waiting: if show == ReviewFilter::New { self.page.badges.new_reviews() } else { None },
        };
        ReviewFilter::ALL.into_iter().map(link).collect()
    }

    fn q(&self) -> String {
        FilteredList::search_words(&self.query)
    }

    fn is_chosen(&self, stars: &Stars) -> bool {
        self.stars == Some(*stars)
    }

    fn is_filtered(&self) -> bool {
        LIST.is_filtered(&self.query)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
