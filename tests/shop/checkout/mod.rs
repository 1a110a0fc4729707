//! The checkout: everything or nothing, for everybody at once.

mod acid_rain;
mod at_once;
mod cart;
mod later;
mod placing;
mod refusals;
mod together;
mod typed;
