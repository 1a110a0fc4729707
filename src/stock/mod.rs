//! Stock: how many of each SKU there are, and every change of that. A sale takes stock; everything else is a stock
//! movement. Nobody takes what is not there: each update carries its own guard.

mod actions;
mod forms;
mod model;
mod queries;
mod rules;
mod sales;

pub use actions::{
    Changed, Taken, Undone, Wanted, change_stock, count_sales, count_stock, lock, move_stock, put_back, set_low_stock,
    take, undo_movement,
};
pub use forms::{Amount, Change, Search};
pub use model::{Held, NewMovement, Reason, Show, Sort, Step, StockEvent, StockLine};
pub use queries::{
    Listed, Span, bestsellers, count_events, count_short, count_sold_out, events, held, stock_line, stock_lines,
    stock_page,
};
pub use rules::{Count, Delta, Level, MOST_STOCK, Overtaken, Pace, Refusal};
pub use sales::{begin_day, count_figures};
