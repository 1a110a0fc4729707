//! The catalog as shoppers see it.

mod addresses;
mod feeds;
mod filters;
mod gone;
mod listings;
mod lists;
mod machines;
mod product;
mod related;
mod search;
mod structured_data;
