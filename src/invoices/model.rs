//! Rows of invoices and credit notes (both are called documents), the data of their pages, and their settings.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::{
    kernel::{CategoryId, InvoiceId, Language, Money, OrderId, OrderLineId, OrderNumber, codes},
    messages::Messages,
    payments::RefundLine,
    platform::db::sql_enum,
    schema::{invoice_buyers, invoice_lines, invoice_settings, invoices, orders},
};

codes! {
    /// The kind of a document. Each kind has its own series of numbers.
    pub enum DocumentKind {
        Invoice = "invoice",
        /// Corrects an invoice by the amount of a refund.
        CreditNote = "credit_note",
    }
}

sql_enum!(DocumentKind);

/// The settings of invoices and fapiao, which admins change.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = invoice_settings, treat_none_as_null = true)]
pub struct NewInvoiceSettings {
    /// The first day of which paid orders get an invoice, in the time zone of the shop; `None` if the shop issues no
    /// invoices.
    pub invoices_from: Option<NaiveDate>,
    /// The standard tax rate in percent, for freight and for goods whose category has no rate of its own. Prices
    /// include the tax.
    pub tax_rate: Decimal,
    pub invoice_prefix: String,
    pub credit_note_prefix: String,
    /// The number of years for which documents keep the buyer's name and address even if the shopper is erased.
    pub retention_years: i32,
    /// True if shoppers can ask for a fapiao.
    pub fapiao: bool,
    /// The number of days after the payment in which shoppers can ask for a fapiao.
    pub fapiao_days: i32,
}

/// The stored settings of invoices and fapiao, with their version.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = invoice_settings)]
pub struct InvoiceSettings {
    /// A number that each change increases.
    pub version: i64,
    #[diesel(embed)]
    pub values: NewInvoiceSettings,
}

impl std::ops::Deref for InvoiceSettings {
    type Target = NewInvoiceSettings;

    fn deref(&self) -> &NewInvoiceSettings {
        &self.values
    }
}

/// A category with the tax rate in percent that is set for it; `rate` is `None` if the rate of its parent applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryRate {
    pub id: CategoryId,
    pub name: String,
    /// The number of categories above it.
    pub depth: i32,
    pub rate: Option<Decimal>,
}

/// An amount with tax (`gross`) divided into the amount without tax (`net`) and the `tax`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaxAmounts {
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

/// A line of an invoice, before its tax is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftLine {
    /// The order line; `None` for the freight.
    pub order_line: Option<OrderLineId>,
    pub name: String,
    pub options: String,
    pub count: i32,
    /// The price of one unit, with tax and before discounts.
    pub price: Money,
    /// The tax rate in percent.
    pub rate: Decimal,
    pub gross: Money,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxedLine {
    pub draft: DraftLine,
    pub amounts: TaxAmounts,
}

/// A line of an invoice. `credited` is the gross amount that credit notes have credited for it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditedLine {
    /// The order line; `None` for the freight.
    pub order_line: Option<OrderLineId>,
    pub amounts: TaxAmounts,
    pub credited: Money,
}

/// The amounts of a refund: `amount` in all; `freight` and `goods` are the parts of it that are for freight and for
/// order lines. The rest belongs to no line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundedAmounts {
    pub amount: Money,
    pub freight: Money,
    pub goods: Vec<RefundLine>,
}

/// An invoice or credit note.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = invoices)]
pub struct Document {
    pub id: InvoiceId,
    pub kind: DocumentKind,
    pub number: String,
    pub order_id: OrderId,
    pub issued_at: DateTime<Utc>,
    /// For an invoice, when the order was paid; for a credit note, when the money was refunded.
    pub supplied_at: DateTime<Utc>,
    pub language: Language,
    pub seller_name: String,
    pub seller_address: String,
    pub seller_tax_number: String,
    pub buyer_name: String,
    pub buyer_address: String,
    pub buyer_tax_number: String,
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = invoice_lines)]
pub struct DocumentLine {
    #[diesel(column_name = order_goods_id)]
    pub order_line: Option<OrderLineId>,
    pub name: String,
    pub options: String,
    /// The number of units; 0 in a credit note that credits an amount without returned units.
    pub count: i32,
    pub price: Money,
    pub rate: Decimal,
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

impl DocumentLine {
    pub fn amounts(&self) -> TaxAmounts {
        TaxAmounts { net: self.net, tax: self.tax, gross: self.gross }
    }
}

/// A document with all data that its page shows.
#[derive(Clone, Debug)]
pub struct DocumentView {
    pub document: Document,
    pub lines: Vec<DocumentLine>,
    /// The invoice that a credit note corrects; `None` for an invoice.
    pub corrects: Option<Document>,
}

impl DocumentView {
    /// Returns the texts in the language of the document.
    pub fn t(&self) -> Messages {
        Messages(self.document.language)
    }

    /// Returns the number of the invoice that a credit note corrects; empty for an invoice.
    pub fn corrected_number(&self) -> &str {
        self.corrects.as_ref().map_or("", |invoice| &invoice.number)
    }
}

/// A document as lists show it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = invoices)]
pub struct DocumentListItem {
    pub id: InvoiceId,
    pub kind: DocumentKind,
    pub number: String,
    #[diesel(select_expression = orders::number)]
    pub order_number: OrderNumber,
    pub issued_at: DateTime<Utc>,
    pub buyer_name: String,
    pub buyer_tax_number: String,
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

/// Why an order gets no invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueRefusal {
    /// The shop issues no invoices, or its name, address or tax number is missing.
    Off,
    /// The order is not paid.
    NotPaid,
    Canceled,
}

/// The company for which an invoice is.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = invoice_buyers)]
pub struct InvoiceBuyer {
    pub name: String,
    pub tax_number: String,
}
