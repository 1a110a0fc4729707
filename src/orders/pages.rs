//! The page with the list of a shopper's own orders.

use actix_web::web::Data;
use askama::Template;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

use super::{
    model::{OrderView, Status},
    queries,
};
use crate::{
    accounts::ShopperRequest,
    config::Config,
    platform::{clock, db::DbError},
    web::{Page, PageResult, Paging, html},
};

const PER_PAGE: i64 = 10;

#[derive(Template)]
#[template(path = "orders/list.html")]
struct OrdersPage {
    page: Page,
    orders: Vec<OrderView>,
    paging: Paging,
    shown: Option<Status>,
    counts: HashMap<String, i64>,
    config: Data<Config>,
}

impl OrdersPage {
    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.config.zone)
    }

    fn count(&self, status: &Status) -> i64 {
        self.counts.get(status.code()).copied().unwrap_or_default()
    }

    /// Returns the statuses by which the list can be filtered. Rare statuses are among them only if the shopper has
    /// such orders.
    fn offered(&self) -> Vec<Status> {
        let rare = |status: &Status| matches!(status, Status::Finished | Status::Refunded | Status::Unreviewed);
        Status::ALL.into_iter().filter(|status| !rare(status) || self.count(status) > 0).collect()
    }
}

/// `GET /orders`: the shopper's orders, newest first; reads `status`, to show only orders in it, and `page`.
pub async fn list(shopper: ShopperRequest) -> PageResult {
    let query = shopper.query();
    let shown: Option<Status> = Status::from_code(query.get("status"));
    let owner = shopper.user.id;
    let (orders, paging, counts) = shopper
        .db
        .run(move |conn| {
            let counts = queries::counts_of(conn, owner)?;
            let total = shown.map_or(counts.values().sum(), |status| counts.get(status.code()).copied().unwrap_or(0));
            let paging = Paging::new(&query, &["status"], total, PER_PAGE);
            let orders = queries::orders_of(conn, owner, shown, paging.offset(), paging.limit())?;
            Ok::<_, DbError>((orders, paging, counts))
        })
        .await?;
    html(&OrdersPage { page: shopper.page, orders, paging, shown, counts, config: shopper.config })
}
