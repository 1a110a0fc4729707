//! Whether an email to a shopper was sent, in words.

use chrono::FixedOffset;

use crate::{
    messages::Messages,
    order_mails::{MailProgress, MailReason, MailState},
    platform::clock,
};

/// How far an email has come, formatted for a page.
pub(super) struct MailWords {
    /// The CSS class of the badge with the text `state`.
    pub(super) class: &'static str,
    pub(super) state: &'static str,
    /// When the email was sent, or else when it became due.
    pub(super) at: String,
    /// Why the last attempt to send the email failed; `None` if it was sent, or not tried yet.
    pub(super) error: Option<String>,
}

pub(super) fn mail_words(t: Messages, mail: &MailProgress, zone: FixedOffset) -> MailWords {
    let how = mail.state(clock::now());
    let (class, state) = state(t, how);
    let at = mail.sent_at.or(mail.begun_at).unwrap_or(mail.promised_at);
    let is_failing = matches!(how, MailState::Retried | MailState::Failed);
    let error = mail.job.as_ref().and_then(|job| job.last_error.clone()).filter(|_| is_failing);
    MailWords { class, state, at: clock::minute(at, zone), error }
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
