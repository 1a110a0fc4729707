//! The checkout: makes an order of the selected entries of a cart, or changes nothing.
//!
//! `forms` reads the form, `service` claims the cart, `batch_queue` collects waiting checkouts, `actions::place` runs
//! the transaction, `rules` decides, and `cart_clearing` removes from the cart what was ordered.

mod actions;
mod batch_pace;
mod batch_queue;
mod caller_orders;
mod cart_clearing;
mod forms;
mod metrics;
mod model;
pub mod pages;
mod rules;
mod service;

pub use actions::{Batch, LockWait, place};
pub use batch_queue::BatchQueue;
pub use caller_orders::{CallerCheckout, CallerOrder};
pub use cart_clearing::{CLEAR_CART, CartClearingLoader, clear_cart};
pub use forms::{
    Destination, MAX_NOTE_LEN, OrderInput, chosen_address, order as order_input, shown_addresses, shown_prices,
    wants_new_address,
};
pub use metrics::refused as count_refusal;
pub use metrics::register_metrics;
pub use model::{
    Bound, Command, Excess, Outcome, Placed, PlacedBy, PlacedByStaff, PriceChange, Quote, QuoteLine, Refusal, Shortage,
    Terms, Token,
};
pub use rules::{quote, shortages};
