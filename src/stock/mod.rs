//! Stock of SKUs. Placing an order deducts its units directly; every other change of stock writes a stock movement.
//! Deductions are guarded (`where stock >= n`), so that stock is never below zero.

mod actions;
mod erasure;
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
    DeductionRequest, OrderMovement, StockChangeOutcome, UndoOutcome, change_stock, count_stock, deduct_stock,
    move_order_units, move_stock, restock_order, retake_order, set_low_stock, set_shelf_place, set_sku_cost, sku_cost,
    skus_locked_longer_than, try_lock_skus, undo_movement,
};
pub use erasure::erase_movement_notes;
pub use forms::{BulkStockChange, BulkStockRow, ChangeAmount, ChangeReason, StockChange, StockSearch, form_token};
pub use history::{HISTORY_DAYS, StockHistory, StockHistoryDay, StockHistoryEntry, history_start};
pub use imports::{
    BatchOutcome, ChosenBy, ColumnMapping, ConfirmOutcome, Confirmation, FileCell, FileCellKind, FileLayout, FileRow,
    HeadingRow, Import, ImportColumn, ImportFile, ImportLine, ImportMode, ImportState, LineOutcome, LineProblem,
    MAX_FILE_BYTES, MAX_FILE_LINES, MAX_ROW_CELLS, MAX_SKUS_PER_BATCH, MapOutcome, MappingQuestion, NewImport,
    RetryOutcome, SkuTotal, UnreadableFile, apply_import_batch, changed_lines, claim_import_to_read, codes_like,
    confirm_import, discard_import, drop_old_import_files, import, import_lines, import_lines_after, import_units,
    imports, map_import, read_import, read_table, retry_changed_lines, same_file_before, sku_totals, store_import,
};
pub use low_stock_mail::{
    LOW_STOCK_MAIL, LowStockMail, begin_low_stock_mail, finish_low_stock_mail, last_low_stock_mail, low_stock_mail,
    low_stock_mail_language, schedule_low_stock_mails, set_low_stock_mail_language,
};
pub use model::{
    LedgerCursor, NewMovement, Reason, ReservedStock, StockCursor, StockEvent, StockFilter, StockLine, StockSort,
};
pub use queries::{
    MAX_BADGE_COUNT, SalesPeriod, ScanLimits, StockListPage, bestsellers, count_low_or_out, count_sold_out,
    history_entries, low_or_out_statement, movement_delta, reserved_stock, stock_events, stock_line, stock_lines,
    stock_page, stock_page_with_limits,
};
pub use rules::{Delta, MAX_STOCK, SalesVelocity, StaleCount, StockCount, StockRefusal, StockStatus};
pub use sales_figures::{record_day_start, refresh_sales_figures};
pub use undo::{FormUndoOutcome, UndoneMovement, prefers_counting, save_counting_preference, undo_form, units_of_form};
