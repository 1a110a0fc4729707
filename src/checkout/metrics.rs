//! The metrics of the checkout.

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::sync::LazyLock;

use super::model::Refusal;
use crate::platform::metrics::{Counters, batch_sizes};

/// Counts the orders that this process has saved. A repeated request with the token of an earlier order does not count.
pub(super) static PLACED: LazyLock<Counter> = LazyLock::new(Counter::default);

/// The number of checkouts that wait in the queue.
pub(super) static QUEUE: LazyLock<Gauge> = LazyLock::new(Gauge::default);

pub(super) static BATCHES: LazyLock<Histogram> = LazyLock::new(batch_sizes);

static REFUSED: LazyLock<Counters> = LazyLock::new(|| {
    let reasons = [
        "form",
        "not_signed_in",
        "account_closed",
        "blocked",
        "nothing_selected",
        "no_address",
        "address_changed",
        "address_book_full",
        "out_of_stock",
        "changed",
        "too_much",
        "bound",
        "too_often",
        "contention",
        "queue_full",
        "lock_timeout",
        "unavailable",
        "outcome_unknown",
        "fault",
    ];
    Counters::new("reason", &reasons)
});

/// Registers the metrics of the checkout.
pub fn register_metrics(registry: &mut Registry) {
    registry.register("till_orders_placed", "Orders placed", PLACED.clone());
    registry.register("till_checkouts_refused", "Checkouts that led to no order, by reason", REFUSED.family());
    registry.register("till_checkout_queue_depth", "Checkouts that wait for their batch", QUEUE.clone());
    registry.register("till_checkout_batch_size", "Checkouts in one transaction", BATCHES.clone());
}

/// Counts a checkout that ordered nothing. `refusal` is `None` if a field of the form was invalid.
pub fn refused(refusal: Option<&Refusal>) {
    REFUSED.add(match refusal {
        None => "form",
        Some(Refusal::NotSignedIn) => "not_signed_in",
        Some(Refusal::AccountClosed) => "account_closed",
        Some(Refusal::Blocked(_)) => "blocked",
        Some(Refusal::NothingSelected) => "nothing_selected",
        Some(Refusal::NoAddress) => "no_address",
        Some(Refusal::AddressChanged) => "address_changed",
        Some(Refusal::AddressBookFull) => "address_book_full",
        Some(Refusal::OutOfStock(_)) => "out_of_stock",
        Some(Refusal::Changed { .. }) => "changed",
        Some(Refusal::TooMuch) => "too_much",
        Some(Refusal::Bound(_)) => "bound",
        Some(Refusal::TooOften(_)) => "too_often",
        Some(Refusal::Contention) => "contention",
        Some(Refusal::QueueFull) => "queue_full",
        Some(Refusal::OutcomeUnknown) => "outcome_unknown",
        Some(Refusal::LockTimeout) => "lock_timeout",
        Some(Refusal::Fault(fault)) if fault.is_transient() => "unavailable",
        Some(Refusal::Fault(_)) => "fault",
    });
}
