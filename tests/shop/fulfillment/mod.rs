//! Carriers, papers and parcels.

mod carriers;
