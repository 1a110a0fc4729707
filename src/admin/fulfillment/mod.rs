//! Pages of carriers, pick lists and packing slips.

mod carriers;
mod packing;
mod papers;

pub use carriers::{carrier, carriers, create_carrier, new_carrier, remove_carrier, save_carrier};
pub use packing::{pack_order, pack_orders, stop_packing};
pub use papers::{packing_slips, pick_list};
