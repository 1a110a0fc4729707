//! Every column that could hold something about a shopper is judged, and the judgement is kept here.

use std::collections::BTreeSet;

use crate::support::Database;

/// Columns with personal data, each with what the erasure of a shopper does about it.
pub(super) const PERSONAL: &[(&str, &str)] = &[
    ("addresses.recipient", "deleted"),
    ("addresses.phone", "deleted"),
    ("addresses.region", "deleted"),
    ("addresses.street", "deleted"),
    ("addresses.postcode", "deleted"),
    ("audit_log.target", "replaced in entries about the person"),
    ("audit_log.before", "replaced in entries about the person"),
    ("audit_log.after", "replaced in entries about the person"),
    ("blocked_contacts.value", "a salted digest"),
    ("blocked_contacts.contact", "blanked"),
    ("blocked_contacts.reason", "blanked"),
    ("cancellation_requests.reason", "blanked"),
    ("customer_notes.words", "deleted"),
    ("customers.words", "deleted"),
    ("fapiao_files.body", "deleted, of an issued one when the law does not want it kept any more"),
    ("fapiao_requests.address", "blanked, of an issued one when the law does not want it kept any more"),
    ("fapiao_requests.bank", "likewise"),
    ("fapiao_requests.bank_account", "likewise"),
    ("fapiao_requests.email", "likewise"),
    ("fapiao_requests.phone", "likewise"),
    ("fapiao_requests.refusal", "likewise"),
    ("fapiao_requests.taxpayer_number", "likewise"),
    ("fapiao_requests.title", "likewise"),
    ("invoice_buyers.name", "deleted"),
    ("invoice_buyers.tax_number", "deleted"),
    ("invoices.buyer_address", "blanked when the law does not want it kept any more"),
    ("invoices.buyer_name", "blanked when the law does not want it kept any more"),
    ("invoices.buyer_tax_number", "blanked when the law does not want it kept any more"),
    ("order_events.details", "reasons are removed"),
    ("order_holds.reason", "deleted"),
    ("order_search.words", "made again"),
    ("orders.recipient", "blanked"),
    ("orders.phone", "blanked"),
    ("orders.region", "blanked"),
    ("orders.street", "blanked"),
    ("orders.postcode", "blanked"),
    ("orders.note", "blanked"),
    ("outbox.last_error", "blanked if it names the person"),
    ("payment_notifications.body", "blanked, also of those that come later"),
    ("payments.last_error", "blanked"),
    ("question_messages.words", "deleted"),
    ("question_pictures.body", "deleted"),
    ("questions.email", "deleted"),
    ("questions.guest_name", "deleted"),
    ("questions.typed_number", "deleted"),
    ("recovery_codes.digest", "deleted"),
    ("refunds.note", "blanked"),
    ("refunds.last_error", "blanked"),
    ("return_pictures.body", "deleted"),
    ("returns.words", "blanked"),
    ("returns.answer", "blanked"),
    ("returns.carrier", "blanked"),
    ("returns.tracking_number", "blanked"),
    ("review_pictures.body", "deleted"),
    ("review_pictures.small_body", "deleted"),
    ("reviews.words", "blanked"),
    ("reviews.answer", "blanked"),
    ("reviews.hidden_reason", "blanked"),
    ("second_factors.secret", "deleted"),
    ("shipment_import_lines.cells", "blanked"),
    ("shipment_import_lines.detail", "blanked"),
    ("shipment_import_parcels.detail", "blanked"),
    ("stock_movements.note", "blanked if an order of the person caused the movement"),
    ("users.username", "replaced"),
    ("users.username_skeleton", "follows the username"),
    ("users.email", "blanked"),
    ("users.password_hash", "blanked"),
];

/// Tables and columns without personal data, each with the reason. A table alone stands for all its other columns.
const OTHERS: &[(&str, &str)] = &[
    ("audit_log", "the action is a code, the address is that of staff"),
    ("blocked_contacts", "the kind is a code"),
    ("brands", "the shop's own"),
    ("carriers", "the shop's own"),
    ("cash_sheet_lines", "numbers of parcels and orders, and amounts"),
    ("cash_sheet_orders", "codes"),
    ("cash_sheets", "tokens, codes, and names of carriers' files"),
    ("categories", "the shop's own"),
    ("contact_salt", "random"),
    ("customer_notes", "a token"),
    ("facet_texts", "the shop's own"),
    ("facet_values", "the shop's own"),
    ("fapiao_files", "codes"),
    ("fapiao_numbers", "numbers of the tax platform, and a code"),
    ("fapiao_requests", "codes"),
    ("former_category_slugs", "the shop's own"),
    ("gateway_bills", "numbers and amounts"),
    ("images", "the shop's own"),
    ("import_files", "stock"),
    ("import_mappings", "columns of stock files"),
    ("import_rows", "stock"),
    ("imports", "stock"),
    ("invoice_lines", "names of products"),
    ("invoice_progress", "codes"),
    ("invoice_series", "codes"),
    ("invoice_settings", "the shop's own"),
    ("invoices", "numbers, codes, and the shop itself"),
    ("listing_counts", "codes"),
    ("listings", "ids of option values"),
    ("low_stock_readers", "staff"),
    ("month_closing_lines", "products, categories, pay methods and days"),
    ("option_values", "the shop's own"),
    ("options", "the shop's own"),
    ("order_events", "codes"),
    ("order_goods", "names of products"),
    ("order_mails", "codes"),
    ("orders", "number, token and codes"),
    ("outbox", "codes; payloads have ids, SKUs and order numbers alone"),
    ("payment_notifications", "codes and a digest"),
    ("payments", "numbers of payments, which the gateway's bills have too, and codes"),
    ("picture_sizes", "the shop's own"),
    ("pictures", "the shop's own"),
    ("question_mails", "codes; deleted with the question"),
    ("question_messages", "codes; deleted"),
    ("questions", "codes; deleted"),
    ("reading_progress", "codes"),
    ("reconciliations", "order numbers, SKUs and amounts"),
    ("refunds", "numbers and codes"),
    ("return_pictures", "codes; deleted"),
    ("returns", "codes and a token"),
    ("reviews", "options of the product, and codes"),
    ("search_misses", "what nobody in particular searched, without numbers and addresses; deleted after a month"),
    ("search_changes", "codes"),
    ("shipment_import_lines", "codes"),
    ("shipment_import_parcels", "tracking numbers, units and codes"),
    ("shipment_imports", "tokens, codes, and names of carriers' files"),
    ("shipments", "tracking numbers, which say nothing without the carrier, and tokens"),
    ("sku_search", "the shop's own"),
    ("skus", "the shop's own"),
    ("spu_search", "the shop's own"),
    ("spus", "the shop's own"),
    ("staff_mail_readers", "staff"),
    ("staff_mails", "staff; codes"),
    ("staff_preferences", "staff"),
    ("stock_movements", "codes and tokens"),
    ("store_settings", "the shop's own"),
    ("texts", "the shop's own"),
    ("unwanted_mails", "codes; deleted"),
    ("users", "the role"),
];

/// The columns that can hold text or bytes, as (table, column).
pub(super) fn columns(database: &Database) -> Vec<(String, String)> {
    let all = database.texts(
        "select c.table_name || '.' || c.column_name
         from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
         where table_schema = 'public' and t.table_type = 'BASE TABLE' and table_name <> '__diesel_schema_migrations'
            and c.data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'ARRAY', 'inet')
         order by 1",
    );
    all.iter().map(|name| name.split_once('.').unwrap()).map(|(t, c)| (t.to_owned(), c.to_owned())).collect()
}

#[test]
fn every_column_with_text_is_judged() {
    let database = Database::migrated();
    let columns = columns(&database);
    let personal: BTreeSet<&str> = PERSONAL.iter().map(|(column, _)| *column).collect();
    let others: BTreeSet<&str> = OTHERS.iter().map(|(table, _)| *table).collect();
    let mut unjudged = Vec::new();
    for (table, column) in &columns {
        if !personal.contains(format!("{table}.{column}").as_str()) && !others.contains(table.as_str()) {
            unjudged.push(format!("{table}.{column}"));
        }
    }
    assert!(unjudged.is_empty(), "say in this file what the erasure of a shopper does about {unjudged:?}");
    let there: BTreeSet<String> = columns.iter().map(|(table, column)| format!("{table}.{column}")).collect();
    let gone: Vec<_> = personal.iter().filter(|column| !there.contains(**column)).collect();
    assert!(gone.is_empty(), "no longer there: {gone:?}");
}
