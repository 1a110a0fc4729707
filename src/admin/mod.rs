//! Admin pages: what staff see below `/admin`. Rules and queries are in the domains.

mod access;
mod accounts;
mod admin_page;
mod audit_context;
mod catalog;
mod customers;
mod differences;
mod exports;
mod fapiao;
mod filtered_list;
mod fulfillment;
mod invoices;
mod large_refunds;
mod mail_words;
mod nav_badges;
mod operations;
mod orders;
mod payments;
mod questions;
mod reports;
mod reviews;
mod settings;
mod stock;
mod waiting_time;

pub use access::{admins_only, staff_only};
pub use accounts::{
    block_contact, blocked_contacts, change_role, close_account, decide_two_factor, reopen_account, reset_two_factor,
    staff, turn_off_two_factor, turn_on_two_factor, two_factor, unblock_contact,
};
pub use catalog::{
    add_picture, brand, brands, categories, category, change_picture, create_brand, create_category, create_product,
    missed_searches, new_brand, new_category, new_product, place_category, product, products, publish_product,
    remove_brand, remove_category, save_brand, save_category, save_product, save_product_options, save_product_skus,
};
pub use customers::{
    add_note as add_customer_note, close as close_customer, customer, customers, erase as erase_customer,
    export as export_customers, export_data as export_customer, remove_note as remove_customer_note,
    reopen as reopen_customer,
};
pub use fapiao::{
    file as fapiao_file, issue as issue_fapiao, refuse_request as refuse_fapiao, request as fapiao_request,
    requests as fapiao_requests, reverse as reverse_fapiao,
};
pub use fulfillment::{
    carrier, carriers, cash_sheet, cash_sheets, confirm_cash_sheet, confirm_shipments, create_carrier,
    discard_cash_sheet, discard_shipments, failed_cash, failed_shipments, map_shipments, new_carrier, new_shipments,
    pack_order, pack_orders, packing_slips, pick_list, remove_carrier, save_carrier, send_shipments, shipment_file,
    shipment_files, stop_packing, upload_cash_sheet, upload_shipments,
};
pub use invoices::{
    documents as invoices, export_documents as export_invoices, issue as issue_invoice, papers as order_invoice,
    save_settings as save_invoice_settings, settings as invoice_settings,
};
pub use operations::{
    audit_log, dashboard, outbox, rate_limits, reconciliation, retry_job, retry_jobs, run_reconciliation,
};
pub use orders::{
    address_page as order_address, answer as answer_return, answer_cancellation, arrival as return_arrival,
    block_order_contact, cancel as cancel_order, change_address as change_order_address, close as close_return,
    correct as correct_parcel, create_customer, export_orders, hold as hold_order, lose as lose_parcel, new_order,
    new_orders, note as note_order, order, orders, picture as return_picture, place_order, preview_order, record_cash,
    record_refusal, refund as refund_order, refund_return, refunds as order_refunds, refusal_page,
    release as release_order, return_page, returns, send as send_parcel, undo as undo_parcel,
    withdraw as withdraw_units, withdrawal_page,
};
pub use payments::{
    export_payments, give_otherwise, payment, payments, query as query_payment, refund as refund_payment,
    retry as retry_refund, revive as revive_order, settle as settle_payment,
};
pub use questions::{
    answer as answer_question, close as close_question, picture as question_picture, question, questions,
};
pub use reports::{close as close_month, export as export_report, report, reports};
pub use reviews::{
    answer as answer_review, approve as approve_review, hide as hide_review, picture as review_picture, review,
    reviews, show as show_review,
};
pub use settings::{save as save_settings, settings};
pub use stock::{
    change_stocks, confirm_import, cost_page, decide_again, discard_import, export_stock, failed_lines, import,
    import_sheet, imports, ledger, low_stock_mail, low_stock_page, map_import, move_stock, new_import,
    save_low_stock_mail, save_staff_mails, send_import, set_cost, set_low_stock, set_shelf_place, shelf_place_page,
    stock, undo_movement, undo_stock_changes,
};
