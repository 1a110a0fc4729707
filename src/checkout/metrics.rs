//! The metrics of the checkout.

use super::model::Refusal;
use crate::platform::metrics::{Counter, Counters, Gauge, Histogram, Metric};

pub static METRICS: [&dyn Metric; 4] = [&PLACED, &REFUSED, &QUEUE, &BATCHES];

/// The number of orders that this process has saved. A token that is sent again does not count.
pub(super) static PLACED: Counter = Counter::new("till_orders_placed_total", "Orders placed");

static REFUSED: Counters<17> = Counters::new(
    "till_checkouts_refused_total",
    "Checkouts that led to no order, by reason",
    "reason",
    [
        "form",
        "not_signed_in",
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
    ],
);

pub(super) static QUEUE: Gauge = Gauge::new("till_checkout_queue_depth", "Checkouts that wait for their batch");

pub(super) static BATCHES: Histogram<7> =
    Histogram::new("till_checkout_batch_size", "Checkouts in one transaction", &[1, 2, 4, 8, 16, 32, 64]);

/// Counts a checkout that ordered nothing. `refusal` is `None` if a field of the form was invalid.
pub(super) fn refused(refusal: Option<&Refusal>) {
    REFUSED.add(match refusal {
        None => "form",
        Some(Refusal::NotSignedIn) => "not_signed_in",
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
