//! Texts for the codes of payments and refunds.

use crate::{
    messages::Messages,
    payments::{AdminRefund, OUT_OF_STOCK, PaymentFilter, PaymentStatus, RefundReason, RefundStatus},
};

pub(in crate::admin) fn status(t: &Messages, status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Open => t.payments_open(),
        PaymentStatus::Paid => t.payments_paid(),
        PaymentStatus::Closed => t.payments_closed(),
    }
}

pub(in crate::admin) fn filter(t: &Messages, filter: PaymentFilter) -> &'static str {
    match filter {
        PaymentFilter::All => t.payments_all(),
        PaymentFilter::Open => t.payments_open(),
        PaymentFilter::Strange => t.payments_strange(),
        PaymentFilter::OutOfStock => t.payments_out_of_stock(),
        PaymentFilter::Refunds => t.payments_refunds_waiting(),
    }
}

/// Returns the text that says why staff must look at a payment attempt; `why` is the stored code.
pub(in crate::admin) fn strange(t: &Messages, why: &str) -> String {
    if why == OUT_OF_STOCK {
        return t.payments_out_of_stock_words().to_owned();
    }
    if let Some((paid, asked)) = why.split_once(" was paid instead of ") {
        return t.payments_strange_amount(paid, asked);
    }
    if let Some((collected, asked)) = why.split_once(" was collected instead of ") {
        return t.payments_strange_cash(collected, asked);
    }
    if let Some(trade) = why.strip_prefix("paid again, by trade ") {
        return t.payments_strange_again(trade);
    }
    match why.strip_prefix("trade ").and_then(|why| why.strip_suffix(" is that of another attempt")) {
        Some(trade) => t.payments_strange_trade(trade),
        None => why.to_owned(),
    }
}

/// Returns the text that says what a notification led to; returns an unknown code unchanged.
pub(in crate::admin) fn outcome<'a>(t: &Messages, outcome: &'a str) -> &'a str {
    match outcome {
        "order_paid" => t.payments_outcome_paid(),
        "order_revived" => t.payments_outcome_revived(),
        "out_of_stock" => t.payments_out_of_stock(),
        "goes_back" => t.payments_outcome_goes_back(),
        "repeated" => t.payments_outcome_repeated(),
        "strange" => t.payments_strange(),
        "closed" => t.payments_closed(),
        "still_open" => t.payments_open(),
        "unsure" => t.payments_outcome_unsure(),
        code => code,
    }
}

pub(in crate::admin) fn refund_status(t: &Messages, status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Wanted => t.refund_wanted(),
        RefundStatus::Sent => t.refund_sent(),
        RefundStatus::Done => t.refund_done(),
        RefundStatus::Refused => t.refund_refused(),
        RefundStatus::Elsewhere => t.refund_elsewhere(),
    }
}

/// Returns the CSS class of the badge of a refund's status.
pub(in crate::admin) fn refund_class(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Wanted | RefundStatus::Sent => "badge-accent",
        RefundStatus::Refused => "badge-danger",
        RefundStatus::Done | RefundStatus::Elsewhere => "",
    }
}

pub(in crate::admin) fn refund_reason(t: &Messages, reason: RefundReason) -> &'static str {
    match reason {
        RefundReason::Canceled => t.refund_because_canceled(),
        RefundReason::Surplus => t.refund_because_surplus(),
        RefundReason::OutOfStock => t.payments_out_of_stock(),
        RefundReason::Lines => t.refund_because_lines(),
        RefundReason::Amount => t.refund_because_amount(),
        RefundReason::Withdrawn => t.refund_because_withdrawn(),
        RefundReason::Return => t.refund_because_return(),
        RefundReason::Lost => t.refund_because_lost(),
    }
}

/// Returns who asked for a refund: the username of a member of staff, or a label that says that the program did by its
/// rules.
pub(in crate::admin) fn refund_by(t: &Messages, refund: &AdminRefund) -> String {
    refund.staff.clone().unwrap_or_else(|| t.refund_by_rule().to_owned())
}
