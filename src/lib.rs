//! Till: a complete shop in one program. `docs/ARCHITECTURE.md` is the map.
//!
//! A folder is a part of the shop and holds all of that part; the folder of `templates/` with the same name holds its
//! pages. Inside a domain: `model` (rows and views), `rules` (decisions; pure), `queries` (reads), `actions` (writes,
//! inside a transaction), `forms` (typed fields), `pages` (handlers and their templates).
//!
//! Functions that take a `&mut PgConnection` return the database's error unchanged, those that use Redis its error; a
//! `# Errors` section says only what a caller must tell apart.
//!
//! A module imports only modules that stand before it here, and reaches a domain only through its `mod.rs`
//! (`tests/architecture.rs` checks this).

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
