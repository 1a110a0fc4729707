//! All tests that need PostgreSQL, Redis or a browser, in a folder for each domain, over real HTTP.
//!
//! They are one binary because each test binary links the whole shop again: ten of them would take longer to link than
//! to run. Each test has a database and a Redis of its own (`support`), so tests run in parallel.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    unreachable_pub,
    reason = "a test that cannot go on should stop where it is"
)]

mod accounts;
mod admin;
mod browser;
mod cart;
mod catalog;
mod checkout;
mod customers;
mod fapiao;
mod forms;
mod fulfillment;
mod invoices;
mod model;
mod order_mails;
mod orders;
mod payments;
mod platform;
mod questions;
mod reviews;
mod seed;
mod stock;
mod support;
mod torture;
mod web;
