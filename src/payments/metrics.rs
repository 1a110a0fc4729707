//! The metrics of payments.

use crate::{
    kernel::codes,
    platform::metrics::{Counters, Histogram, Metric},
};

pub static METRICS: [&dyn Metric; 3] = [&NOTIFICATIONS, &NOTIFICATION_BATCHES, &REFUND_RESULTS];

/// Notifications of gateways by what they led to.
pub static NOTIFICATIONS: Counters<{ NotificationOutcome::ALL.len() }> = Counters::new(
    "till_payment_notifications_total",
    "Notifications of payment gateways, by outcome",
    "outcome",
    NotificationOutcome::CODES,
);

pub static NOTIFICATION_BATCHES: Histogram<7> = Histogram::new(
    "till_payment_notification_batch_size",
    "Notifications of payment gateways in one transaction",
    &[1, 2, 4, 8, 16, 32, 64],
);

/// What gateways say about refunds.
pub static REFUND_RESULTS: Counters<4> = Counters::new(
    "till_refund_results_total",
    "Answers of payment gateways about refunds, by result",
    "result",
    ["done", "refused", "pending", "unsure"],
);

codes! {
    /// A notification as the metrics count it.
    pub enum NotificationOutcome {
        Paid = "paid",
        Repeated = "repeated",
        Other = "other",
        Strange = "strange",
        /// Not the gateway's.
        Refused = "refused",
    }
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
}
