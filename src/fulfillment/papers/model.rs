use chrono::{DateTime, Utc};

use crate::kernel::{Language, OrderId, OrderNumber, SkuId};

/// Orders that staff have chosen: those that can be packed, and the others with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrdersToPack {
    /// In the order in which they were chosen.
    pub orders: Vec<OrderToPack>,
    pub left_out: Vec<LeftOut>,
}

/// An order of which units are to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderToPack {
    pub id: OrderId,
    pub number: OrderNumber,
    /// The language in which the order was placed.
    pub language: Language,
    pub placed_at: DateTime<Utc>,
    /// When packing began; `None` if it has not.
    pub packing_at: Option<DateTime<Utc>>,
    pub recipient: String,
    pub phone: String,
    pub region: String,
    pub street: String,
    pub postcode: String,
    /// What the shopper wrote; may be empty.
    pub note: String,
    /// The lines of which units are to be sent, by ascending SKU id.
    pub lines: Vec<LineToPack>,
}

impl OrderToPack {
    /// Returns how many units are to be sent.
    pub fn count(&self) -> i32 {
        self.lines.iter().map(|line| line.count).sum()
    }
}

/// An order line of which units are to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineToPack {
    pub sku_id: SkuId,
    pub code: String,
    pub shelf_place: String,
    /// The name when the order was placed; so are the option values.
    pub name: String,
    pub options: String,
    /// The units that are neither sent nor withdrawn; at least 1.
    pub count: i32,
}

/// A chosen order that cannot be packed.
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
    /// The shopper has asked to cancel the order, and staff have not answered.
    CancellationAsked,
    Canceled,
    /// All units were sent before.
    Sent,
}

/// The units of a SKU that all chosen orders together need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickLine {
    pub sku_id: SkuId,
    pub code: String,
    pub shelf_place: String,
    pub name: String,
    pub options: String,
    pub count: i32,
    /// The orders that need it, each with its units.
    pub orders: Vec<(OrderNumber, i32)>,
}
