//! The catalog as shoppers see it.

mod addresses;
mod feeds;
mod gone;
mod lists;
mod machines;
mod product;
mod structured_data;
