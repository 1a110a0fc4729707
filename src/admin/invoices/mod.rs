//! Staff pages of invoices and credit notes: those of an order, the list of all, and the settings, which only admins
//! change.

mod list;
mod settings;

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use crate::{
    accounts::StaffRequest,
    admin::audit_context::{AuditContext, Diff},
    audit::AuditAction,
    invoices::{self, DocumentKind, DocumentView, IssueRefusal, Issuer},
    kernel::OrderNumber,
    messages::Messages,
    orders,
    platform::{
        clock,
        db::{self, DbError},
    },
    web::{self, Flash, Page, PageError, PageResult, see_other},
};

pub use list::{documents, export_documents};
pub use settings::{save_settings, settings};

const LIST_PATH: &str = "/admin/invoices";

#[derive(Template)]
#[template(path = "admin/invoices/papers.html")]
struct PapersPage {
    page: Page,
    number: OrderNumber,
    papers: Vec<DocumentView>,
    zone: FixedOffset,
}

/// `GET /admin/orders/{number}/invoice`: the invoice of an order and its credit notes, to print. Without an invoice,
/// the page has the button that issues one. An unknown number redirects to the list of invoices.
pub async fn papers(staff: StaffRequest, typed: Path<String>) -> PageResult {
    let Ok(number) = typed.parse::<OrderNumber>() else { return Ok(see_other(LIST_PATH)) };
    let wanted = number.clone();
    let papers = staff.db.run(move |conn| {
        let order = orders::id_of_number(conn, &wanted)?;
        Ok::<_, DbError>(order.map(|order| invoices::papers_of(conn, order)).transpose()?)
    });
    let Some(papers) = papers.await? else { return Ok(see_other(LIST_PATH)) };
    web::html(&PapersPage { number, papers, zone: staff.config.zone, page: staff.page })
}

/// `POST /admin/orders/{number}/invoice`: issues the invoice of a paid order, even if the order was paid before the day
/// from which the shop issues invoices automatically.
pub async fn issue(staff: StaffRequest, typed: Path<String>) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, zone, shop) = (staff.page.t, staff.config.zone, staff.settings()?);
    let (path, audit) = (format!("/admin/orders/{number}/invoice"), AuditContext::of(&staff));
    let issued = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let order = orders::id_of_number(conn, &number)?.ok_or(DbError::Missing)?;
            let settings = invoices::invoice_settings(conn)?;
            let issuer = Issuer { shop: &shop, settings: &settings, zone };
            // The series is locked until the commit, so the audit log is written before.
            let found = invoices::invoice_of(conn, order)?;
            if found.is_none() {
                let after = json!({ "orders": number.to_string() });
                audit.record(conn, AuditAction::IssueInvoice, &number.to_string(), Diff::after(after))?;
            }
            match invoices::issue_invoice(conn, order, issuer, clock::now())? {
                Ok(issued) => Ok(Ok(issued)),
                Err(refusal) => {
                    db::set_rollback(conn)?;
                    Ok::<_, DbError>(Err(refusal))
                }
            }
        })
    });
    let flash = match issued.await? {
        Ok(issued) if issued.is_repeated => Flash::notice(t.invoice_issued_before(issued.invoice.number)),
        Ok(issued) => Flash::success(t.invoice_issued(issued.invoice.number)),
        Err(refusal) => Flash::error(refusal_words(t, refusal)),
    };
    Ok(flash.see_other(&path, &staff.config))
}

fn refusal_words(t: Messages, refusal: IssueRefusal) -> &'static str {
    match refusal {
        IssueRefusal::Off => t.invoice_off(),
        IssueRefusal::NotPaid => t.invoice_not_paid(),
        IssueRefusal::Canceled => t.invoice_canceled(),
    }
}

/// Returns the name of a kind of document in the language of the page.
fn kind_name(t: Messages, kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice => t.invoice(),
        DocumentKind::CreditNote => t.credit_note(),
    }
}

impl PapersPage {
    fn day(&self, at: &DateTime<Utc>) -> String {
        clock::day(*at, self.zone)
    }
}
