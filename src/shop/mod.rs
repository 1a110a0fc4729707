//! Pages of shoppers that join several domains.

pub mod orders;
pub mod payments;
