//! Sending orders and taking goods back: parcels and their carriers, pick lists and packing slips, orders on hold,
//! requests to cancel, returns. This module has their rows; `lifecycle` decides what they do to the order, its stock
//! and its money.

mod actions;
mod carriers;
pub mod forms;
mod model;
mod papers;
mod queries;
mod returns;
mod shipment_imports;

pub use actions::{
    NewParcel, answer_cancellation_request, ask_cancellation, correct_shipment, end_shipment, hold, release,
    save_shipment,
};
pub use carriers::{
    Carrier, CarrierChange, CarrierDetails, CarrierRefusal, active_carriers, all_carriers, carrier, carrier_details,
    create_carrier, remove_carrier, save_carrier, tracking_link,
};
pub use model::{CancellationRequest, Hold, Shipment, ShipmentStatus, ShipmentUnits, ShipmentView, tracking_number};
pub use papers::{
    LeftOut, LeftOutReason, LineToPack, MAX_ORDERS, OrderToPack, OrdersToPack, PackingOutcome, PickLine,
    orders_to_pack, pick_lines, start_packing, stop_packing,
};
pub use queries::{
    hold_of, open_cancellation_request, refusals_of_phone, shipment_by_token, shipment_units, shipments_of,
};
pub use returns::{
    ArrivedUnits, MAX_RETURN_PICTURES, NewReturn, OpenReturn, Return, ReturnKind, ReturnLine, ReturnPicture,
    ReturnReason, ReturnStatus, ReturnView, add_return_picture, answer_return, close_return, has_open_return,
    lock_return, open_return_units, open_returns, record_arrival, record_sent_back, return_by_token, return_of,
    return_picture, returns_of, save_return, units_of_return, withdraw_return,
};
pub use shipment_imports::{
    ClaimedParcel, ConfirmShipmentsOutcome, MAX_SHIPMENT_FILE_BYTES, MAX_SHIPMENT_LINES, NewShipmentImport,
    ParcelResult, PlannedLine, PlannedParcel, ShipmentColumns, ShipmentFault, ShipmentImport, ShipmentImportState,
    ShipmentLine, ShipmentPlan, ShipmentResult, change_columns, claim_parcel, confirm_shipment_import,
    discard_shipment_import, finish_parcel, finish_shipment_imports, is_shipment_heading, shipment_import,
    shipment_imports, shipment_lines, shipment_plan, shipment_results, store_shipment_import,
};
