//! Papers of the store room: pick lists and packing slips of orders that are to be sent.

mod actions;
mod model;
mod queries;
mod rules;

pub use actions::{PackingOutcome, start_packing, stop_packing};
pub use model::{LeftOut, LeftOutReason, LineToPack, OrderToPack, OrdersToPack, PickLine};
pub use queries::orders_to_pack;
pub use rules::{MAX_ORDERS, pick_lines};
