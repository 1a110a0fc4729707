//! Pages of carriers, pick lists and packing slips, and of sending many orders at once.

mod bulk_sending;
mod carriers;
mod packing;
mod papers;
mod shipment_imports;

pub use bulk_sending::{new_shipments, send_shipments};
pub use carriers::{carrier, carriers, create_carrier, new_carrier, remove_carrier, save_carrier};
pub use packing::{pack_order, pack_orders, stop_packing};
pub use papers::{packing_slips, pick_list};
pub use shipment_imports::{
    confirm_shipments, discard_shipments, failed_shipments, map_shipments, shipment_file, shipment_files,
    upload_shipments,
};
