//! The checkout: everything or nothing, for everybody at once.

mod at_once;
mod cart;
mod later;
mod placing;
mod refusals;
mod together;
mod unknown;
