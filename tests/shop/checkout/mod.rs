//! The checkout: an order is placed completely or not at all, also with many at once.

mod acid_rain;
mod at_once;
mod blocked;
mod bounds;
mod caller;
mod cart;
mod gone;
mod later;
mod new_address;
mod pay_methods;
mod placing;
mod refusals;
mod together;
mod typed;
mod unknown;
