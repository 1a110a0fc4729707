//! Pages of the stock: the list, the ledger of a SKU, imports, and mail about low stock.

mod bulk_changes;
mod export;
mod imports;
mod labels;
mod large_changes;
mod ledger;
mod list;
mod low_stock_mail;
mod sku_settings;

pub use bulk_changes::{change_stocks, undo_stock_changes};
pub use export::export_stock;
pub(in crate::admin) use imports::unreadable_words;
pub use imports::{
    confirm_import, decide_again, discard_import, failed_lines, import, import_sheet, imports, map_import, new_import,
    send_import,
};
pub use ledger::{ledger, move_stock, undo_movement};
pub use list::stock;
pub use low_stock_mail::{low_stock_mail, save_low_stock_mail, save_staff_mails};
pub use sku_settings::{cost_page, low_stock_page, set_cost, set_low_stock, set_shelf_place, shelf_place_page};
