//! Queries of the stock pages.

mod history;
mod ledger;
mod lines;
mod list;
mod overview;

pub use history::history_entries;
pub use ledger::{movement_delta, reserved_stock, stock_events};
pub use lines::{stock_line, stock_lines};
pub use list::{
    MAX_BADGE_COUNT, ScanLimits, StockListPage, count_low_or_out, low_or_out_statement, stock_page,
    stock_page_with_limits,
};
pub use overview::{SalesPeriod, bestsellers, count_sold_out};
