//! The metrics of payments.

use prometheus_client::{metrics::histogram::Histogram, registry::Registry};
use std::sync::LazyLock;

use crate::{
    kernel::codes,
    platform::metrics::{Counters, batch_sizes},
};

/// Counts notifications of gateways by what they led to.
pub static NOTIFICATIONS: LazyLock<Counters> = LazyLock::new(|| Counters::new("outcome", &NotificationOutcome::CODES));

pub static NOTIFICATION_BATCHES: LazyLock<Histogram> = LazyLock::new(batch_sizes);

/// Counts the answers of gateways about refunds.
pub static REFUND_RESULTS: LazyLock<Counters> =
    LazyLock::new(|| Counters::new("result", &["done", "refused", "pending", "unsure"]));

/// Registers the metrics of payments.
pub fn register_metrics(registry: &mut Registry) {
    let help = "Notifications of payment gateways, by outcome";
    registry.register("till_payment_notifications", help, NOTIFICATIONS.family());
    let help = "Notifications of payment gateways in one transaction";
    registry.register("till_payment_notification_batch_size", help, NOTIFICATION_BATCHES.clone());
    let help = "Answers of payment gateways about refunds, by result";
    registry.register("till_refund_results", help, REFUND_RESULTS.family());
}

codes! {
    /// What a notification led to, as the metrics count it.
    pub enum NotificationOutcome {
        Paid = "paid",
        Repeated = "repeated",
        Other = "other",
        Strange = "strange",
        /// The notification was not sent by the gateway, or its signature is wrong.
        Refused = "refused",
    }
}

impl NotificationOutcome {
    /// Returns the value of the metrics for the stored code of an outcome.
    pub fn of(outcome: &str) -> Self {
        match outcome {
            "order_paid" | "order_revived" => Self::Paid,
            "repeated" => Self::Repeated,
            "strange" | "unknown_number" | "out_of_stock" | "goes_back" => Self::Strange,
            _ => Self::Other,
        }
    }
}
