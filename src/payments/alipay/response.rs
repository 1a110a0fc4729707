//! Parses answers of the gateway, such as `{"alipay_trade_query_response":{…},"sign":"…"}`. The signature is that of
//! the bytes of the inner object.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

use super::{call::beijing, keys::PublicKey};
use crate::{
    kernel::Money,
    payments::gateway::{GatewayState, PaidTrade},
};

/// The fields of an answer that the shop uses; a missing field is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    pub(super) code: String,
    pub(super) msg: String,
    pub(super) sub_code: String,
    pub(super) sub_msg: String,
    pub(super) out_trade_no: String,
    pub(super) trade_no: String,
    pub(super) trade_status: String,
    pub(super) total_amount: String,
    pub(super) send_pay_date: String,
    pub(super) refund_status: String,
    pub(super) bill_download_url: String,
}

/// Parses the answer to a call of `method` and verifies its signature.
///
/// # Errors
/// The text is not an answer, or its signature is missing or wrong. The gateway often does not sign its errors; such an
/// error proves nothing.
pub(super) fn read(body: &[u8], method: &str, key: &PublicKey) -> Result<Answer, String> {
    let parts: HashMap<String, Box<RawValue>> =
        serde_json::from_slice(body).map_err(|_| "the answer is not JSON of Alipay".to_owned())?;
    let name = format!("{}_response", method.replace('.', "_"));
    let Some(inner) = parts.get(&name).or_else(|| parts.get("error_response")) else {
        return Err(format!("the answer has no {name}"));
    };
    let answer: Answer =
        serde_json::from_str(inner.get()).map_err(|error| format!("the answer is unreadable: {error}"))?;
    let signature: String =
        parts.get("sign").and_then(|sign| serde_json::from_str(sign.get()).ok()).unwrap_or_default();
    if signature.is_empty() {
        return Err(format!("the answer is not signed: {}", answer.error()));
    }
    if !key.verify(inner.get().as_bytes(), &signature) {
        return Err("the signature of the answer is not Alipay's".to_owned());
    }
    Ok(answer)
}

/// Error codes (`sub_code`) after which the outcome of a call is unknown, although `code` says that it was refused.
const UNSURE_SUB_CODES: [&str; 3] = ["ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error"];

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        self.code == "10000"
    }

    /// Returns whether the gateway has refused the call, so that the same call will be refused again.
    pub(super) fn is_refused(&self) -> bool {
        self.code == "40004" && !UNSURE_SUB_CODES.contains(&self.sub_code.as_str())
    }

    pub(super) fn is_trade_not_found(&self) -> bool {
        self.is_refused() && self.sub_code == "ACQ.TRADE_NOT_EXIST"
    }

    pub(super) fn is_bill_not_found(&self) -> bool {
        self.is_refused() && self.sub_code == "isp.bill_not_exist"
    }

    /// Returns the codes and texts of an error in one line.
    pub(super) fn error(&self) -> String {
        let parts = [&self.code, &self.sub_code, &self.sub_msg, &self.msg];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        parts.join(" ").chars().take(300).collect()
    }

    /// Returns the state of the payment attempt with this number.
    pub(super) fn trade_state(&self, number: &str) -> GatewayState {
        if self.is_trade_not_found() {
            return GatewayState::NotFound;
        }
        if !self.is_success() {
            return GatewayState::Unsure(self.error());
        }
        if self.out_trade_no != number {
            return GatewayState::Unsure("the answer is about another trade".to_owned());
        }
        match self.trade_status.as_str() {
            "WAIT_BUYER_PAY" => GatewayState::Waiting,
            "TRADE_CLOSED" => GatewayState::Closed,
            "TRADE_SUCCESS" | "TRADE_FINISHED" => match self.total_amount.parse() {
                Ok(amount) if !self.trade_no.is_empty() => {
                    let paid_at = parse_time(&self.send_pay_date);
                    let refunded = Money::ZERO;
                    GatewayState::Paid(PaidTrade { trade_no: self.trade_no.clone(), amount, paid_at, refunded })
                }
                _ => GatewayState::Unsure("the answer lacks the amount or the number of the trade".to_owned()),
            },
            status => GatewayState::Unsure(format!("unknown status of a trade: {status}")),
        }
    }
}

/// Parses a time that Alipay has sent, which is in the time zone of Beijing.
pub(super) fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(local.and_local_timezone(beijing()).single()?.to_utc())
}
