//! Carriers, papers and parcels.

mod bulk_sending;
mod carriers;
mod papers;
