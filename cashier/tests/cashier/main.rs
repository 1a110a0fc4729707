//! Tests of the cashier over HTTP, as a process of its own. Requests are signed and answers verified by code of the
//! tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    reason = "a test that cannot go on should stop where it is"
)]

mod bill;
mod calls;
mod client;
mod faults;
mod journal;
mod load;
mod notifications;
mod pay_page;
mod process;
mod requests;
mod settings;
mod shop;
mod vectors;
