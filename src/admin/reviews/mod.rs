//! `/admin/reviews`: what shoppers write about goods, and what staff do about it.

mod list;
mod review;

pub use list::reviews;
pub use review::{answer, approve, hide, picture, review, show};
