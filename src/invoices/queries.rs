use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName,
    dsl::sum,
    prelude::*,
    sql_types::{BigInt, Integer, Nullable, Numeric, Text, Timestamptz},
};
use rust_decimal::Decimal;
use std::collections::HashMap;

use super::model::{CreditedLine, Document, DocumentKind, DocumentLine, DocumentListItem, DocumentView};
use crate::{
    kernel::{InvoiceId, Language, Money, OrderId, OrderLineId, RefundId},
    platform::{cursor::Cursor, db::statement},
    schema::{invoice_lines, invoices, orders},
};

/// The data that an invoice copies from its order.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub(super) struct InvoicedOrder {
    pub(super) id: OrderId,
    pub(super) language: Language,
    pub(super) freight: Money,
    pub(super) recipient: String,
    pub(super) region: String,
    pub(super) street: String,
    pub(super) postcode: String,
}

pub(super) fn invoiced_order(conn: &mut PgConnection, id: OrderId) -> QueryResult<InvoicedOrder> {
    orders::table.find(id).select(InvoicedOrder::as_select()).first(conn)
}

/// An order line as it was paid: less the discount and, for cash on delivery, without units that are not paid for.
#[derive(Debug, QueryableByName)]
pub(super) struct InvoicedLine {
    #[diesel(sql_type = BigInt)]
    pub(super) id: OrderLineId,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    pub(super) options: String,
    #[diesel(sql_type = Integer)]
    pub(super) count: i32,
    #[diesel(sql_type = Numeric)]
    pub(super) price: Money,
    #[diesel(sql_type = Numeric)]
    pub(super) gross: Money,
    /// The tax rate, in percent, that is set for the product's category or for the nearest category above it; `None` if
    /// no rate is set.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub(super) rate: Option<Decimal>,
}

pub(super) fn invoiced_lines(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<InvoicedLine>> {
    InvoicedLines { order: order.0 }.load(conn)
}

statement! {
    InvoicedLines(order: i64 as BigInt) -> [InvoicedLine] =
    "select g.id, g.name, g.options, g.price, r.rate,
        case o.pay_method when 'cod' then g.count - g.withdrawn_count else g.count end as count,
        g.price * g.count - g.discount - g.waived_amount as gross
     from order_goods g
     join orders o on o.id = g.order_id
     join skus s on s.id = g.sku_id
     join spus p on p.id = s.spu_id
     left join effective_tax_rates r on r.category_id = p.category_id
     where g.order_id = " order "
     order by g.id"
}

/// Loads the invoice of an order; `None` if none was issued.
pub fn invoice_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Option<Document>> {
    let invoice =
        invoices::table.filter(invoices::order_id.eq(order).and(invoices::kind.eq(DocumentKind::Invoice.code())));
    invoice.select(Document::as_select()).first(conn).optional()
}

/// Loads the invoice of an order and its credit notes with all data that their pages show, oldest first.
pub fn papers_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<DocumentView>> {
    let of_order = invoices::table.filter(invoices::order_id.eq(order));
    let documents: Vec<Document> = of_order.order(invoices::id).select(Document::as_select()).load(conn)?;
    let ids: Vec<InvoiceId> = documents.iter().map(|document| document.id).collect();
    let lines: Vec<(InvoiceId, DocumentLine)> = invoice_lines::table
        .filter(invoice_lines::invoice_id.eq_any(ids))
        .order((invoice_lines::invoice_id, invoice_lines::position))
        .select((invoice_lines::invoice_id, DocumentLine::as_select()))
        .load(conn)?;
    let invoice = documents.iter().find(|document| document.kind == DocumentKind::Invoice).cloned();
    let mut papers = Vec::with_capacity(documents.len());
    for document in documents {
        let of_document = lines.iter().filter(|(id, _)| *id == document.id);
        let lines = of_document.map(|(_, line)| line.clone()).collect();
        let corrects = invoice.clone().filter(|_| document.kind == DocumentKind::CreditNote);
        papers.push(DocumentView { document, lines, corrects });
    }
    Ok(papers)
}

pub(super) fn lines_of(conn: &mut PgConnection, document: InvoiceId) -> QueryResult<Vec<DocumentLine>> {
    let lines = invoice_lines::table.filter(invoice_lines::invoice_id.eq(document));
    lines.order(invoice_lines::position).select(DocumentLine::as_select()).load(conn)
}

/// Returns these lines of an invoice, each with the gross amount that the invoice's credit notes have credited for it.
pub(super) fn credited_lines(
    conn: &mut PgConnection,
    invoice: InvoiceId,
    lines: &[DocumentLine],
) -> QueryResult<Vec<CreditedLine>> {
    let credits = invoice_lines::table.inner_join(invoices::table).filter(invoices::invoice_id.eq(invoice));
    let sums: Vec<(Option<i64>, Option<Decimal>)> = credits
        .group_by(invoice_lines::order_goods_id)
        .select((invoice_lines::order_goods_id, sum(invoice_lines::gross)))
        .load(conn)?;
    let sums: HashMap<Option<i64>, Option<Decimal>> = sums.into_iter().collect();
    let mut credited = Vec::with_capacity(lines.len());
    for line in lines {
        let sum = sums.get(&line.order_line.map(|line| line.0)).copied().flatten();
        credited.push(CreditedLine {
            order_line: line.order_line,
            amounts: line.amounts(),
            credited: sum.and_then(Money::new).unwrap_or_default(),
        });
    }
    Ok(credited)
}

/// Returns the completed refunds of the order's payment that have no credit note, oldest first.
pub(super) fn refunds_to_credit(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<RefundId>> {
    let found: Vec<(i64,)> = RefundsToCredit { order: order.0 }.load(conn)?;
    Ok(found.into_iter().map(|(id,)| RefundId(id)).collect())
}

statement! {
    RefundsToCredit(order: i64 as BigInt) -> (BigInt,) =
    "select r.id
     from refunds r join payments p on p.id = r.payment_id
     where p.order_id = " order " and p.counts and r.status in ('done', 'elsewhere')
        and not exists (select from invoices i where i.refund_id = r.id)
     order by r.done_at, r.id"
}

/// An order whose invoice, or a refund whose credit note, is due to be issued.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub(super) struct DueDocument {
    #[diesel(sql_type = BigInt)]
    pub(super) order_id: OrderId,
    /// The id of the payment (invoice) or of the refund (credit note).
    #[diesel(sql_type = BigInt)]
    pub(super) thing: i64,
}

/// Returns at most `limit` orders without an invoice that were paid at `from` or later, in the order of their payments.
pub(super) fn due_invoices(conn: &mut PgConnection, from: DateTime<Utc>, limit: i64) -> QueryResult<Vec<DueDocument>> {
    DueInvoices { from, limit }.load(conn)
}

/// Returns at most `limit` completed refunds without a credit note, of orders with an invoice, that were completed at
/// `from` or later, oldest first.
pub(super) fn due_credit_notes(
    conn: &mut PgConnection,
    from: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<DueDocument>> {
    DueCreditNotes { from, limit }.load(conn)
}

statement! {
    DueInvoices(from: DateTime<Utc> as Timestamptz, limit: i64 as BigInt) -> [DueDocument] =
    "select p.order_id, p.id as thing
     from payments p join orders o on o.id = p.order_id
     where p.status = 'paid' and p.counts and p.paid_at >= " from " and o.status <> 'canceled'
        and not exists (select from invoices i where i.order_id = p.order_id and i.kind = 'invoice')
     order by p.paid_at, p.id limit " limit
}

statement! {
    DueCreditNotes(from: DateTime<Utc> as Timestamptz, limit: i64 as BigInt) -> [DueDocument] =
    "select d.order_id, d.id as thing
     from (
        select p.order_id, r.id, r.done_at
        from refunds r join payments p on p.id = r.payment_id
        where r.status = 'done' and r.done_at >= " from " and p.counts
        union all
        select p.order_id, r.id, r.done_at
        from refunds r join payments p on p.id = r.payment_id
        where r.status = 'elsewhere' and r.done_at >= " from " and p.counts
     ) d
     join invoices i on i.order_id = d.order_id and i.kind = 'invoice'
     where not exists (select from invoices c where c.refund_id = d.id)
     order by d.done_at, d.id limit " limit
}

/// Which documents to list: those of one kind (`None`: all kinds), issued from `begins` to before `ends`.
#[derive(Clone, Copy, Debug)]
pub struct DocumentFilter {
    pub kind: Option<DocumentKind>,
    pub begins: DateTime<Utc>,
    pub ends: DateTime<Utc>,
}

/// Loads at most `limit` documents that match the filter, newest first, from the cursor on.
pub fn documents(
    conn: &mut PgConnection,
    filter: DocumentFilter,
    cursor: Cursor<InvoiceId>,
    limit: i64,
) -> QueryResult<Vec<DocumentListItem>> {
    let issued = invoices::issued_at.ge(filter.begins).and(invoices::issued_at.lt(filter.ends));
    let mut found = invoices::table.inner_join(orders::table).filter(issued).limit(limit).into_boxed();
    if let Some(kind) = filter.kind {
        found = found.filter(invoices::kind.eq(kind.code()));
    }
    let (Cursor::OlderThan(id) | Cursor::NewerThan(id)) = cursor else {
        let newest = found.order((invoices::issued_at.desc(), invoices::id.desc()));
        return newest.select(DocumentListItem::as_select()).load(conn);
    };
    let at: Option<DateTime<Utc>> = invoices::table.find(id).select(invoices::issued_at).first(conn).optional()?;
    let Some(at) = at else { return Ok(Vec::new()) };
    if cursor == Cursor::OlderThan(id) {
        let older = invoices::issued_at.lt(at).or(invoices::issued_at.eq(at).and(invoices::id.lt(id)));
        let older = found.filter(invoices::issued_at.le(at).and(older));
        let older = older.order((invoices::issued_at.desc(), invoices::id.desc()));
        return older.select(DocumentListItem::as_select()).load(conn);
    }
    let newer = invoices::issued_at.gt(at).or(invoices::issued_at.eq(at).and(invoices::id.gt(id)));
    let newer = found.filter(invoices::issued_at.ge(at).and(newer)).order((invoices::issued_at, invoices::id));
    let mut newer: Vec<DocumentListItem> = newer.select(DocumentListItem::as_select()).load(conn)?;
    newer.reverse();
    Ok(newer)
}
