//! The result of comparing a bill with the shop's payments, and the rows in which it is stored.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use std::time::Duration;

use crate::{
    kernel::{Money, PayMethod},
    messages::Messages,
    orders::{Mismatch, RecordedCheck},
};

/// A rule that must hold between a gateway's bill and the shop's payments and refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillCheck {
    /// Each payment in the bill is one that the shop knows.
    PaymentsKnown,
    /// Each payment that the shop knows is in the bill of its day.
    PaymentsListed,
    PaymentAmounts,
    RefundsKnown,
    RefundsListed,
    RefundAmounts,
    /// No line of the bill has another type than payment or refund, such as a fee or a transfer.
    NothingElse,
}

impl BillCheck {
    pub const ALL: [Self; 7] = [
        Self::PaymentsKnown,
        Self::PaymentsListed,
        Self::PaymentAmounts,
        Self::RefundsKnown,
        Self::RefundsListed,
        Self::RefundAmounts,
        Self::NothingElse,
    ];

    /// Returns the name of the check. It is stored with each comparison of a bill, so it must never change.
    pub fn name(self) -> &'static str {
        match self {
            Self::PaymentsKnown => "bill-payments-known",
            Self::PaymentsListed => "bill-payments-listed",
            Self::PaymentAmounts => "bill-payment-amounts",
            Self::RefundsKnown => "bill-refunds-known",
            Self::RefundsListed => "bill-refunds-listed",
            Self::RefundAmounts => "bill-refund-amounts",
            Self::NothingElse => "bill-nothing-else",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.name() == name)
    }

    /// Returns the rule as a sentence for staff.
    pub fn rule(self, t: Messages) -> &'static str {
        match self {
            Self::PaymentsKnown => t.check_bill_payments_known(),
            Self::PaymentsListed => t.check_bill_payments_listed(),
            Self::PaymentAmounts => t.check_bill_payment_amounts(),
            Self::RefundsKnown => t.check_bill_refunds_known(),
            Self::RefundsListed => t.check_bill_refunds_listed(),
            Self::RefundAmounts => t.check_bill_refund_amounts(),
            Self::NothingElse => t.check_bill_nothing_else(),
        }
    }

    /// Returns what a mismatch of this check is about, such as "Payment".
    pub fn key_label(self, t: Messages) -> &'static str {
        match self {
            Self::PaymentsKnown | Self::PaymentsListed | Self::PaymentAmounts => t.check_key_payment(),
            Self::RefundsKnown | Self::RefundsListed | Self::RefundAmounts => t.check_key_refund(),
            Self::NothingElse => t.check_key_trade(),
        }
    }
}

/// The mismatches that a check has found: `actual` is the value of the shop, `expected` that of the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillCheckResult {
    pub check: BillCheck,
    pub mismatches: Vec<Mismatch>,
}

/// How many payments and refunds a gateway's bill has, and their sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BillTotals {
    pub payments: i32,
    pub paid: Money,
    pub refunds: i32,
    pub refunded: Money,
    /// The sum of the fees that the gateway has charged for these payments and refunds.
    pub fees: Decimal,
}

/// The result of comparing a gateway's bill with the shop's payments and refunds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillReconciliation {
    pub totals: BillTotals,
    /// The results of all checks, in the order of [`BillCheck::ALL`].
    pub results: Vec<BillCheckResult>,
    pub took: Duration,
}

/// A payment or a refund that the shop has stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownEntry {
    pub(super) number: String,
    /// The gateway's number of a payment; `None` for a refund.
    pub(super) trade_no: Option<String>,
    pub(super) amount: Money,
    /// The code of the status of the payment or refund.
    pub(super) status: &'static str,
    /// The earliest and the latest time at which the gateway may have carried out the payment or refund; `None` if it
    /// has not.
    pub(super) carried_out: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownEntries {
    pub(super) payments: Vec<KnownEntry>,
    pub(super) refunds: Vec<KnownEntry>,
}

/// A gateway's bill that this process has claimed to compare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimedBill {
    pub pay_method: PayMethod,
    pub day: NaiveDate,
}

/// A gateway's bill with the result of its last comparison with the shop's payments.
#[derive(Clone, Debug)]
pub struct RecordedBill {
    pub pay_method: PayMethod,
    pub day: NaiveDate,
    /// When the bill was compared last; `None` if it has not been compared.
    pub compared_at: Option<DateTime<Utc>>,
    pub totals: BillTotals,
    /// The number of checks that found mismatches; `None` if the bill has not been compared yet.
    pub failed_checks: Option<i32>,
    pub checks: Vec<RecordedCheck>,
    /// Why the last attempt to compare the bill failed; `None` if it did not.
    pub failure: Option<String>,
    /// When the job tries again to compare the bill; `None` if it does not.
    pub next_attempt_at: Option<DateTime<Utc>>,
}
