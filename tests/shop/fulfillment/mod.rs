//! Carriers, papers and parcels; what is sent, withdrawn, refused and returned.

mod at_once;
mod bulk_sending;
mod canceling;
mod carriers;
mod cash_sheets;
mod delivering;
mod domain_shop;
mod histories;
mod pages;
mod papers;
mod returning;
mod sending;
mod withdrawing;
