//! The checkout: the selected entries of a cart become an order, or nothing happens.
//!
//! One order goes this way: `forms` reads what was sent, `pages::place` claims the cart, `batch_queue` puts together who waits,
//! `actions::place` runs the transaction (whose decisions stand in `rules`), and `cart_clearing` removes from the cart what was
//! bought.

mod actions;
mod batch_queue;
mod cart_clearing;
mod forms;
mod metrics;
mod model;
pub mod pages;
mod rules;

pub use actions::{Batch, LockWait, place};
pub use batch_queue::BatchQueue;
pub use cart_clearing::clear_cart;
pub use metrics::METRICS;
pub use model::{Bound, Command, Excess, Outcome, Placed, Refusal, Terms, Token};
