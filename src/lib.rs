//! Till: a web shop on PostgreSQL and Redis. `docs/ARCHITECTURE.md` is the overview.
//!
//! Each folder is one part of the shop; the folder of `templates/` with the same name has its pages. A domain consists
//! of `model` (rows and views), `rules` (pure decisions), `queries` (reads), `actions` (writes, inside a transaction),
//! `forms` (parsing of form fields) and `pages` (handlers and their templates).
//!
//! Functions that take a `&mut PgConnection` return the database's error unchanged, and those that use Redis its error.
//! A `# Errors` section names only errors that a caller must tell apart.
//!
//! A module imports only modules listed before it here, and reaches a domain only through its `mod.rs`
//! (`tests/architecture.rs` checks this).

pub mod kernel;

pub mod config;
pub mod platform;

pub mod schema;

pub mod messages;

pub mod web;

pub mod audit;

pub mod store;

pub mod catalog;

pub mod stock;

pub mod accounts;

pub mod cart;

pub mod orders;

pub mod payments;

pub mod fulfillment;

pub mod order_mails;

pub mod questions;

pub mod reviews;

pub mod invoices;

pub mod fapiao;

pub mod reports;

pub mod lifecycle;

pub mod checkout;

pub mod customers;

pub mod shop;

pub mod admin;

pub mod jobs;

pub mod metrics;

pub mod routes;

pub mod app;

pub mod cli;
