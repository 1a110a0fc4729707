//! What shoppers searched in vain, for staff.

use askama::Template;

use crate::{
    accounts::StaffRequest,
    admin::admin_page::AdminPage,
    catalog::{self, MissedSearch},
    platform::{clock, db::DbError},
    web::{self, PageResult, filters},
};

#[derive(Template)]
#[template(path = "admin/catalog/missed-searches.html")]
struct MissedSearchesPage {
    page: AdminPage,
    lines: Vec<MissedSearch>,
}

impl MissedSearchesPage {
    fn link(&self, line: &MissedSearch) -> String {
        form_urlencoded::Serializer::new("/search?".to_owned()).append_pair("q", &line.words).finish()
    }
}

/// `GET /admin/products/searches`: the searches of the last 30 days for which nothing was found.
pub async fn missed_searches(staff: StaffRequest) -> PageResult {
    let zone = staff.config.zone;
    let lines = staff.db.run(move |conn| Ok::<_, DbError>(catalog::missed_searches(conn, clock::now(), zone)?)).await?;
    let page = AdminPage::load(staff.page, &staff.db).await?;
    web::html(&MissedSearchesPage { page, lines })
}
