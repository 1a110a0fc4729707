//! What all gateways have in common. Each result has a third value beside yes and no: unsure. An unsure result is asked
//! about again; it never counts as a no.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::kernel::Money;

/// The terms of a payment attempt. Its number is sent with exactly these terms each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentTerms {
    /// Unique among all attempts: ASCII letters, digits and `_`, at most 64.
    pub number: String,
    pub amount: Money,
    /// What the buyer reads at the gateway.
    pub subject: String,
    /// The gateway takes no payment after this.
    pub expires_at: DateTime<Utc>,
}

/// The terms of a refund of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundTerms {
    /// The number of the attempt.
    pub payment_number: String,
    /// Unique among all refunds. After an error the same number is sent again, never a new one.
    pub number: String,
    pub amount: Money,
    pub reason: String,
}

/// What a gateway says about a payment attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayState {
    /// It does not know the attempt: the buyer has not acted yet. The attempt may still be paid until it expires.
    NotFound,
    Waiting,
    Paid(PaidTrade),
    /// It can no longer be paid.
    Closed,
    Unsure(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidTrade {
    /// The gateway's number.
    pub trade_no: String,
    pub amount: Money,
    /// `None` if the gateway does not say.
    pub paid_at: Option<DateTime<Utc>>,
    /// All that has gone back of it so far, as far as the gateway says.
    pub refunded: Money,
}

/// What a gateway says about a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundState {
    Done,
    /// It does not know the refund: the same number can be sent again.
    NotFound,
    Pending,
    Refused {
        code: String,
        message: String,
    },
    Unsure(String),
}

impl RefundState {
    /// Its code in metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused { .. } => "refused",
            Self::NotFound | Self::Pending => "pending",
            Self::Unsure(_) => "unsure",
        }
    }

    /// What the gateway says is wrong, or why its answer decides nothing.
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
    /// There is none: it is not made yet, or the gateway carried out nothing on that day.
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
    /// Never negative, also of a refund.
    pub amount: Money,
    /// What the gateway takes for it; negative if it gives a fee back.
    pub fee: Decimal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillLineKind {
    Payment,
    /// With the number of the refund, if the line names one.
    Refund(Option<String>),
    /// Neither a payment nor a refund; what the gateway calls it.
    Other(String),
}
