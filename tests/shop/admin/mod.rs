//! Behind the counter, beside the stock: who may come, what was done, the books, and what orders still owe.

mod access;
mod audit_log;
mod categories_and_brands;
mod dashboard;
mod hostile_requests;
mod new_shop;
mod orders;
mod outbox;
mod pictures;
mod products;
mod reconciliation;
mod staff;
