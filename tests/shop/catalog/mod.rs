//! The catalog as shoppers see it.

mod filters;
mod gone;
mod listings;
mod lists;
mod machines;
mod product;
