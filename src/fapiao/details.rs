//! Formats a request for a fapiao as lines of a page.

use chrono::FixedOffset;

use super::model::{FapiaoStatus, FapiaoView};
use crate::{
    kernel::{Email, Money},
    messages::Messages,
    platform::clock,
};

/// A value of a request with its label, as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FapiaoDetail {
    pub label: &'static str,
    pub value: String,
}

impl FapiaoView {
    /// Returns the data that the shopper typed and the result of the request, without empty values. `left` is the
    /// amount that a fapiao issued now would have.
    pub fn details(&self, t: Messages, left: Money, zone: FixedOffset) -> Vec<FapiaoDetail> {
        let (request, typed) = (&self.request, &self.request.typed);
        let minute = |at| clock::minute(at, zone);
        let amount = match request.status {
            FapiaoStatus::Requested => Some(left),
            _ => request.amount,
        };
        let all = [
            (t.fapiao_kind(), typed.kind.name(&t).to_owned()),
            (t.fapiao_title_kind(), typed.title_kind.name(&t).to_owned()),
            (t.fapiao_title(), typed.title.clone()),
            (t.fapiao_taxpayer(), typed.taxpayer_number.clone()),
            (t.fapiao_address(), typed.address.clone()),
            (t.fapiao_phone(), typed.phone.clone()),
            (t.fapiao_bank(), typed.bank.clone()),
            (t.fapiao_account(), typed.bank_account.clone()),
            (t.email(), Email::shown(&typed.email)),
            (t.fapiao_amount(), amount.map(|amount| amount.to_string()).unwrap_or_default()),
            (t.fapiao_number(), self.numbers.join(", ")),
            (t.fapiao_reversal_number(), self.reversal_numbers.join(", ")),
            (t.fapiao_requested_on(), minute(request.requested_at)),
            (t.fapiao_issued_on(), request.issued_at.map(minute).unwrap_or_default()),
            (t.fapiao_reversed_on(), request.reversed_at.map(minute).unwrap_or_default()),
            (t.fapiao_refusal(), request.refusal.clone()),
        ];
        let filled = all.into_iter().filter(|(_, value)| !value.is_empty());
        filled.map(|(label, value)| FapiaoDetail { label, value }).collect()
    }
}
