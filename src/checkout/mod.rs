//! The checkout: the selected entries of a cart become an order, or nothing happens.
//!
//! One order goes this way: `forms` reads what was sent, `pages::place` loads the cart, `queue` puts together who waits,
//! `actions::place` runs the one transaction (whose decisions stand in `rules`), and `settle` takes out of the cart what was
//! bought.

mod actions;
mod forms;
mod metrics;
mod model;
pub mod pages;
mod queue;
mod rules;
mod settle;

pub use actions::{Patience, place};
pub use metrics::METRICS;
pub use model::{Bound, Command, Excess, Outcome, Placed, Refusal, Terms, Token};
pub use queue::Queue;
pub use settle::keep;
