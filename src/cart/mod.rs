//! The cart: what a visitor means to buy, in Redis, with an account or without. It promises nothing: prices and stock are
//! looked up each time it is shown, and only the checkout takes any.

mod forms;
mod model;
pub mod pages;
mod rules;
mod store;

pub use model::{Cart, Entry, Line, Merged, Notice, Owner, View};
pub use rules::view;
pub use store::{Bought, checkout_token, load, merge, select, set, subtract};
