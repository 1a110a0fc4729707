//! Carriers, which take parcels to shoppers, as staff edit them, and links to their pages that show where a parcel is.

mod actions;
mod forms;
mod model;
mod queries;
mod rules;

pub use actions::{create_carrier, remove_carrier, save_carrier};
pub use forms::carrier_details;
pub use model::{Carrier, CarrierChange, CarrierDetails, CarrierRefusal};
pub use queries::{active_carriers, all_carriers, carrier};
pub use rules::tracking_link;
