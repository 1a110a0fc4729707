//! Till: a complete shop in one program. This page is its table of contents.
//!
//! Domain first: a folder here is a part of the shop and holds all of that part; the folder of `templates/` with the same
//! name holds its pages. Inside, the same doors: `model` (rows and views), `rules` (decides; pure), `queries` (reads),
//! `actions` (writes, inside a transaction), `forms` (what was typed), `pages` (handlers and their templates).
//!
//! Functions that take a `&mut PgConnection` return the database's error unchanged, those that use Redis its error; a
//! `# Errors` section says only what a caller must tell apart.
//!
//! Who may import whom: each only what stands before it, and a room reaches another through its `mod.rs` alone
//! (`tests/architecture.rs` holds the code to this).

pub mod kernel;

pub mod config;
pub mod platform;

pub mod schema;

pub mod messages;

pub mod web;

pub mod audit;

pub mod catalog;

pub mod stock;

pub mod accounts;

pub mod cart;

pub mod orders;

pub mod checkout;

pub mod admin;

pub mod jobs;

pub mod metrics;

pub mod routes;

pub mod app;

pub mod cli;
