//! The checkout: everything or nothing, for everybody at once.

mod at_once;
mod cart;
mod placing;
mod refusals;
mod typed;
