use chrono::{DateTime, Utc};

use crate::kernel::{Language, OrderId, OrderNumber, SkuId};

/// The orders that staff have chosen to pack: those that can be packed, and the others with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrdersToPack {
    /// The orders that can be packed, in the order in which they were chosen.
    pub orders: Vec<OrderToPack>,
    pub left_out: Vec<LeftOut>,
}

/// An order with units that are to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderToPack {
    pub id: OrderId,
    pub number: OrderNumber,
    /// The language in which the shopper placed the order.
    pub language: Language,
    pub placed_at: DateTime<Utc>,
    /// When staff began to pack the order; `None` if they have not.
    pub packing_at: Option<DateTime<Utc>>,
    pub recipient: String,
    pub phone: String,
    pub region: String,
    pub street: String,
    pub postcode: String,
    /// The shopper's note on the order; may be empty.
    pub note: String,
    /// The order lines with units that are to be sent, by ascending SKU id.
    pub lines: Vec<LineToPack>,
}

impl OrderToPack {
    /// Returns how many units of the order are to be sent.
    pub fn count(&self) -> i32 {
        self.lines.iter().map(|line| line.count).sum()
    }
}

/// An order line with units that are to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineToPack {
    pub sku_id: SkuId,
    pub code: String,
    pub shelf_place: String,
    /// The name of the product when the order was placed; the option values are of that time, too.
    pub name: String,
    pub options: String,
    /// The number of units that were neither sent nor taken out of the order; at least 1.
    pub count: i32,
}

/// A chosen order that cannot be packed, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub number: String,
    pub reason: LeftOutReason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOutReason {
    Unknown,
    Unpaid,
    /// The order is on hold, for this reason.
    OnHold(String),
    /// The shopper has asked to cancel the order, and staff have not answered yet.
    CancellationAsked,
    Canceled,
    /// All units of the order were sent before.
    Sent,
}

/// A line of a pick list: how many units of a SKU all chosen orders together need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickLine {
    pub sku_id: SkuId,
    pub code: String,
    pub shelf_place: String,
    pub name: String,
    pub options: String,
    pub count: i32,
    /// The orders that need the SKU, as (order number, number of units).
    pub orders: Vec<(OrderNumber, i32)>,
}
