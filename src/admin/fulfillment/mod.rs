//! Pages of carriers.

mod carriers;

pub use carriers::{carrier, carriers, create_carrier, new_carrier, remove_carrier, save_carrier};
