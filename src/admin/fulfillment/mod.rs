//! Pages of carriers, pick lists and packing slips.

mod carriers;
mod papers;

pub use carriers::{carrier, carriers, create_carrier, new_carrier, remove_carrier, save_carrier};
pub use papers::{packing_slips, pick_list};
