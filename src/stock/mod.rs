//! Stock: how many of each SKU there are, and every change of that. A sale takes stock; everything else is a stock
//! movement. Nobody takes what is not there: each update carries its own guard.

mod actions;
mod forms;
mod imports;
mod model;
mod queries;
mod rules;

pub use actions::{Changed, Taken, Wanted, change_stock, count_sales, lock, move_stock, put_back, take};
pub use forms::{Change, Search};
pub use imports::{
    Applied, Confirmed, Decided, Import, ImportFile, ImportLine, ImportState, MOST_AT_ONCE, MOST_BYTES, MOST_LINES,
    Mode, NewImport, Outcome, Problem, Unreadable, apply_import_batch, changed_lines, confirm_import, decide_again,
    discard_import, import, import_lines, import_lines_after, import_to_read, imports, keep_import, read_import,
    same_file_before,
};
pub use model::{Counts, NewMovement, Reason, Show, StockEvent, StockLine};
pub use queries::{count_events, events, stock_line, stock_page};
pub use rules::{Delta, Level, MOST_STOCK, Refusal};
