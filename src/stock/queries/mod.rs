//! Questions about stock.

mod grid;
mod ledger;
mod lines;

pub use grid::{Listed, count_short, stock_page};
pub use ledger::{count_events, events, held, movement};
pub use lines::{stock_line, stock_lines};
