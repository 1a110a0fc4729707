//! Row ids as types of their own, so that a SKU cannot be looked up by the id of an order.

use std::{fmt, num::ParseIntError, str::FromStr};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(s: &str) -> Result<Self, ParseIntError> {
                s.parse().map(Self)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 {
                id.0
            }
        }
    )+};
}

ids! {
    /// A shopper or a member of staff.
    UserId,
    /// An entry of an address book.
    AddressId,
    /// A shelf of the shop.
    CategoryId,
    /// Who makes it.
    BrandId,
    /// A product as a page shows it.
    SpuId,
    /// What is sold and counted.
    SkuId,
    /// What tells the SKUs of an SPU apart ("Colour").
    OptionId,
    /// One of its values ("blue").
    OptionValueId,
    /// An order; people see its number instead.
    OrderId,
    /// A file of stock.
    ImportId,
}
