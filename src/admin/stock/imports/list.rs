//! The list of all imports, newest first.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::PER_PAGE;
use crate::{
    accounts::Staff,
    admin::nav_badges::NavBadges,
    config::Config,
    platform::{
        clock,
        db::{Db, DbError},
    },
    stock::{self, Import},
    web::{self, Fields, Page, PageError, Paging},
};

#[derive(Template)]
#[template(path = "admin/stock/imports/list.html")]
struct ImportsPage {
    page: Page,
    badges: NavBadges,
    imports: Vec<Import>,
    paging: Paging,
    zone: FixedOffset,
}

/// `GET /admin/imports`
pub async fn imports(
    _: Staff,
    page: Page,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let query = Fields::of_query(&req);
    let (paging, imports) = db
        .run(move |conn| {
            let asked = query.get("page").parse().unwrap_or(1);
            let (count, imports) = stock::imports(conn, (asked, PER_PAGE))?;
            Ok::<_, DbError>((Paging::new(&query, &[], count, PER_PAGE), imports))
        })
        .await?;
    let badges = NavBadges::load(&db).await?;
    web::html(&ImportsPage { page, badges, imports, paging, zone: config.zone })
}

impl ImportsPage {
    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
