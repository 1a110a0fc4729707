//! What the tests stand on: a shop of their own, goods and people in it, and somebody who visits it.

mod answer;
mod browser;
mod database;
mod fixtures;
mod redis;
mod shop;

pub use answer::Answer;
pub use browser::Browser;
pub use database::Database;
pub use shop::TestShop;
