//! What all payment gateways have in common. An answer of a gateway is yes, no, or unsure, when the answer is missing
//! or unclear. After an unsure answer the gateway is asked again; it never means no.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::kernel::Money;

/// The terms of a payment attempt. The gateway always gets the same terms for the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentTerms {
    /// The unique number of the payment attempt: ASCII letters, digits and `_`, at most 64.
    pub number: String,
    pub amount: Money,
    /// What the payment is for, as the gateway shows it to the buyer.
    pub subject: String,
    /// The time after which the gateway no longer lets the buyer pay this attempt.
    pub expires_at: DateTime<Utc>,
}

/// The terms of a refund of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundTerms {
    /// The number of the payment attempt of which money is refunded.
    pub payment_number: String,
    /// The unique number of the refund. After an error the refund is sent again with the same number, so that the
    /// gateway makes it only once.
    pub number: String,
    pub amount: Money,
    pub reason: String,
}

/// What a gateway says about a payment attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayState {
    /// The gateway does not know the payment attempt, because the buyer has not acted yet. It may still be paid until
    /// it expires.
    NotFound,
    Waiting,
    Paid(PaidTrade),
    /// The payment attempt cannot be paid any more.
    Closed,
    Unsure(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidTrade {
    /// The gateway's number of the payment.
    pub trade_no: String,
    pub amount: Money,
    /// When the buyer paid; `None` if the gateway does not say.
    pub paid_at: Option<DateTime<Utc>>,
    /// The sum of the payment's refunds so far, as far as the gateway says.
    pub refunded: Money,
}

/// What a gateway says about a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundState {
    Done,
    /// The gateway does not know the refund; it can be sent again with the same number.
    NotFound,
    Pending,
    Refused {
        code: String,
        message: String,
    },
    Unsure(String),
}

impl RefundState {
    /// Returns the name of this state in the metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused { .. } => "refused",
            Self::NotFound | Self::Pending => "pending",
            Self::Unsure(_) => "unsure",
        }
    }

    /// Returns the gateway's error, or why its answer is unclear; `None` if there is no error.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Refused { message, .. } => Some(message),
            Self::Unsure(why) => Some(why),
            Self::Done | Self::NotFound | Self::Pending => None,
        }
    }
}

/// What a gateway answers to a request for the bill of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillState {
    Ready(Vec<BillLine>),
    /// The gateway has no bill of the day: the bill is not made yet, or nothing was carried out on that day.
    NotFound,
    Unsure(String),
}

/// A line of a gateway's bill: a payment, a refund or something else that the gateway carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    pub kind: BillLineKind,
    /// The gateway's number of the payment.
    pub trade_no: String,
    /// The number of the payment attempt.
    pub payment_number: String,
    /// The amount of the payment or refund without a sign.
    pub amount: Money,
    /// The fee that the gateway charges for the payment or refund; negative if the gateway gives a fee back.
    pub fee: Decimal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillLineKind {
    Payment,
    /// A refund; holds its number, if the line names one.
    Refund(Option<String>),
    /// Neither a payment nor a refund; holds the name that the gateway gives to it.
    Other(String),
}
