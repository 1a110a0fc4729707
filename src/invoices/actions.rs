//! Issues invoices and credit notes, and numbers them. The caller owns the transaction.

use chrono::{DateTime, Datelike, FixedOffset, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName,
    prelude::*,
    result::Error,
    sql_types::{Integer, Text, Timestamptz},
};

use super::{
    buyers,
    model::{
        Document, DocumentKind, DocumentLine, DraftLine, InvoiceBuyer, InvoiceSettings, IssueRefusal, RefundedAmounts,
        TaxAmounts, TaxedLine,
    },
    queries::{self, InvoicedOrder},
    rules,
};
use crate::{
    kernel::{InvoiceId, Money, OrderId, OrderLineId, RefundId},
    messages::Messages,
    orders::{self, Status},
    payments,
    platform::db::statement,
    schema::{invoice_lines, invoices},
    store::Settings,
};

/// The settings that decide which documents are issued, and what they say about the seller.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    pub shop: &'a Settings,
    pub settings: &'a InvoiceSettings,
    /// The time zone of the shop. A series of numbers begins anew with each year in this zone.
    pub zone: FixedOffset,
}

impl Issuer<'_> {
    /// Returns whether the shop issues invoices and has set the address and tax number that an invoice must have.
    pub fn is_ready(&self) -> bool {
        let Settings { values: shop, .. } = self.shop;
        self.settings.invoices_from.is_some() && !shop.address.is_empty() && !shop.tax_number.is_empty()
    }
}

/// An invoice; `is_repeated` is true if it was issued before, and not by this call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedInvoice {
    pub invoice: Document,
    pub is_repeated: bool,
}

/// Issues the invoice of an order, which can have only one, and a credit note for each completed refund of the order's
/// payment. The inner `Err` says why the order gets no invoice; nothing is written then.
pub fn issue_invoice(
    conn: &mut PgConnection,
    order: OrderId,
    issuer: Issuer<'_>,
    now: DateTime<Utc>,
) -> QueryResult<Result<IssuedInvoice, IssueRefusal>> {
    // Concurrent issues for the same order wait here, so that the second finds the invoice.
    let locked = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    if let Some(invoice) = queries::invoice_of(conn, order)? {
        return Ok(Ok(IssuedInvoice { invoice, is_repeated: true }));
    }
    if !issuer.is_ready() {
        return Ok(Err(IssueRefusal::Off));
    }
    let Some(payment) = payments::counting_payment(conn, order)? else { return Ok(Err(IssueRefusal::NotPaid)) };
    if locked.status == Status::Canceled {
        return Ok(Err(IssueRefusal::Canceled));
    }
    let source = queries::invoiced_order(conn, order)?;
    let lines = rules::taxed_lines(drafts(conn, &source, issuer.settings)?);
    let about = About { source: &source, correction: None, supplied_at: payment.paid_at.unwrap_or(now) };
    let invoice = insert(conn, about, &lines, issuer, now)?;
    for refund in queries::refunds_to_credit(conn, order)? {
        credit(conn, &source, (&invoice, refund), issuer, now)?;
    }
    Ok(Ok(IssuedInvoice { invoice, is_repeated: false }))
}

/// Issues the credit note of a completed refund. Returns false, with nothing written, if the order has no invoice, the
/// refund is of another payment than the order's, or it has a credit note already.
pub fn issue_credit_note(
    conn: &mut PgConnection,
    (order, refund): (OrderId, RefundId),
    issuer: Issuer<'_>,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    let Some(invoice) = queries::invoice_of(conn, order)? else { return Ok(false) };
    let source = queries::invoiced_order(conn, order)?;
    let open = queries::refunds_to_credit(conn, order)?;
    let is_open = open.contains(&refund);
    if is_open {
        credit(conn, &source, (&invoice, refund), issuer, now)?;
    }
    Ok(is_open)
}

/// Returns the lines of the order's invoice before tax is computed: the goods at what was paid for them, and the
/// freight.
fn drafts(conn: &mut PgConnection, order: &InvoicedOrder, settings: &InvoiceSettings) -> QueryResult<Vec<DraftLine>> {
    let mut drafts = Vec::new();
    for line in queries::invoiced_lines(conn, order.id)? {
        let rate = line.rate.unwrap_or(settings.tax_rate);
        if line.count > 0 || !line.gross.is_zero() {
            drafts.push(DraftLine {
                order_line: Some(line.id),
                name: line.name,
                options: line.options,
                count: line.count,
                price: line.price,
                rate,
                gross: line.gross,
            });
        }
    }
    if !order.freight.is_zero() {
        drafts.push(DraftLine {
            order_line: None,
            name: Messages(order.language).freight().to_owned(),
            options: String::new(),
            count: 1,
            price: order.freight,
            rate: settings.tax_rate,
            gross: order.freight,
        });
    }
    Ok(drafts)
}

fn credit(
    conn: &mut PgConnection,
    source: &InvoicedOrder,
    (invoice, refund): (&Document, RefundId),
    issuer: Issuer<'_>,
    now: DateTime<Utc>,
) -> QueryResult<Document> {
    let lines = queries::lines_of(conn, invoice.id)?;
    let credited = queries::credited_lines(conn, invoice.id, &lines)?;
    let paid_back = payments::refund(conn, refund)?;
    let goods = payments::lines_of_refund(conn, refund)?;
    let refunded = RefundedAmounts { amount: paid_back.amount, freight: paid_back.freight, goods };
    let mut credit = Vec::new();
    for (line, amounts) in lines.into_iter().zip(rules::credit_lines(&credited, &refunded)) {
        let named = refunded.goods.iter().find(|part| Some(part.line) == line.order_line);
        if !amounts.gross.is_zero() {
            let count = named.map_or(0, |part| part.count);
            credit.push(TaxedLine { draft: draft_of(line, count, amounts.gross), amounts });
        }
    }
    let correction = Some((invoice, refund));
    let about = About { source, correction, supplied_at: paid_back.done_at.unwrap_or(now) };
    insert(conn, about, &credit, issuer, now)
}

fn draft_of(line: DocumentLine, count: i32, gross: Money) -> DraftLine {
    let DocumentLine { order_line, name, options, price, rate, .. } = line;
    DraftLine { order_line, name, options, count, price, rate, gross }
}

/// The order, and for a credit note also the invoice and the refund, that a new document is about.
#[derive(Clone, Copy)]
struct About<'a> {
    source: &'a InvoicedOrder,
    /// For a credit note, the invoice that it corrects and the refund; `None` for an invoice.
    correction: Option<(&'a Document, RefundId)>,
    supplied_at: DateTime<Utc>,
}

/// Inserts a document with the next number of its series. Call it last in a transaction: the series stays locked until
/// the commit, so that others wait to issue a document of the same kind.
fn insert(
    conn: &mut PgConnection,
    about: About<'_>,
    lines: &[TaxedLine],
    issuer: Issuer<'_>,
    now: DateTime<Utc>,
) -> QueryResult<Document> {
    let About { source, correction, supplied_at } = about;
    let TaxAmounts { net, tax, gross } = rules::sum_of(lines.iter().map(|line| line.amounts));
    let (kind, prefix) = match correction {
        None => (DocumentKind::Invoice, &issuer.settings.invoice_prefix),
        Some(_) => (DocumentKind::CreditNote, &issuer.settings.credit_note_prefix),
    };
    let company = if correction.is_none() { buyers::buyer_of(conn, source.id)? } else { None };
    let parties = match correction {
        // A credit note names the parties as its invoice does.
        Some((invoice, _)) => Parties::of(invoice),
        None => Parties::new((source, company.as_ref()), issuer.shop),
    };
    let year = now.with_timezone(&issuer.zone).year();
    let taken: TakenNumber = TakeNumber { kind: kind.code(), year, now }.get_result(conn)?;
    let document: Document = diesel::insert_into(invoices::table)
        .values((
            (
                invoices::kind.eq(kind.code()),
                invoices::year.eq(year),
                invoices::sequence.eq(taken.last),
                invoices::number.eq(format!("{prefix}-{year}-{:06}", taken.last)),
                invoices::order_id.eq(source.id),
                invoices::refund_id.eq(correction.map(|(_, refund)| refund)),
                invoices::invoice_id.eq(correction.map(|(invoice, _)| invoice.id)),
                invoices::issued_at.eq(taken.last_issued_at),
                invoices::supplied_at.eq(supplied_at),
                invoices::language.eq(source.language.code()),
            ),
            parties,
            (invoices::net.eq(net), invoices::tax.eq(tax), invoices::gross.eq(gross)),
        ))
        .returning(Document::as_returning())
        .get_result(conn)?;
    insert_lines(conn, document.id, lines)?;
    Ok(document)
}

fn insert_lines(conn: &mut PgConnection, document: InvoiceId, lines: &[TaxedLine]) -> QueryResult<usize> {
    let mut rows = Vec::with_capacity(lines.len());
    for (position, TaxedLine { draft, amounts }) in (1_i32..).zip(lines) {
        rows.push((
            invoice_lines::invoice_id.eq(document),
            invoice_lines::position.eq(position),
            invoice_lines::order_goods_id.eq(draft.order_line.map(|OrderLineId(id)| id)),
            invoice_lines::name.eq(&draft.name),
            invoice_lines::options.eq(&draft.options),
            invoice_lines::count.eq(draft.count),
            invoice_lines::price.eq(draft.price),
            invoice_lines::rate.eq(draft.rate),
            invoice_lines::net.eq(amounts.net),
            invoice_lines::tax.eq(amounts.tax),
            invoice_lines::gross.eq(amounts.gross),
        ));
    }
    diesel::insert_into(invoice_lines::table).values(rows).execute(conn)
}

/// The seller and the buyer as a document names them.
#[derive(Insertable)]
#[diesel(table_name = invoices)]
struct Parties<'a> {
    seller_name: &'a str,
    seller_address: &'a str,
    seller_tax_number: &'a str,
    buyer_name: &'a str,
    buyer_address: String,
    buyer_tax_number: &'a str,
}

impl<'a> Parties<'a> {
    /// The buyer is the company that the shopper has given, or else the recipient; both at the address of the order.
    fn new((order, company): (&'a InvoicedOrder, Option<&'a InvoiceBuyer>), shop: &'a Settings) -> Self {
        let parts = [&order.street, &order.region, &order.postcode];
        let parts = parts.into_iter().map(|part| part.trim()).filter(|part| !part.is_empty());
        Self {
            seller_name: shop.shop_name(order.language),
            seller_address: &shop.address,
            seller_tax_number: &shop.tax_number,
            buyer_name: company.map_or(&order.recipient, |company| &company.name),
            buyer_address: parts.collect::<Vec<_>>().join(", "),
            buyer_tax_number: company.map_or("", |company| &company.tax_number),
        }
    }

    fn of(invoice: &'a Document) -> Self {
        Self {
            seller_name: &invoice.seller_name,
            seller_address: &invoice.seller_address,
            seller_tax_number: &invoice.seller_tax_number,
            buyer_name: &invoice.buyer_name,
            buyer_address: invoice.buyer_address.clone(),
            buyer_tax_number: &invoice.buyer_tax_number,
        }
    }
}

#[derive(QueryableByName)]
struct TakenNumber {
    #[diesel(sql_type = Integer)]
    last: i32,
    #[diesel(sql_type = Timestamptz)]
    last_issued_at: DateTime<Utc>,
}

statement! {
    /// Takes the next number of a series. The row of the series stays locked until the end of the transaction. A
    /// rollback takes the number back, so the series has no gap.
    TakeNumber(kind: &'static str as Text, year: i32 as Integer, now: DateTime<Utc> as Timestamptz) -> [TakenNumber] =
    "insert into invoice_series (kind, year, last, last_issued_at) values (" kind ", " year ", 1, " now ")
     on conflict (kind, year) do update
        set last = invoice_series.last + 1,
            last_issued_at = greatest(invoice_series.last_issued_at, excluded.last_issued_at)
     returning last, last_issued_at"
}
