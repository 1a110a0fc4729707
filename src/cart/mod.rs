//! The cart, stored in Redis, of users and of guests. It reserves nothing: prices and stock are looked up whenever it
//! is shown, and stock is taken only at checkout.

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
pub use store::{NewEntry, forget, load, put_back, select, set};
