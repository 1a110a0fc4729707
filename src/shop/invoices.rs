//! The invoice of a shopper's own order, and its credit notes, to print.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use crate::{
    accounts::ShopperRequest,
    invoices::{self, DocumentView},
    kernel::OrderNumber,
    orders,
    platform::{clock, db::DbError},
    web::{Page, PageError, PageResult, html},
};

#[derive(Template)]
#[template(path = "invoices/papers.html")]
struct PapersPage {
    page: Page,
    number: OrderNumber,
    papers: Vec<DocumentView>,
    zone: FixedOffset,
}

/// `GET /orders/{number}/invoice`: the invoice of the shopper's own order with its credit notes; 404 for an order of
/// another shopper, and before the invoice is issued.
pub async fn papers(shopper: ShopperRequest, typed: Path<String>) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (owner, wanted) = (shopper.user.id, number.clone());
    let papers = shopper.db.run(move |conn| {
        let order = orders::order_id(conn, owner, &wanted)?.ok_or(DbError::Missing)?;
        let papers = invoices::papers_of(conn, order)?;
        if papers.is_empty() { Err(DbError::Missing) } else { Ok(papers) }
    });
    let papers = papers.await?;
    html(&PapersPage { page: shopper.page, number, papers, zone: shopper.config.zone })
}

impl PapersPage {
    fn day(&self, at: &DateTime<Utc>) -> String {
        clock::day(*at, self.zone)
    }
}
