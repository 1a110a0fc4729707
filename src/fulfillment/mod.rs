//! Fulfillment: carriers and parcels.

mod carriers;

pub use carriers::{
    Carrier, CarrierChange, CarrierDetails, CarrierRefusal, TrackingNumber, active_carriers, all_carriers, carrier,
    carrier_details, create_carrier, remove_carrier, save_carrier, tracking_link,
};
