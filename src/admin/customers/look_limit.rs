//! The limit on how many pages with personal data a member of staff opens in an hour, outside the work on orders.

use askama::Template;

use super::PATH;
use crate::{
    accounts::StaffRequest,
    admin::{admin_page::AdminPage, nav_badges::NavBadges},
    web::{self, Asker, Limit, PageError, PageResult, RateLimit},
};

#[derive(Template)]
#[template(path = "admin/customers/look-limit.html")]
struct LookLimitPage {
    page: AdminPage,
    /// Minutes until the member of staff can open the next page, rounded up.
    minutes: u64,
}

/// Counts a page with personal data that a member of staff opens, and returns whether it may be shown. A refusal is
/// recorded in the security log and in the list of reached limits that staff see.
pub(super) async fn count_look(staff: &StaffRequest) -> Result<RateLimit, PageError> {
    Limit::Customers.hit(&staff.http, &staff.redis, Asker::User(staff.user.id)).await
}

/// Responds with status 429 to a member of staff who has opened too many pages, and says how many `seconds` to wait.
pub(super) async fn refused(staff: StaffRequest, seconds: u64) -> PageResult {
    let badges = staff.db.run(NavBadges::load_with).await?;
    let page = AdminPage::new(staff.at(PATH).page, badges);
    web::too_many(&LookLimitPage { page, minutes: seconds.div_ceil(60) }, seconds)
}
