//! What a comparison of a bill finds, and the rows in which it is stored.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use std::time::Duration;

use crate::{
    kernel::{Money, PayMethod},
    messages::Messages,
    orders::{Mismatch, RecordedCheck},
};

/// A rule that must hold between a bill and the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillCheck {
    /// Each payment in the bill is one here.
    PaymentsKnown,
    /// Each payment here is in the bill.
    PaymentsListed,
    PaymentAmounts,
    RefundsKnown,
    RefundsListed,
    RefundAmounts,
    /// The bill lists nothing but payments and refunds.
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

    /// Stored with each comparison, so it must never change.
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

    /// The rule as a sentence.
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

    /// What the key of a mismatch names.
    pub fn key_label(self, t: Messages) -> &'static str {
        match self {
            Self::PaymentsKnown | Self::PaymentsListed | Self::PaymentAmounts => t.check_key_payment(),
            Self::RefundsKnown | Self::RefundsListed | Self::RefundAmounts => t.check_key_refund(),
            Self::NothingElse => t.check_key_trade(),
        }
    }
}

/// What a check has found: `actual` of a mismatch is what the shop has, `expected` what the bill has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillCheckResult {
    pub check: BillCheck,
    pub mismatches: Vec<Mismatch>,
}

/// What a bill comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BillTotals {
    pub payments: i32,
    pub paid: Money,
    pub refunds: i32,
    pub refunded: Money,
    /// What the gateway has taken for them.
    pub fees: Decimal,
}

/// A bill that was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillReconciliation {
    pub totals: BillTotals,
    /// Of all checks, in their order.
    pub results: Vec<BillCheckResult>,
    pub took: Duration,
}

/// A payment or a refund as the shop knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownEntry {
    pub(super) number: String,
    /// Of a payment.
    pub(super) trade_no: Option<String>,
    pub(super) amount: Money,
    /// The code of its status.
    pub(super) status: &'static str,
    /// When the gateway carried it out, at the earliest and at the latest; `None` if it has not.
    pub(super) carried_out: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownEntries {
    pub(super) payments: Vec<KnownEntry>,
    pub(super) refunds: Vec<KnownEntry>,
}

/// A bill that the nightly job compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimedBill {
    pub pay_method: PayMethod,
    pub day: NaiveDate,
}

/// The last comparison of the bill of a day.
#[derive(Clone, Debug)]
pub struct RecordedBill {
    pub pay_method: PayMethod,
    pub day: NaiveDate,
    /// `None` if it was not compared yet.
    pub compared_at: Option<DateTime<Utc>>,
    pub totals: BillTotals,
    /// The number of checks with mismatches; `None` if it was not compared yet.
    pub failed_checks: Option<i32>,
    pub checks: Vec<RecordedCheck>,
    /// Why the last attempt compared nothing.
    pub failure: Option<String>,
    /// When the job asks again.
    pub next_attempt_at: Option<DateTime<Utc>>,
}
