//! Typed row ids, so that a SKU cannot be looked up by the id of an order.

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
    UserId,
    AddressId,
    CategoryId,
    BrandId,
    /// A product: the standard product unit (SPU) that a page shows.
    SpuId,
    /// A stock keeping unit: what is sold and counted.
    SkuId,
    /// An attribute in which the SKUs of an SPU differ ("Color").
    OptionId,
    /// A value of an option ("blue").
    OptionValueId,
    /// An order. This id is internal; people see the order number.
    OrderId,
    /// A line of an order: one SKU in it.
    OrderLineId,
    /// A stock import: one uploaded file with new counts of stock, or with differences.
    ImportId,
    /// An attempt to pay an order; an order can have several.
    PaymentId,
    RefundId,
    CarrierId,
    /// A parcel with units of one order.
    ShipmentId,
    ReturnId,
    ReviewId,
    /// An uploaded file with carriers and tracking numbers of orders.
    ShipmentImportId,
    /// An uploaded sheet of a carrier with the cash that its couriers have collected.
    CashSheetId,
    /// A question of a shopper or guest, with all its messages.
    QuestionId,
    QuestionMessageId,
    /// A note of staff about a customer.
    CustomerNoteId,
    InvoiceId,
    /// A shopper's request for the fapiao of an order, and its result.
    FapiaoRequestId,
}
