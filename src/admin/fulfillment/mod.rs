//! Pages of carriers, pick lists and packing slips, of sending many orders at once, and of cash that carriers
//! collected.

mod bulk_sending;
mod carriers;
mod cash_sheets;
mod packing;
mod papers;
mod shipment_imports;
mod table_files;

pub use bulk_sending::{new_shipments, send_shipments};
pub use carriers::{carrier, carriers, create_carrier, new_carrier, remove_carrier, save_carrier};
pub use cash_sheets::{
    cash_sheet, cash_sheets, confirm_cash_sheet, discard_cash_sheet, failed_cash, upload_cash_sheet,
};
pub use packing::{pack_order, pack_orders, stop_packing};
pub use papers::{packing_slips, pick_list};
pub use shipment_imports::{
    confirm_shipments, discard_shipments, failed_shipments, map_shipments, shipment_file, shipment_files,
    upload_shipments,
};
