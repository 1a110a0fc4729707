//! `/admin/cash-sheets`: cash that couriers have collected is recorded from an uploaded sheet of a carrier.

mod decisions;
mod labels;
mod page;
mod upload;

pub use decisions::{confirm_cash_sheet, discard_cash_sheet};
pub use page::{cash_sheet, failed_cash};
pub use upload::{cash_sheets, upload_cash_sheet};

use crate::kernel::CashSheetId;

const SHEETS_PATH: &str = "/admin/cash-sheets";

fn address(id: CashSheetId) -> String {
    format!("{SHEETS_PATH}/{id}")
}
