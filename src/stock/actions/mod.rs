//! Changes of stock, each inside the caller's transaction.

mod cost;
mod low_stock;
mod movements;
mod order_units;
mod sale;
mod shelf_place;

pub use cost::{set_sku_cost, sku_cost};
pub use low_stock::set_low_stock;
pub use movements::{StockChangeOutcome, UndoOutcome, change_stock, count_stock, move_stock, undo_movement};
pub use order_units::{OrderMovement, move_order_units};
pub use sale::{DeductionRequest, deduct_stock, restock_order, retake_order, skus_locked_longer_than, try_lock_skus};
pub use shelf_place::set_shelf_place;
