//! The list of all stock imports, newest first.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::{PER_PAGE, labels::state_badge};
use crate::{
    accounts::StaffRequest,
    admin::admin_page::AdminPage,
    platform::{clock, db::DbError},
    stock::{self, Import},
    web::{self, PageResult, Paging, filters},
};

#[derive(Template)]
#[template(path = "admin/stock/imports/list.html")]
struct ImportsPage {
    page: AdminPage,
    imports: Vec<Import>,
    paging: Paging,
    zone: FixedOffset,
}

/// `GET /admin/imports`: a page of all stock imports, newest first.
pub async fn imports(staff: StaffRequest) -> PageResult {
    let query = staff.query();
    let (paging, imports) = staff
        .db
        .run(move |conn| {
            let asked = query.get("page").parse().unwrap_or(1);
            let (count, imports) = stock::imports(conn, (asked, PER_PAGE))?;
            Ok::<_, DbError>((Paging::new(&query, &[], count, PER_PAGE), imports))
        })
        .await?;
    let page = AdminPage::load(staff.page, &staff.db).await?;
    web::html(&ImportsPage { page, imports, paging, zone: staff.config.zone })
}

impl ImportsPage {
    fn state_badge(&self, import: &Import) -> (&'static str, String) {
        state_badge(&self.page.t, &import.state, &import.failed)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
