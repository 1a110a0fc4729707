//! `/admin/rate-limits`: accounts and addresses that reached a rate limit or a limit on open orders lately.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use std::collections::HashMap;

use crate::{
    accounts::{self, StaffRequest},
    admin::{admin_page::AdminPage, nav_badges::NavBadges},
    kernel::UserId,
    messages::Messages,
    platform::{clock, db::DbError},
    web::{
        self, PageResult, filters,
        reached_limits::{self, ReachedLimit},
    },
};

#[derive(Template)]
#[template(path = "admin/operations/rate-limits.html")]
struct RateLimitsPage {
    page: AdminPage,
    reached: Vec<ReachedLimit>,
    names: HashMap<UserId, String>,
    zone: FixedOffset,
}

/// `GET /admin/rate-limits`: the limits reached in the last week, latest first.
pub async fn rate_limits(staff: StaffRequest) -> PageResult {
    let reached = reached_limits::recent(&staff.redis).await?;
    let ids: Vec<UserId> = reached.iter().filter_map(|entry| entry.user).collect();
    let (badges, people) = staff
        .db
        .run(move |conn| Ok::<_, DbError>((NavBadges::load_with(conn)?, accounts::users_by_id(conn, &ids)?)))
        .await?;
    let names = people.into_iter().map(|(id, person)| (id, person.username)).collect();
    let page = AdminPage::new(staff.page, badges);
    web::html(&RateLimitsPage { page, reached, names, zone: staff.config.zone })
}

/// Returns the name of the limit with this code; a code that this version of the program does not know is returned
/// unchanged.
fn limit_name(t: Messages, code: &str) -> &str {
    match code {
        "open_orders" => t.rate_limits_open_orders(),
        "open_pieces" => t.rate_limits_open_pieces(),
        "expired_orders" => t.rate_limits_expired_orders(),
        "checkout_by_account" | "checkout_by_address" => t.rate_limits_checkout(),
        "cart_by_account" | "cart_by_address" => t.rate_limits_cart(),
        "search_by_account" | "search_by_address" => t.rate_limits_search(),
        "sign_up_by_account" | "sign_up_by_address" => t.rate_limits_sign_up(),
        "question_by_account" | "question_by_address" => t.rate_limits_question(),
        "pay_link_by_account" | "pay_link_by_address" => t.rate_limits_pay_link(),
        "review_by_account" | "review_by_address" => t.rate_limits_review(),
        "customers_by_account" | "customers_by_address" => t.rate_limits_customers(),
        _ => code,
    }
}

impl RateLimitsPage {
    fn max_entries(&self) -> usize {
        reached_limits::MAX_ENTRIES
    }

    fn limit<'a>(&self, entry: &'a ReachedLimit) -> &'a str {
        limit_name(self.page.t, &entry.limit)
    }

    /// Returns the username of the account that reached the limit; `None` for a client that was not signed in.
    fn who(&self, entry: &ReachedLimit) -> Option<&str> {
        self.names.get(&entry.user?).map(String::as_str)
    }

    fn is_of_address(&self, entry: &ReachedLimit) -> bool {
        entry.limit.ends_with("_by_address")
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
