//! What the shop shows and sells.

mod gone;
mod lists;
mod machines;
mod product;
