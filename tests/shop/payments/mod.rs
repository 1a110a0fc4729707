//! Payments, and what becomes of an order that is paid in time, late, twice or wrong.

mod batches;
mod bills;
mod cash;
mod cashier;
mod crashes;
mod gateway_results;
mod pages;
mod pay_link;
mod refunds;
mod staff;
