//! Admin pages except the stock: access, audit log, catalog, orders, dashboard, reconciliation, outbox, staff accounts.

mod access;
mod audit_log;
mod categories_and_brands;
mod dashboard;
mod exports;
mod hostile_requests;
mod morning;
mod new_shop;
mod order_search;
mod orders;
mod outbox;
mod payments;
mod pictures;
mod products;
mod reconciliation;
mod settings;
mod staff;
