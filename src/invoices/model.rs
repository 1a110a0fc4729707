//! Rows and views of documents, and their settings.

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
    /// The kind of a document; each has a series of numbers of its own.
    pub enum DocumentKind {
        Invoice = "invoice",
        /// Corrects an invoice by what was refunded.
        CreditNote = "credit_note",
    }
}

sql_enum!(DocumentKind);

/// The settings of invoices and fapiao, which admins change.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = invoice_settings, treat_none_as_null = true)]
pub struct NewInvoiceSettings {
    /// Orders paid from this day on get an invoice; `None`: the shop issues none.
    pub invoices_from: Option<NaiveDate>,
    /// The tax rate of goods whose category has none, and of freight, in percent. Prices contain the tax.
    pub tax_rate: Decimal,
    pub invoice_prefix: String,
    pub credit_note_prefix: String,
    /// For how many years the buyer's name and address stay in documents.
    pub retention_years: i32,
    /// Whether shoppers can ask for a fapiao.
    pub fapiao: bool,
    /// For how many days after the payment shoppers can ask for a fapiao.
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

/// A category, with its names and the tax rate that is set for it; `None` if that of its parent applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryRate {
    pub id: CategoryId,
    pub name: String,
    /// How many categories are above it.
    pub depth: i32,
    pub rate: Option<Decimal>,
}

/// A price and the tax in it: `net` and `tax` add up to `gross`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaxAmounts {
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

/// A line of an invoice before its tax is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftLine {
    /// `None`: the freight.
    pub order_line: Option<OrderLineId>,
    pub name: String,
    pub options: String,
    pub count: i32,
    /// The price of a unit with tax, before discounts.
    pub price: Money,
    /// In percent.
    pub rate: Decimal,
    pub gross: Money,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxedLine {
    pub draft: DraftLine,
    pub amounts: TaxAmounts,
}

/// A line of an invoice, and how much of its gross amount credit notes have credited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditedLine {
    /// `None`: the freight.
    pub order_line: Option<OrderLineId>,
    pub amounts: TaxAmounts,
    pub credited: Money,
}

/// What a refund pays back: `amount` in all, of it `freight`, and what it names of order lines.
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
    /// When the order was paid; of a credit note, when the money went back.
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
    /// 0 if an amount was credited, and no units.
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

/// A document with all that its page shows.
#[derive(Clone, Debug)]
pub struct DocumentView {
    pub document: Document,
    pub lines: Vec<DocumentLine>,
    /// Of a credit note: the invoice that it corrects.
    pub corrects: Option<Document>,
}

impl DocumentView {
    /// Returns the messages in the language of the document.
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
    /// No money has come in for the order.
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
