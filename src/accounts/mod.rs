//! Accounts: who people are, how they prove it, and where their goods go.

mod model;
mod queries;
mod visitor;

pub use model::{Address, Person, Role};
pub use queries::{address_of, addresses_of, person, person_and_address};
pub use visitor::{Claim, OnSignIn, Shopper, Staff, who};
