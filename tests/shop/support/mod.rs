//! The fixtures of tests: a shop for each, its products and users, and visitors.

mod answer;
mod browser;
mod chromium;
mod database;
mod fixtures;
mod folder;
mod form;
mod postgres;
mod process;
mod proxy;
mod reconciliation;
mod redis;
mod routes;
mod shop;
mod shopper;
mod shopping;
mod smtp;
mod till;
mod wait;

pub use answer::Answer;
pub use browser::Browser;
pub use chromium::Chromium;
pub use database::Database;
pub use fixtures::PASSWORD;
pub use folder::Folder;
pub use form::Form;
pub use postgres::PostgresServer;
pub use proxy::{Fault, Proxy};
pub use redis::RedisServer;
pub use routes::addresses;
pub use shop::TestShop;
pub use shopper::{OrderForm, Shopper, order_number};
pub use smtp::{SmtpBehavior, SmtpServer};
pub use till::TillServer;
pub use wait::until;
