//! What one event does to several domains at once: an order that is canceled gives its stock back, one that is revived takes
//! it again.

mod actions;
mod expiry;
mod payments;

pub use actions::{cancel_order, revive_order};
pub use expiry::cancel_expired;
pub use payments::{OUT_OF_STOCK, PaymentOutcome, apply_gateway_result, apply_refund_result, refund_out_of_stock};
