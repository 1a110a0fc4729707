//! Questions about stock.

mod grid;
mod ledger;
mod lines;
mod overview;

pub use grid::{Listed, count_short, stock_page};
pub use ledger::{count_events, events, held, movement};
pub use lines::{stock_line, stock_lines};
pub use overview::{Span, bestsellers, count_sold_out};
