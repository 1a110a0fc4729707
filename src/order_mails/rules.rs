//! Which email an event leads to, and when an email is not worth sending any more.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::model::{MailKind, MailProgress, MailState, OrderMail};
use crate::platform::outbox::MAX_ATTEMPTS;

/// How long the email about a new order that must be paid online waits: if the order is paid by then, the email about
/// the payment suffices.
pub(super) const PLACED_DELAY: TimeDelta = TimeDelta::minutes(2);
/// How long before the payment deadline shoppers are reminded to pay.
pub(super) const REMIND_BEFORE: TimeDelta = TimeDelta::minutes(10);
pub(super) const REMIND_IF_LONGER: TimeDelta = TimeDelta::minutes(20);
/// The shopper gets an email this many days before an order counts as received.
pub(super) const DELIVERY_SOON_DAYS: i32 = 2;
/// No email is stored or sent about something that happened longer ago than this, for example while sending was
/// switched off.
pub(super) const MAX_AGE: TimeDelta = TimeDelta::days(3);
/// How long a process may take to send an email. If it has not recorded the outcome by then, the process has probably
/// crashed.
pub const SEND_TIMEOUT: TimeDelta = TimeDelta::minutes(5);

/// Returns the email that an event leads to, and the id of the row that it is about (0 if it is about the order alone);
/// `None` if the event leads to no email, or if its details lack that id.
pub(super) fn mail_of_event(event: &str, details: &Value) -> Option<(MailKind, i64)> {
    let id = |field: &str| details.get(field).and_then(Value::as_i64);
    Some(match event {
        "placed" => (MailKind::Placed, 0),
        "paid" => (MailKind::Paid, 0),
        "revived" => (MailKind::Revived, 0),
        "expired" => (MailKind::Expired, 0),
        "canceled" | "refused" => (MailKind::Canceled, 0),
        "parcel_sent" => (MailKind::ParcelSent, id("shipment")?),
        "refund_done" => (MailKind::RefundDone, id("refund")?),
        "return_asked" => (MailKind::ReturnAsked, id("return")?),
        "return_approved" => (MailKind::ReturnApproved, id("return")?),
        "return_declined" => (MailKind::ReturnDeclined, id("return")?),
        "return_arrived" => (MailKind::ReturnArrived, id("return")?),
        "return_closed" => (MailKind::ReturnClosed, id("return")?),
        "fapiao_issued" => (MailKind::FapiaoIssued, id("fapiao")?),
        "fapiao_refused" => (MailKind::FapiaoRefused, id("fapiao")?),
        "fapiao_reversed" => (MailKind::FapiaoReversed, id("fapiao")?),
        _ => return None,
    })
}

/// Returns whether something happened so long before `now` that no email about it is sent any more.
pub fn is_outdated(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - at > MAX_AGE
}

impl OrderMail {
    /// Returns whether nothing remains to be done for the email: it was sent, may have been sent, or is not to be sent.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.sent_at.is_some() || self.skipped.is_some() || self.begun_at.is_some_and(|at| now - at >= SEND_TIMEOUT)
    }
}

impl MailProgress {
    pub fn state(&self, now: DateTime<Utc>) -> MailState {
        let last_error = self.job.as_ref().and_then(|job| job.last_error.as_ref());
        match (self.skipped, self.sent_at, self.begun_at) {
            (Some(reason), ..) => MailState::Skipped(reason),
            (_, Some(_), _) => MailState::Sent,
            (_, _, Some(at)) if now - at >= SEND_TIMEOUT => MailState::Unknown,
            _ if last_error.is_none() => MailState::Waiting,
            _ if self.job.as_ref().is_some_and(|job| job.attempts >= MAX_ATTEMPTS) => MailState::Failed,
            _ => MailState::Retried,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_leads_to_one_email_about_its_thing_or_to_none() {
        assert_eq!(mail_of_event("paid", &json!({ "payment": "A_1" })), Some((MailKind::Paid, 0)));
        assert_eq!(mail_of_event("parcel_sent", &json!({ "shipment": 7 })), Some((MailKind::ParcelSent, 7)));
        assert_eq!(mail_of_event("return_approved", &json!({ "return": 3 })), Some((MailKind::ReturnApproved, 3)));
        for (event, details) in [
            ("parcel_sent", json!({})),
            ("refund_done", json!({ "refund": "7" })),
            ("noted", json!({})),
            ("", json!({})),
        ] {
            assert_eq!(mail_of_event(event, &details), None, "{event}");
        }
    }

    #[test]
    fn what_happened_more_than_three_days_ago_is_not_told() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(10);
        assert!(!is_outdated(now - MAX_AGE, now));
        assert!(is_outdated(now - MAX_AGE - TimeDelta::seconds(1), now));
    }
}
