//! Rows of payments and refunds.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    kernel::{Money, OrderId, OrderLineId, PayMethod, PaymentId, RefundId},
    platform::db::sql_enum,
    schema::{payments, refund_goods, refunds},
};

/// Why an attempt stands in the queue of orders that were paid late, when their goods were sold.
pub const OUT_OF_STOCK: &str = "out_of_stock";

/// The status of an attempt to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentStatus {
    /// It may still be paid.
    Open,
    Paid,
    /// The gateway has closed it, or it has expired there.
    Closed,
}

impl PaymentStatus {
    const ALL: [Self; 3] = [Self::Open, Self::Paid, Self::Closed];

    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Closed => "closed",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

sql_enum!(PaymentStatus, PaymentStatus::from_code);

/// An attempt to pay an order.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = payments)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub pay_method: PayMethod,
    pub number: String,
    pub amount: Money,
    pub status: PaymentStatus,
    /// Whether it is the payment of its order. Any other that is paid goes back.
    pub counts: bool,
    pub trade_no: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub queries: i32,
    pub close_wanted: bool,
    /// Why the gateway's last answer decided nothing.
    pub last_error: Option<String>,
    /// Why a person must look at it.
    pub strange: Option<String>,
}

/// The status of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// Not sent to the gateway yet.
    Wanted,
    /// Sent; its outcome is not known yet.
    Sent,
    Done,
    /// The gateway refused it; staff decide.
    Refused,
    /// Given back without the gateway.
    Elsewhere,
}

impl RefundStatus {
    const ALL: [Self; 5] = [Self::Wanted, Self::Sent, Self::Done, Self::Refused, Self::Elsewhere];

    pub fn code(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Elsewhere => "elsewhere",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

sql_enum!(RefundStatus, RefundStatus::from_code);

/// Why money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundReason {
    /// The order was canceled.
    Canceled,
    /// Another payment pays the order.
    Surplus,
    /// It was paid after it had expired, and its goods are not all there.
    OutOfStock,
    /// Of some lines, by staff.
    Lines,
    /// Of an amount, by staff.
    Amount,
}

impl RefundReason {
    const ALL: [Self; 5] = [Self::Canceled, Self::Surplus, Self::OutOfStock, Self::Lines, Self::Amount];

    pub fn code(self) -> &'static str {
        match self {
            Self::Canceled => "canceled",
            Self::Surplus => "surplus",
            Self::OutOfStock => "out_of_stock",
            Self::Lines => "lines",
            Self::Amount => "amount",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

sql_enum!(RefundReason, RefundReason::from_code);

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = refunds)]
pub struct Refund {
    pub id: RefundId,
    pub payment_id: PaymentId,
    pub number: String,
    pub amount: Money,
    pub freight: Money,
    pub status: RefundStatus,
    pub reason: RefundReason,
    pub note: String,
    pub created_at: DateTime<Utc>,
    pub done_at: Option<DateTime<Utc>>,
    pub attempts: i32,
    pub last_error: Option<String>,
}

/// A line's part of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = refund_goods)]
pub struct RefundLine {
    #[diesel(column_name = order_goods_id)]
    pub line: OrderLineId,
    pub count: i32,
    pub amount: Money,
}
