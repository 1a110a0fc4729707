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

/// The value of [`Payment::strange`] for a payment of an order that had been canceled for non-payment, when its goods
/// were no longer in stock.
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

/// An attempt to pay an order at a gateway, or cash that a courier has collected; an order can have several.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = payments)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub pay_method: PayMethod,
    pub number: String,
    pub amount: Money,
    pub status: PaymentStatus,
    /// True if this attempt is the payment that pays its order. If another attempt of the same order is paid too, its
    /// money is refunded.
    pub counts: bool,
    pub trade_no: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub queries: i32,
    pub close_wanted: bool,
    /// Why the gateway's last answer about the attempt was unclear; `None` if it was clear.
    pub last_error: Option<String>,
    /// Why staff must look at the attempt; `None` if they need not.
    pub strange: Option<String>,
}

/// A payment attempt, and what the gateway says about its payment.
#[derive(Clone, Debug)]
pub struct PaidAttempt {
    pub payment: Payment,
    pub trade: PaidTrade,
}

/// A notification that the gateway has signed: its body, and what it says.
#[derive(Clone, Debug)]
pub struct ReceivedNotification {
    pub pay_method: PayMethod,
    /// The number of the payment attempt.
    pub number: String,
    pub state: GatewayState,
    /// The SHA-256 digest of the body, by which a repeated notification is recognized.
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

/// A notification, the payment attempt that it is about (`None` if there is none), and the code of what it led to.
#[derive(Debug)]
pub struct AppliedNotification<'a> {
    pub received: &'a ReceivedNotification,
    pub payment: Option<PaymentId>,
    pub outcome: &'static str,
}

codes! {
    /// The status of a refund.
    pub enum RefundStatus {
        /// The refund is stored, but not sent to the gateway yet.
        Wanted = "wanted",
        /// The refund was sent to the gateway, and its outcome is not known yet.
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
    /// Why a payment is refunded, wholly or in part.
    pub enum RefundReason {
        /// The order was canceled.
        Canceled = "canceled",
        /// Another payment has paid the same order.
        Surplus = "surplus",
        /// The order was paid after it had been canceled for non-payment, and its goods were no longer in stock.
        OutOfStock = "out_of_stock",
        /// Staff chose units of order lines to refund.
        Lines = "lines",
        /// Staff chose an amount to refund.
        Amount = "amount",
        /// Units were taken out of the order before it was sent.
        Withdrawn = "withdrawn",
        /// The shopper returned goods, or gets money back and keeps them.
        Return = "return",
        /// The carrier has lost a parcel.
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

/// What a refund pays back for one order line.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = refund_goods)]
pub struct RefundLine {
    #[diesel(column_name = order_goods_id)]
    pub line: OrderLineId,
    pub count: i32,
    pub amount: Money,
}
