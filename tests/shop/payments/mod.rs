//! Payments, and what becomes of an order that is paid in time, late, twice or wrong.

mod cashier;
mod gateway_results;
mod pages;
