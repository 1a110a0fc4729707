//! Stock: how many of each SKU there are, and every change of that. A sale takes stock; everything else is a stock
//! movement. Nobody takes what is not there: each update carries its own guard.

mod actions;
mod model;

pub use actions::{Taken, count_sales, move_stock, put_back, take};
pub use model::{NewMovement, Reason};
