//! Stock: how many of each SKU there are, and every change of that. A sale takes stock; everything else is a stock
//! movement. Nobody takes what is not there: each update carries its own guard.

mod actions;
mod forms;
mod history;
mod imports;
mod low_stock_mail;
mod model;
mod queries;
mod rules;
mod sales_figures;
mod undo;

pub use actions::{
    Changed, Taken, Undone, Wanted, change_stock, count_sales, count_stock, held_for_long, lock, move_stock, put_back,
    set_low_stock, take, undo_movement,
};
pub use forms::{Amount, Change, Changes, Row, Search, Why, token};
pub use history::{History, HistoryDay, Move, SPANS, beginning};
pub use imports::{
    Applied, ChosenBy, Column, Confirmation, Confirmed, Decided, HeadingRow, Import, ImportFile, ImportLine,
    ImportState, Layout, MOST_AT_ONCE, MOST_BYTES, MOST_LINES, Mapped, Mapping, Mode, NewImport, Outcome, Problem,
    Question, Together, Unreadable, apply_import_batch, changed_lines, codes_like, confirm_import, decide_again,
    discard_import, drop_old_import_files, import, import_lines, import_lines_after, import_to_read, import_units,
    imports, keep_import, map_import, read_import, same_file_before, together,
};
pub use low_stock_mail::{
    LowMail, begin_low_mail, begin_low_mail_day, end_low_mail, last_low_mail, low_mail, low_mail_reader,
    set_low_mail_reader,
};
pub use model::{Held, LedgerPlace, NewMovement, Reason, Show, Sort, Step, StockEvent, StockLine};
pub use queries::{
    Bounds, Listed, Span, bestsellers, count_short, count_sold_out, events, held, movement, moves, stock_line,
    stock_lines, stock_page, stock_page_within,
};
pub use rules::{Count, Delta, Level, MOST_STOCK, Overtaken, Pace, Refusal};
pub use sales_figures::{begin_day, count_figures};
pub use undo::{FormUndone, UndoneOfForm, likes_to_count, remember_counting, undo_form, units_of_form};
