//! Parcels sent from a file with order numbers, carriers and tracking numbers. The rows of the file are stored. What
//! each row would do is computed anew whenever its page is shown, because orders may have been sent or canceled
//! meanwhile. When staff confirm the file, its parcels are stored, and then sent in the background, each in a
//! transaction of its own.

mod actions;
mod carrier_names;
mod columns;
mod model;
mod planning;
mod queries;
mod rules;

pub use actions::{
    ConfirmShipmentsOutcome, NewShipmentImport, change_columns, claim_parcel, confirm_shipment_import,
    discard_shipment_import, finish_parcel, finish_shipment_imports, store_shipment_import,
};
pub use model::{
    ClaimedParcel, ParcelResult, PlannedLine, PlannedParcel, ShipmentColumns, ShipmentFault, ShipmentImport,
    ShipmentLine, ShipmentPlan, ShipmentResult,
};
pub use planning::shipment_plan;
pub use queries::{shipment_import, shipment_imports, shipment_lines, shipment_results};
pub use rules::{MAX_SHIPMENT_FILE_BYTES, MAX_SHIPMENT_LINES};
