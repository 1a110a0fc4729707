//! Sending orders and taking goods back: parcels and their carriers, pick lists and packing slips, orders on hold,
//! requests to cancel, returns. This module has their rows; `lifecycle` decides what they do to the order, its stock
//! and its money.

mod actions;
mod carrier_file;
mod carriers;
mod cash_sheets;
mod erasure;
pub mod forms;
mod model;
mod papers;
mod queries;
mod returns;
mod sheet_headings;
mod shipment_imports;

pub use actions::{
    NewParcel, answer_cancellation_request, ask_cancellation, correct_shipment, end_shipment, hold, release,
    save_shipment,
};
pub use carrier_file::CarrierFileState;
pub use carriers::{
    Carrier, CarrierChange, CarrierDetails, CarrierRefusal, active_carriers, all_carriers, carrier, carrier_details,
    create_carrier, remove_carrier, save_carrier, tracking_link,
};
pub use cash_sheets::{
    CashFault, CashPlan, CashResult, CashSheet, CashSheetLine, ClaimedCash, ConfirmCashOutcome, MAX_CASH_FILE_BYTES,
    MAX_CASH_LINES, NewCashSheet, PlannedCash, RecordedCash, UnreadCashSheet, cash_lines, cash_lines_of_rows,
    cash_plan, cash_results, cash_sheet, cash_sheets, claim_cash, confirm_cash_sheet, discard_cash_sheet, finish_cash,
    finish_cash_sheets, store_cash_sheet,
};
pub use erasure::erase_fulfillment;
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
pub use sheet_headings::{is_cash_heading, is_shipment_heading};
pub use shipment_imports::{
    ClaimedParcel, ConfirmShipmentsOutcome, MAX_SHIPMENT_FILE_BYTES, MAX_SHIPMENT_LINES, NewShipmentImport,
    ParcelResult, PlannedLine, PlannedParcel, ShipmentColumns, ShipmentFault, ShipmentImport, ShipmentLine,
    ShipmentPlan, ShipmentResult, change_columns, claim_parcel, confirm_shipment_import, discard_shipment_import,
    finish_parcel, finish_shipment_imports, shipment_import, shipment_imports, shipment_lines, shipment_plan,
    shipment_results, store_shipment_import,
};
