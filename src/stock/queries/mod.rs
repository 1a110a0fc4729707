//! Questions about stock.

mod grid;
mod history;
mod ledger;
mod lines;

pub use grid::{Listed, count_short, stock_page};
pub use history::moves;
pub use ledger::{events, held};
pub use lines::{stock_line, stock_lines};
