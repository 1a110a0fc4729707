//! Rows of returns.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    kernel::{OrderId, OrderLineId, OrderNumber, ReturnId, codes},
    messages::Messages,
    platform::db::sql_enum,
    schema::{return_goods, returns},
};

codes! {
    /// The status of a return.
    pub enum ReturnStatus {
        Asked = "asked",
        /// Staff have agreed. They wait for the goods; if the shopper keeps the goods, they are to refund the money.
        Approved = "approved",
        Declined = "declined",
        /// The shopper has sent the goods back.
        SentBack = "sent_back",
        /// The goods have come back and were counted.
        Arrived = "arrived",
        /// The return is finished, with or without a refund.
        Closed = "closed",
        /// The shopper does not want the return any more.
        Withdrawn = "withdrawn",
    }
}

sql_enum!(ReturnStatus);

impl ReturnStatus {
    pub fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Approved | Self::SentBack | Self::Arrived)
    }

    /// Returns the name of the status for pages.
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Asked => t.return_asked(),
            Self::Approved => t.return_approved(),
            Self::Declined => t.return_declined(),
            Self::SentBack => t.return_sent_back(),
            Self::Arrived => t.return_arrived(),
            Self::Closed => t.return_closed(),
            Self::Withdrawn => t.return_withdrawn(),
        }
    }
}

codes! {
    /// What the shopper wants: to return goods for money, or only money.
    pub enum ReturnKind {
        /// The shopper sends the goods back, and then gets the money.
        GoodsBack = "goods_back",
        /// The shopper gets the money without sending goods back: the goods never came, or are not worth sending back.
        RefundOnly = "refund_only",
    }
}

sql_enum!(ReturnKind);

impl ReturnKind {
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::GoodsBack => t.return_goods_back(),
            Self::RefundOnly => t.return_refund_only(),
        }
    }
}

codes! {
    pub enum ReturnReason {
        Damaged = "damaged",
        Wrong = "wrong",
        NotAsDescribed = "not_as_described",
        NotArrived = "not_arrived",
        Unwanted = "unwanted",
        Other = "other",
    }
}

sql_enum!(ReturnReason);

impl ReturnReason {
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Damaged => t.return_reason_damaged(),
            Self::Wrong => t.return_reason_wrong(),
            Self::NotAsDescribed => t.return_reason_not_as_described(),
            Self::NotArrived => t.return_reason_not_arrived(),
            Self::Unwanted => t.return_reason_unwanted(),
            Self::Other => t.return_reason_other(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = returns)]
pub struct Return {
    pub id: ReturnId,
    pub order_id: OrderId,
    pub kind: ReturnKind,
    pub status: ReturnStatus,
    pub reason: ReturnReason,
    /// What the shopper wrote about the return; may be empty.
    pub words: String,
    /// What staff answered to the shopper; may be empty.
    pub answer: String,
    /// The carrier that brings the goods back, as the shopper typed it.
    pub carrier: String,
    pub tracking_number: String,
    pub asked_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
}

/// How many units of an order line a return contains, and how many came back.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = return_goods)]
pub struct ReturnLine {
    #[diesel(column_name = order_goods_id)]
    pub line: OrderLineId,
    pub count: i32,
    pub sellable_count: i32,
    pub damaged_count: i32,
}

impl ReturnLine {
    /// Returns how many units came back.
    pub fn arrived(&self) -> i32 {
        self.sellable_count + self.damaged_count
    }
}

/// How many units of an order line came back in which state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrivedUnits {
    pub line: OrderLineId,
    pub sellable: i32,
    pub damaged: i32,
}

/// A return with its lines and the positions of its pictures, which their URLs contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnView {
    pub ret: Return,
    pub lines: Vec<ReturnLine>,
    pub pictures: Vec<i32>,
}

/// A return that is not closed, as the list for staff shows it.
#[derive(Clone, Debug, Queryable)]
pub struct OpenReturn {
    pub id: ReturnId,
    pub number: OrderNumber,
    pub kind: ReturnKind,
    pub status: ReturnStatus,
    pub reason: ReturnReason,
    pub recipient: String,
    pub asked_at: DateTime<Utc>,
}

/// A picture that the shopper sent with a return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPicture {
    /// The file format: "jpg" or "webp".
    pub kind: String,
    pub body: Vec<u8>,
}

impl ReturnPicture {
    pub fn content_type(&self) -> &'static str {
        if self.kind == "webp" { "image/webp" } else { "image/jpeg" }
    }
}
