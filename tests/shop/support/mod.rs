//! What the tests stand on: a shop of their own, goods and people in it, and somebody who visits it.

mod answer;
mod books;
mod browser;
mod chromium;
mod database;
mod fixtures;
mod form;
mod redis;
mod shop;
mod shopper;
mod shopping;

pub use answer::Answer;
pub use browser::Browser;
pub use chromium::Chromium;
pub use database::Database;
pub use fixtures::PASSWORD;
pub use form::Form;
pub use shop::TestShop;
pub use shopper::{OrderForm, Shopper, order_number};
