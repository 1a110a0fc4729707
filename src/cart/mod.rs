//! The cart: what a visitor means to buy, in Redis, with an account or without. It promises nothing: prices and stock are
//! looked up each time it is shown, and only the checkout takes any.

mod forms;
mod leaving;
mod model;
pub mod pages;
mod rules;
mod store;

pub use leaving::{Bought, Purchase, REMEMBERED, checkout_token, claim, merge, release, remembers, subtract};
pub use model::{Begun, Cart, Entry, Line, Merged, Notice, Owner, View};
pub use rules::view;
pub use store::{NewEntry, load, put_back, select, set};
