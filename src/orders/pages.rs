//! The shopper's own orders.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

use super::{
    model::{OrderView, Status},
    queries, rules,
};
use crate::{
    accounts::Shopper,
    config::Config,
    kernel::OrderNumber,
    platform::{
        clock,
        db::{Db, DbError},
    },
    web::{Fields, Page, PageError, Paging, html},
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

    /// The status filters: rare statuses only if the shopper has such orders.
    fn offered(&self) -> Vec<Status> {
        let rare = |status: &Status| matches!(status, Status::Finished | Status::Refunded | Status::Unreviewed);
        Status::ALL.into_iter().filter(|status| !rare(status) || self.count(status) > 0).collect()
    }
}

/// `GET /orders`: newest first; query parameters `status` and `page`.
pub async fn list(req: HttpRequest, shopper: Shopper, page: Page, db: Data<Db>, config: Data<Config>) -> PageResult {
    let query = Fields::of_query(&req);
    let shown: Option<Status> = query.get("status").parse().ok();
    let owner = shopper.0.id;
    let (orders, paging, counts) = db
        .run(move |conn| {
            let counts = queries::counts_of(conn, owner)?;
            let total = shown.map_or(counts.values().sum(), |status| counts.get(status.code()).copied().unwrap_or(0));
            let paging = Paging::new(&query, &["status"], total, PER_PAGE);
            let orders = queries::orders_of(conn, owner, shown, paging.offset(), paging.limit())?;
            Ok::<_, DbError>((orders, paging, counts))
        })
        .await?;
    html(&OrdersPage { page, orders, paging, shown, counts, config })
}

#[derive(Template)]
#[template(path = "orders/order.html")]
struct OrderPage {
    page: Page,
    view: OrderView,
    config: Data<Config>,
    /// Whether the shopper has just placed it.
    placed_now: bool,
    /// Whether the shopper has just come back from the gateway, and it has not said yet that the order is paid.
    is_asking: bool,
}

struct StatusStep {
    name: &'static str,
    done: bool,
    current: bool,
    at: Option<String>,
}

impl OrderPage {
    fn steps(&self) -> Vec<StatusStep> {
        let order = &self.view.order;
        let status_sequence = rules::status_sequence(order.pay_method);
        let reached = status_sequence.iter().position(|status| *status == order.status);
        let minute = |at| clock::minute(at, self.config.zone);
        let placed = StatusStep {
            name: self.page.t.order_placed(),
            done: true,
            current: false,
            at: Some(minute(order.placed_at)),
        };
        let step = |(i, status): (usize, &Status)| StatusStep {
            name: status.name(&self.page.t),
            done: reached.is_none_or(|reached| i < reached),
            current: reached == Some(i),
            at: order.left_at(*status).map(minute),
        };
        std::iter::once(placed).chain(status_sequence.iter().enumerate().map(step)).collect()
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.config.zone)
    }

    /// Whole minutes until then, when the page was made.
    fn minutes_left(&self, until: &DateTime<Utc>) -> i64 {
        (*until - clock::now()).num_minutes().max(0)
    }

    /// The missed payment deadline of an expired order.
    fn expired_at(&self) -> Option<DateTime<Utc>> {
        rules::expired_at(&self.view.order)
    }
}

/// `GET /orders/{number}`: one of the shopper's own; others are 404.
pub async fn show(
    req: HttpRequest,
    shopper: Shopper,
    number: Path<String>,
    page: Page,
    db: Data<Db>,
    config: Data<Config>,
) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let found = db.run(move |conn| Ok::<_, DbError>(queries::order_of(conn, shopper.0.id, &number)?)).await?;
    let view = found.ok_or(PageError::NotFound)?;
    let query = Fields::of_query(&req);
    let placed_now = query.get("placed") == "now";
    let is_asking = query.get("payment") == "asked" && view.order.status == Status::Unpaid;
    html(&OrderPage { page, view, config, placed_now, is_asking })
}

type PageResult = Result<HttpResponse, PageError>;
