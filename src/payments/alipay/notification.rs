//! Verifies signed forms of Alipay: notifications, and the query string with which it sends a browser back to the shop.

use encoding_rs::Encoding;
use percent_encoding::percent_decode;
use std::{borrow::Cow, collections::BTreeMap, fmt};

use super::{call::Alipay, keys::PublicKey, response::parse_time};
use crate::{
    kernel::{Money, codes},
    payments::gateway::{GatewayState, PaidTrade},
};

/// The maximum size of a notification in bytes. Real ones have two or three kilobytes.
pub const MAX_NOTIFICATION_LEN: usize = 64 * 1024;
const MAX_FIELDS: usize = 200;

/// A notification that Alipay has signed, about a payment to this merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The id of the notification, the same each time Alipay repeats it.
    pub notify_id: String,
    /// The number of the payment attempt.
    pub number: String,
    pub trade_no: String,
    pub status: TradeStatus,
    pub amount: Option<Money>,
    pub paid_at: Option<chrono::DateTime<chrono::Utc>>,
    /// The sum of all refunds of the payment so far; `None` if there are none.
    pub refunded: Option<Money>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeStatus {
    Waiting,
    /// The buyer has paid, and the payment can be refunded.
    Success,
    /// The buyer has paid, and the payment can no longer be refunded.
    Finished,
    /// The buyer has not paid in time, or the whole payment was refunded.
    Closed,
}

codes! {
    /// Why a notification is not one that Alipay has sent to this merchant.
    pub enum NotificationError {
        TooLarge = "too_large",
        /// The body is not a form, or a field is missing, occurs twice, or cannot be parsed.
        Malformed = "malformed",
        WrongSignature = "wrong_signature",
        /// The signature is right, but the notification is about another app than that of the shop.
        OtherApp = "other_app",
        /// The signature is right, but the money went to another account than that of the shop.
        OtherSeller = "other_seller",
    }
}

impl fmt::Display for NotificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Notification {
    /// Returns the state of the payment attempt. An attempt that was paid is still paid after a refund.
    pub fn state(&self) -> GatewayState {
        match (self.status, self.amount) {
            (TradeStatus::Waiting, _) => GatewayState::Waiting,
            (TradeStatus::Closed, _) if self.refunded.is_none() => GatewayState::Closed,
            (_, Some(amount)) => {
                let refunded = self.refunded.unwrap_or_default();
                let (trade_no, paid_at) = (self.trade_no.clone(), self.paid_at);
                GatewayState::Paid(PaidTrade { trade_no, amount, paid_at, refunded })
            }
            (_, None) => GatewayState::Unsure("the notification names no amount".to_owned()),
        }
    }
}

impl Alipay {
    /// Parses the body of a notification and verifies its signature, its app and its seller. The caller compares the
    /// number and the amount with the payment attempt.
    pub fn verify_notification(&self, body: &[u8]) -> Result<Notification, NotificationError> {
        let fields = SignedForm::verify(body, &self.settings().public_key)?;
        if fields.text("app_id")? != self.settings().app_id {
            return Err(NotificationError::OtherApp);
        }
        if fields.text("seller_id")? != self.settings().seller_id {
            return Err(NotificationError::OtherSeller);
        }
        let status = match fields.text("trade_status")?.as_ref() {
            "WAIT_BUYER_PAY" => TradeStatus::Waiting,
            "TRADE_SUCCESS" => TradeStatus::Success,
            "TRADE_FINISHED" => TradeStatus::Finished,
            "TRADE_CLOSED" => TradeStatus::Closed,
            _ => return Err(NotificationError::Malformed),
        };
        Ok(Notification {
            notify_id: fields.text("notify_id")?.into_owned(),
            number: fields.text("out_trade_no")?.into_owned(),
            trade_no: fields.text("trade_no")?.into_owned(),
            status,
            amount: fields.amount("total_amount")?,
            paid_at: fields.optional("gmt_payment")?.and_then(|text| parse_time(&text)),
            refunded: fields.amount("refund_fee")?.filter(|fee| !fee.is_zero()),
        })
    }

    /// Verifies the query string with which Alipay sends a browser back. Returns the number of the payment attempt; the
    /// query does not tell whether it was paid.
    pub fn verify_return(&self, query: &str) -> Result<String, NotificationError> {
        let fields = SignedForm::verify(query.as_bytes(), &self.settings().public_key)?;
        if fields.text("app_id")? != self.settings().app_id {
            return Err(NotificationError::OtherApp);
        }
        Ok(fields.text("out_trade_no")?.into_owned())
    }
}

/// The fields of a signed form, percent-decoded, still in the encoding in which they came.
pub(super) struct SignedForm {
    fields: BTreeMap<Vec<u8>, Vec<u8>>,
    encoding: &'static Encoding,
}

impl SignedForm {
    /// Verifies the signature of a form, which covers all fields except `sign` and `sign_type`, also unknown ones,
    /// sorted by name.
    pub(super) fn verify(form: &[u8], key: &PublicKey) -> Result<Self, NotificationError> {
        if form.len() > MAX_NOTIFICATION_LEN {
            return Err(NotificationError::TooLarge);
        }
        let mut fields = BTreeMap::new();
        for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            let is_new = fields.insert(decoded(name), decoded(value)).is_none();
            if !is_new || fields.len() > MAX_FIELDS {
                return Err(NotificationError::Malformed);
            }
        }
        let signature = fields.remove(&b"sign"[..]).ok_or(NotificationError::WrongSignature)?;
        fields.remove(&b"sign_type"[..]);
        let mut content = Vec::with_capacity(form.len());
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
            if !content.is_empty() {
                content.push(b'&');
            }
            content.extend_from_slice(name);
            content.push(b'=');
            content.extend_from_slice(value);
        }
        let signature = String::from_utf8(signature).map_err(|_| NotificationError::WrongSignature)?;
        if !key.verify(&content, &signature) {
            return Err(NotificationError::WrongSignature);
        }
        let charset = fields.get(&b"charset"[..]).map_or(&b"utf-8"[..], Vec::as_slice);
        let encoding = Encoding::for_label(charset).ok_or(NotificationError::Malformed)?;
        Ok(Self { fields, encoding })
    }

    fn optional(&self, name: &str) -> Result<Option<Cow<'_, str>>, NotificationError> {
        let Some(value) = self.fields.get(name.as_bytes()) else { return Ok(None) };
        let text = self.encoding.decode_without_bom_handling_and_without_replacement(value);
        text.map(Some).ok_or(NotificationError::Malformed)
    }

    fn text(&self, name: &str) -> Result<Cow<'_, str>, NotificationError> {
        self.optional(name)?.filter(|text| !text.is_empty()).ok_or(NotificationError::Malformed)
    }

    fn amount(&self, name: &str) -> Result<Option<Money>, NotificationError> {
        let Some(text) = self.optional(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| NotificationError::Malformed)
    }
}

/// Returns the fields of a stored notification as (name, value), in the order in which they came, for people to read.
/// Text that cannot be decoded is replaced.
pub fn notification_fields(body: &[u8]) -> Vec<(String, String)> {
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).take(MAX_FIELDS);
    let fields: Vec<(Vec<u8>, Vec<u8>)> = pairs
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            (decoded(halves.next().unwrap_or_default()), decoded(halves.next().unwrap_or_default()))
        })
        .collect();
    let charset = fields.iter().find(|(name, _)| name == b"charset").map_or(&b"utf-8"[..], |(_, value)| value);
    let encoding = Encoding::for_label(charset).unwrap_or(encoding_rs::UTF_8);
    let text = |bytes: &[u8]| encoding.decode_without_bom_handling(bytes).0.into_owned();
    fields.iter().map(|(name, value)| (text(name), text(value))).collect()
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}
