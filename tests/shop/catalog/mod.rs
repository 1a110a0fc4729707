//! What the shop shows and sells.

mod lists;
mod machines;
mod product;
