//! The cart: what a visitor means to buy, in Redis, with an account or without. It promises nothing: prices and stock are
//! looked up each time it is shown, and only the checkout takes any.

mod checkout_claims;
mod forms;
mod model;
pub mod pages;
mod rules;
mod store;

pub use checkout_claims::{
    Bought, Purchase, REMEMBERED, checkout_token, claim, merge, release, remembers, remove_purchased,
};
pub use model::{Cart, CartVersion, Entry, Line, Merged, Notice, Owner, View};
pub use rules::view;
pub use store::{NewEntry, load, put_back, select, set};
