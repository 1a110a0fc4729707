//! Rows of payments and refunds, and notifications.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    alipay::Notification,
    gateway::{GatewayState, PaidTrade},
};
use crate::{
    kernel::{Money, OrderId, OrderLineId, PayMethod, PaymentId, RefundId, codes},
    platform::db::sql_enum,
    schema::{payments, refund_goods, refunds},
};

/// The value of `strange` for an attempt that paid an expired order whose goods were sold.
pub const OUT_OF_STOCK: &str = "out_of_stock";

codes! {
    /// The status of an attempt to pay.
    pub enum PaymentStatus {
        /// The attempt may still be paid.
        Open = "open",
        Paid = "paid",
        /// The gateway has closed the attempt, or it has expired there.
        Closed = "closed",
    }
}

sql_enum!(PaymentStatus);

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
    /// Whether this attempt is the payment of its order. Any other paid attempt of the order is refunded.
    pub counts: bool,
    pub trade_no: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub queries: i32,
    pub close_wanted: bool,
    /// Why the gateway's last answer was no clear result; `None` if it was.
    pub last_error: Option<String>,
    /// Why staff must look at the attempt; `None` if they need not.
    pub strange: Option<String>,
}

/// An attempt, and the trade by which it was paid.
#[derive(Clone, Debug)]
pub struct PaidAttempt {
    pub payment: Payment,
    pub trade: PaidTrade,
}

/// A notification whose signature is the gateway's, as it came, and what it says.
#[derive(Clone, Debug)]
pub struct ReceivedNotification {
    pub pay_method: PayMethod,
    /// The number of the attempt.
    pub number: String,
    pub state: GatewayState,
    /// SHA-256 of the body.
    pub fingerprint: [u8; 32],
    pub body: Vec<u8>,
}

impl ReceivedNotification {
    pub fn new(pay_method: PayMethod, notification: &Notification, body: &[u8]) -> Self {
        Self {
            pay_method,
            number: notification.number.clone(),
            state: notification.state(),
            fingerprint: Sha256::digest(body).into(),
            body: body.to_vec(),
        }
    }
}

/// A notification, the attempt that it is about, and what it led to.
#[derive(Debug)]
pub struct AppliedNotification<'a> {
    pub received: &'a ReceivedNotification,
    pub payment: Option<PaymentId>,
    pub outcome: &'static str,
}

codes! {
    /// The status of a refund.
    pub enum RefundStatus {
        /// The refund is stored, and was not sent to the gateway yet.
        Wanted = "wanted",
        /// The refund was sent, and its outcome is not known yet.
        Sent = "sent",
        Done = "done",
        /// The gateway refused the refund. Staff decide what to do.
        Refused = "refused",
        /// The money was paid back by other means than the gateway.
        Elsewhere = "elsewhere",
    }
}

sql_enum!(RefundStatus);

codes! {
    /// Why a payment, or a part of it, is refunded.
    pub enum RefundReason {
        /// The order was canceled.
        Canceled = "canceled",
        /// Another payment has paid the order.
        Surplus = "surplus",
        /// The order was paid after it had expired, and its goods were sold.
        OutOfStock = "out_of_stock",
        /// Staff refund units of order lines.
        Lines = "lines",
        /// Staff refund an amount.
        Amount = "amount",
        /// Units were taken out of the order before it was sent.
        Withdrawn = "withdrawn",
        /// The shopper returned goods, or keeps them with their money back.
        Return = "return",
        /// A parcel was lost.
        Lost = "lost",
    }
}

sql_enum!(RefundReason);

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

/// The part of a refund that belongs to one order line.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = refund_goods)]
pub struct RefundLine {
    #[diesel(column_name = order_goods_id)]
    pub line: OrderLineId,
    pub count: i32,
    pub amount: Money,
}
