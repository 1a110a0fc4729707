//! Carriers, papers and parcels; what is sent, withdrawn, refused and returned.

mod at_once;
mod canceling;
mod carriers;
mod delivering;
mod domain_shop;
mod histories;
mod returning;
mod sending;
mod withdrawing;
