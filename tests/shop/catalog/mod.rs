//! The catalog as shoppers see it.

mod gone;
mod lists;
mod machines;
mod product;
mod search;
