//! Fulfillment: carriers, parcels, pick lists and packing slips.

mod carriers;
mod papers;

pub use carriers::{
    Carrier, CarrierChange, CarrierDetails, CarrierRefusal, active_carriers, all_carriers, carrier, carrier_details,
    create_carrier, remove_carrier, save_carrier, tracking_link,
};
pub use papers::{
    LeftOut, LeftOutReason, LineToPack, MAX_ORDERS, OrderToPack, OrdersToPack, PickLine, orders_to_pack, pick_lines,
};
