//! Carriers, papers and parcels.

mod carriers;
mod papers;
