//! What all gateways have in common. Each result has a third value beside yes and no: unsure. An unsure result is asked
//! about again; it never counts as a no.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::kernel::Money;

/// The terms of a payment attempt. Its number is sent with exactly these terms each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentTerms {
    /// The unique number of the attempt: ASCII letters, digits and `_`, at most 64.
    pub number: String,
    pub amount: Money,
    /// The name of the payment that the buyer reads at the gateway.
    pub subject: String,
    /// The time after which the gateway accepts no payment of this attempt.
    pub expires_at: DateTime<Utc>,
}

/// The terms of a refund of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundTerms {
    /// The number of the payment attempt that is refunded.
    pub payment_number: String,
    /// The unique number of the refund. After an error the same number is sent again, never a new one.
    pub number: String,
    pub amount: Money,
    pub reason: String,
}

/// What a gateway says about a payment attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayState {
    /// The gateway does not know the attempt, because the buyer has not acted yet. It may still be paid until it
    /// expires.
    NotFound,
    Waiting,
    Paid(PaidTrade),
    /// The attempt cannot be paid any more.
    Closed,
    Unsure(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidTrade {
    /// The gateway's number of the trade.
    pub trade_no: String,
    pub amount: Money,
    /// When the buyer paid; `None` if the gateway does not say.
    pub paid_at: Option<DateTime<Utc>>,
    /// The sum of its refunds so far, as far as the gateway says.
    pub refunded: Money,
}

/// What a gateway says about a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundState {
    Done,
    /// The gateway does not know the refund. The same number can be sent again.
    NotFound,
    Pending,
    Refused {
        code: String,
        message: String,
    },
    Unsure(String),
}

impl RefundState {
    /// Returns the code of this state in the metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused { .. } => "refused",
            Self::NotFound | Self::Pending => "pending",
            Self::Unsure(_) => "unsure",
        }
    }

    /// Returns the gateway's error, or why its answer decides nothing; `None` if there is no error.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Refused { message, .. } => Some(message),
            Self::Unsure(why) => Some(why),
            Self::Done | Self::NotFound | Self::Pending => None,
        }
    }
}

/// What a gateway says about the bill of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillState {
    Ready(Vec<BillLine>),
    /// The gateway has no bill of the day: it is not made yet, or nothing was carried out on that day.
    NotFound,
    Unsure(String),
}

/// A line of a bill: something that the gateway carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    pub kind: BillLineKind,
    /// The gateway's number of the trade.
    pub trade_no: String,
    /// The number of the attempt.
    pub payment_number: String,
    /// The amount of the payment or refund; never negative.
    pub amount: Money,
    /// The fee that the gateway charges; negative if it returns one.
    pub fee: Decimal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillLineKind {
    Payment,
    /// A refund; holds its number, if the line names one.
    Refund(Option<String>),
    /// Neither a payment nor a refund; holds the gateway's word for it.
    Other(String),
}
