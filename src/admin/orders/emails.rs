//! The emails about an order, on the order's page.

use chrono::FixedOffset;

use crate::{
    messages::Messages,
    order_mails::{MailKind, MailReason, MailState, SentOrderMail},
    platform::clock,
};

fn kind(t: Messages, kind: MailKind) -> &'static str {
    match kind {
        MailKind::Placed => t.order_mail_kind_placed(),
        MailKind::PayReminder => t.order_mail_kind_reminder(),
        MailKind::Expired => t.order_mail_kind_expired(),
        MailKind::Paid => t.order_mail_kind_paid(),
        MailKind::Revived => t.order_mail_kind_revived(),
        MailKind::ParcelSent => t.order_mail_kind_parcel(),
        MailKind::Canceled => t.order_mail_kind_canceled(),
        MailKind::RefundDone => t.order_mail_kind_refund(),
        MailKind::PaidLate => t.order_mail_kind_late(),
        MailKind::PaidTwice => t.order_mail_kind_twice(),
        MailKind::ReturnAsked => t.order_mail_kind_return_asked(),
        MailKind::ReturnApproved => t.order_mail_kind_return_approved(),
        MailKind::ReturnDeclined => t.order_mail_kind_return_declined(),
        MailKind::ReturnArrived => t.order_mail_kind_return_arrived(),
        MailKind::ReturnClosed => t.order_mail_kind_return_closed(),
        MailKind::DeliverySoon => t.order_mail_kind_soon(),
        MailKind::ReviewAsked => t.order_mail_kind_review(),
        MailKind::FapiaoIssued => t.order_mail_kind_fapiao_issued(),
        MailKind::FapiaoRefused => t.order_mail_kind_fapiao_refused(),
        MailKind::FapiaoReversed => t.order_mail_kind_fapiao_reversed(),
    }
}

/// Returns (CSS class, text) of the badge that says whether an email was sent.
fn state(t: Messages, state: MailState) -> (&'static str, &'static str) {
    match state {
        MailState::Waiting => ("", t.order_mail_waiting()),
        MailState::Retried => ("badge-low", t.order_mail_retried()),
        MailState::Failed => ("badge-danger", t.order_mail_failed()),
        MailState::Unknown => ("badge-low", t.order_mail_unknown()),
        MailState::Sent => ("badge-accent", t.order_mail_sent()),
        MailState::Skipped(MailReason::NoAddress) => ("badge-low", t.order_mail_no_address()),
        MailState::Skipped(MailReason::Outdated) => ("", t.order_mail_outdated()),
    }
}

/// An email about an order, formatted for the page.
pub(super) struct MailWords {
    pub(super) kind: &'static str,
    pub(super) class: &'static str,
    pub(super) state: &'static str,
    /// When the email was sent, or else when it became due.
    pub(super) at: String,
    /// Why the last attempt to send the email failed; `None` if it was sent, or not tried yet.
    pub(super) error: Option<String>,
}

pub(super) fn words(t: Messages, mail: &SentOrderMail, zone: FixedOffset) -> MailWords {
    let row = &mail.mail;
    let how = mail.state(clock::now());
    let (class, words) = state(t, how);
    let at = row.sent_at.or(row.begun_at).unwrap_or(row.promised_at);
    let is_failing = matches!(how, MailState::Retried | MailState::Failed);
    let error = mail.last_error.clone().filter(|_| is_failing);
    MailWords { kind: kind(t, row.kind), class, state: words, at: clock::minute(at, zone), error }
}
