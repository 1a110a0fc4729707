//! Stock: how many of each SKU there are, and every change of that. A sale takes stock; everything else is a stock
//! movement. Nobody takes what is not there: each update carries its own guard.

mod actions;
mod forms;
mod model;
mod queries;
mod rules;
mod sales;

pub use actions::{Changed, Taken, Wanted, change_stock, count_sales, lock, move_stock, put_back, take};
pub use forms::{Change, Search};
pub use model::{NewMovement, Reason, Show, Sort, Step, StockEvent, StockLine};
pub use queries::{Listed, count_events, count_short, events, stock_line, stock_lines, stock_page};
pub use rules::{Delta, Level, MOST_STOCK, Pace, Refusal};
pub use sales::{begin_day, count_figures};
