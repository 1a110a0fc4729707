//! The invoice of a shopper's own order, and its credit notes, to print; before that, for whom it is to be.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use super::orders::change_order;
use crate::{
    accounts::ShopperRequest,
    invoices::{self, BuyerRefusal, DocumentView, InvoiceBuyer},
    kernel::OrderNumber,
    orders,
    platform::{clock, db::DbError},
    web::{self, Fields, Flash, Form, Page, PageError, PageResult, html},
};

#[derive(Template)]
#[template(path = "invoices/papers.html")]
struct PapersPage {
    page: Page,
    number: OrderNumber,
    papers: Vec<DocumentView>,
    zone: FixedOffset,
}

#[derive(Template)]
#[template(path = "invoices/buyer.html")]
struct BuyerPage {
    page: Page,
    number: OrderNumber,
    form: Form,
}

/// What the page of an order's invoice shows.
enum Loaded {
    Papers(Vec<DocumentView>),
    /// There is none yet, and the shopper can say for which company it is to be.
    Buyer(Option<InvoiceBuyer>),
}

/// `GET /orders/{number}/invoice`: the invoice of the shopper's own order with its credit notes; before it is issued,
/// the form with the company for which it is to be. 404 for an order of another shopper, and for one that gets none.
pub async fn papers(shopper: ShopperRequest, typed: Path<String>) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (owner, wanted) = (shopper.user.id, number.clone());
    let (settings, zone) = (shopper.settings()?, shopper.config.zone);
    let loaded = shopper.db.run(move |conn| {
        let view = orders::order_of(conn, owner, &wanted)?.ok_or(DbError::Missing)?;
        let papers = invoices::papers_of(conn, view.order.id)?;
        if !papers.is_empty() {
            return Ok(Loaded::Papers(papers));
        }
        let is_on = invoices::are_issued(conn, &settings, zone)?;
        let of_order = (view.order.status, view.order.is_erased());
        match invoices::check_buyer(conn, view.order.id, of_order, is_on)? {
            Ok(()) => Ok(Loaded::Buyer(invoices::buyer_of(conn, view.order.id)?)),
            Err(_) => Err(DbError::Missing),
        }
    });
    match loaded.await? {
        Loaded::Papers(papers) => html(&PapersPage { page: shopper.page, number, papers, zone }),
        Loaded::Buyer(buyer) => {
            let page = shopper.page.at(&format!("/orders/{number}/invoice"));
            html(&BuyerPage { page, number, form: invoices::buyer_form(buyer.as_ref()) })
        }
    }
}

/// `POST /orders/{number}/invoice`: stores the company for which the invoice of the shopper's own order is to be. Empty
/// fields: it is for the recipient.
pub async fn set_buyer(shopper: ShopperRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (shopper.page.t, Form::from(fields));
    let Some(buyer) = invoices::read_buyer(&mut form, t) else {
        let (owner, wanted) = (shopper.user.id, number.clone());
        let found = shopper.db.run(move |conn| orders::order_id(conn, owner, &wanted)?.ok_or(DbError::Missing));
        found.await?;
        let page = shopper.page.at(&format!("/orders/{number}/invoice"));
        return web::unprocessable(&BuyerPage { page, number, form });
    };
    let (settings, zone, has_company) = (shopper.settings()?, shopper.config.zone, buyer.is_some());
    let outcome = change_order(&shopper, &number, move |conn, order, _| {
        // The job that issues the invoice now waits here, or has done so.
        let order = orders::lock_order(conn, order)?.ok_or(DbError::Missing)?;
        let is_on = invoices::are_issued(conn, &settings, zone)?;
        Ok(invoices::set_buyer(conn, &order, buyer.as_ref(), is_on)?)
    });
    let path = format!("/orders/{number}");
    let flash = match outcome.await? {
        Ok(()) if has_company => Flash::success(t.invoice_buyer_done()),
        Ok(()) => Flash::success(t.invoice_buyer_removed()),
        Err(BuyerRefusal::Issued) => Flash::notice(t.invoice_buyer_late()),
        Err(BuyerRefusal::Off | BuyerRefusal::NoInvoice) => Flash::notice(t.invoice_buyer_none()),
    };
    Ok(flash.see_other(&path, &shopper.config))
}

impl PapersPage {
    fn day(&self, at: &DateTime<Utc>) -> String {
        clock::day(*at, self.zone)
    }
}
