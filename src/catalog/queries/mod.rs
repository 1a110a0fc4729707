//! Questions to the catalog, by screen. Only active SKUs of published SPUs are ever shown.

mod departments;

pub use departments::departments;
