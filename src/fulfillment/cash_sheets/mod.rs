//! Sheets of carriers with what their couriers have collected for cash-on-delivery orders. The lines of a sheet are
//! stored. What each line would record is computed anew whenever the sheet is shown, because orders may have changed
//! meanwhile. When staff confirm the sheet, the sum of each order is stored, and then recorded in the background, each
//! in a transaction of its own.

mod actions;
mod columns;
mod model;
mod queries;
mod rules;

pub use actions::{
    ConfirmCashOutcome, NewCashSheet, claim_cash, confirm_cash_sheet, discard_cash_sheet, finish_cash,
    finish_cash_sheets, store_cash_sheet,
};
pub use model::{CashFault, CashPlan, CashResult, CashSheet, CashSheetLine, ClaimedCash, PlannedCash, RecordedCash};
pub use queries::{cash_lines, cash_plan, cash_results, cash_sheet, cash_sheets};
pub use rules::{MAX_CASH_FILE_BYTES, MAX_CASH_LINES, UnreadCashSheet, cash_lines_of_rows};
