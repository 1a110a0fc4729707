//! VAT invoices and credit notes, numbered without gaps. Issued documents never change, except that the buyer's data is
//! blanked after some years if the shopper was erased.

mod actions;
mod buyers;
mod erasure;
mod forms;
mod model;
mod queries;
mod rules;
mod service;
mod settings;

pub use actions::{IssuedInvoice, Issuer, issue_credit_note, issue_invoice};
pub use buyers::{BuyerRefusal, buyer_of, check_buyer, delete_buyers, set_buyer};
pub use erasure::{anonymize_due, erase_invoices};
pub use forms::{buyer_form, read_buyer, read_settings, settings_form};
pub use model::{
    CategoryRate, CreditedLine, Document, DocumentKind, DocumentLine, DocumentListItem, DocumentView, DraftLine,
    InvoiceBuyer, InvoiceSettings, IssueRefusal, NewInvoiceSettings, RefundedAmounts, TaxAmounts, TaxedLine,
};
pub use queries::{DocumentFilter, documents, invoice_of, papers_of};
pub use rules::{credit_lines, sum_of, tax_in, taxed_lines};
pub use service::{IssueStep, are_issued, first_time, issue_due};
pub use settings::{SavedSettings, category_rates, invoice_settings, restart, save_invoice_settings};
