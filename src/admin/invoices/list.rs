//! The list of issued invoices and credit notes by month, and its download.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use super::{LIST_PATH, kind_name};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::AuditContext,
        exports::{Batch, Export},
        filtered_list::{FilterLink, FilteredList, PageLinks},
        nav_badges::NavBadges,
    },
    audit::AuditAction,
    invoices::{self, DocumentFilter, DocumentKind, DocumentListItem},
    messages::Messages,
    platform::{clock, cursor::Cursor, db::DbError},
    reports::Month,
    web::{self, Cell, Fields, PageError, PageResult, SheetFormat},
};

const LIST: FilteredList = FilteredList { path: LIST_PATH, filters: &["month", "kind"] };
/// The number of documents that one query of a download loads.
const BATCH_SIZE: i64 = 1_000;

#[derive(Template)]
#[template(path = "admin/invoices/list.html")]
struct DocumentsPage {
    page: AdminPage,
    query: Fields,
    month: Month,
    kind: Option<DocumentKind>,
    documents: Vec<DocumentListItem>,
    links: PageLinks,
    zone: FixedOffset,
}

/// `GET /admin/invoices`: the invoices and credit notes issued in a month, newest first. Reads from the query `month`
/// (default: the current month), `kind` (default: all), and `older` or `newer` with the id at which the page begins.
pub async fn documents(staff: StaffRequest) -> PageResult {
    let (query, zone) = (staff.query(), staff.config.zone);
    let (month, filter) = filter(&query, zone)?;
    let cursor = query.cursor();
    let (badges, mut documents) = staff
        .db
        .run(move |conn| {
            let found = invoices::documents(conn, filter, cursor, FilteredList::LIMIT)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, found))
        })
        .await?;
    let links = LIST.cut(&mut documents, &query, cursor, |document| document.id);
    let page = AdminPage::new(staff.page, badges);
    web::html(&DocumentsPage { page, query, month, kind: filter.kind, documents, links, zone })
}

fn filter(query: &Fields, zone: FixedOffset) -> Result<(Month, DocumentFilter), PageError> {
    let month = query.get("month").parse().unwrap_or_else(|_| Month::at(clock::now(), zone));
    let (begins, ends) = month.range(zone).ok_or(PageError::NotFound)?;
    Ok((month, DocumentFilter { kind: DocumentKind::from_code(query.get("kind")), begins, ends }))
}

/// `POST /admin/invoices/exports`: downloads a file with the invoices and credit notes issued in a month, newest first.
/// The audit log records who has downloaded it.
pub async fn export_documents(staff: StaffRequest, fields: Fields) -> PageResult {
    let format = SheetFormat::from_code(fields.get("format")).ok_or(PageError::NotFound)?;
    let (zone, t) = (staff.config.zone, staff.page.t);
    let (month, filter) = filter(&fields, zone)?;
    let name = format!("invoices-{month}");
    let after = json!({ "file": format!("{name}.{}", format.code()) });
    let audit = AuditContext::of(&staff);
    audit.record_download(&staff.db, AuditAction::ExportInvoices, month.to_string(), after).await?;
    let export = Export { name, format, head: head(t) };
    export.send(&staff.db, Cursor::Newest, move |conn, cursor| {
        let found = invoices::documents(conn, filter, cursor, BATCH_SIZE)?;
        let is_full = i64::try_from(found.len()) == Ok(BATCH_SIZE);
        let next = found.last().filter(|_| is_full).map(|last| Cursor::OlderThan(last.id));
        Ok(Batch { rows: found.into_iter().map(|row| cells(row, t, zone)).collect(), next })
    })
}

fn head(t: Messages) -> Vec<&'static str> {
    vec![
        t.export_number(),
        t.export_kind(),
        t.export_date(),
        t.orders_number(),
        t.invoice_buyer(),
        t.invoice_net(),
        t.report_tax(),
        t.invoice_gross(),
    ]
}

fn cells(row: DocumentListItem, t: Messages, zone: FixedOffset) -> Vec<Cell> {
    vec![
        Cell::Text(row.number),
        Cell::text(kind_name(t, row.kind)),
        Cell::Text(clock::second(row.issued_at, zone)),
        Cell::text(row.order_number.as_str()),
        Cell::Text(row.buyer_name),
        Cell::Amount(row.net.amount()),
        Cell::Amount(row.tax.amount()),
        Cell::Amount(row.gross.amount()),
    ]
}

impl DocumentsPage {
    fn filters(&self) -> Vec<FilterLink> {
        let t = self.page.t;
        let all = [(t.invoices(), None)].into_iter();
        let all = all.chain(DocumentKind::ALL.map(|kind| (kind_name(t, kind), Some(kind))));
        let link = |(name, kind): (&'static str, Option<DocumentKind>)| FilterLink {
            name,
            to: LIST.address(&self.query, &[("kind", kind.map_or("", DocumentKind::code))]),
            is_here: kind == self.kind,
            waiting: None,
        };
        all.map(link).collect()
    }

    fn kind_code(&self) -> &'static str {
        self.kind.map_or("", DocumentKind::code)
    }

    fn kind_name(&self, document: &DocumentListItem) -> &'static str {
        kind_name(self.page.t, document.kind)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}
