//! Questions about stock.

mod history;
mod ledger;
mod lines;
mod list;
mod overview;

pub use history::moves;
pub use ledger::{events, held, movement};
pub use lines::{stock_line, stock_lines};
pub use list::{Bounds, Listed, count_short, stock_page, stock_page_within};
pub use overview::{Span, bestsellers, count_sold_out};
