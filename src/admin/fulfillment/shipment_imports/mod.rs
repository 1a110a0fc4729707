//! `/admin/shipments/imports`: parcels are sent from an uploaded file with order numbers, carriers and tracking
//! numbers.

mod decisions;
mod labels;
mod page;
mod upload;

pub use decisions::{confirm_shipments, discard_shipments, map_shipments};
pub use page::{failed_shipments, shipment_file};
pub use upload::{shipment_files, upload_shipments};

use crate::kernel::ShipmentImportId;

const IMPORTS_PATH: &str = "/admin/shipments/imports";

fn address(id: ShipmentImportId) -> String {
    format!("{IMPORTS_PATH}/{id}")
}
