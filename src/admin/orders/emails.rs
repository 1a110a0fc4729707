//! The names of the emails about an order.

use crate::{messages::Messages, order_mails::MailKind};

/// Returns what an email is about, in a few words.
pub(super) fn kind(t: Messages, kind: MailKind) -> &'static str {
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
