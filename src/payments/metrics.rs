//! The metrics of payments.

use crate::platform::metrics::{Counters, Metric};

pub static METRICS: [&dyn Metric; 2] = [&NOTIFICATIONS, &REFUND_RESULTS];

/// Notifications of gateways by what they led to.
pub static NOTIFICATIONS: Counters<5> = Counters::new(
    "till_payment_notifications_total",
    "Notifications of payment gateways, by outcome",
    "outcome",
    ["paid", "repeated", "other", "strange", "refused"],
);

/// What gateways say about refunds.
pub static REFUND_RESULTS: Counters<4> = Counters::new(
    "till_refund_results_total",
    "Answers of payment gateways about refunds, by result",
    "result",
    ["done", "refused", "pending", "unsure"],
);

/// A notification as the metrics count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationOutcome {
    Paid,
    Repeated,
    Other,
    Strange,
    /// Not the gateway's.
    Refused,
}

impl NotificationOutcome {
    /// Of the code of an outcome.
    pub fn of(outcome: &str) -> Self {
        match outcome {
            "order_paid" | "order_revived" => Self::Paid,
            "repeated" => Self::Repeated,
            "strange" | "unknown_number" | "out_of_stock" | "goes_back" => Self::Strange,
            _ => Self::Other,
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Repeated => "repeated",
            Self::Other => "other",
            Self::Strange => "strange",
            Self::Refused => "refused",
        }
    }
}
