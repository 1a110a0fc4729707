//! The texts of emails about orders, for the kinds of email that say more than one sentence.

use chrono::{DateTime, Utc};

use super::{Action, Fact, OrderEmail, one_line};
use crate::{
    kernel::{Money, PayMethod},
    order_mails::{MailKind, MailedFapiao, MailedOrder, MailedParcel, MailedRefund, MailedReturn},
    orders::CanceledBy,
};

pub(super) fn placed_words(email: &mut OrderEmail<'_>, order: &MailedOrder, minute: &dyn Fn(DateTime<Utc>) -> String) {
    let (t, placed) = (email.t, &order.view.order);
    let words = match placed.expires_at {
        Some(until) => t.order_mail_pay_by(placed.total_amount, placed.pay_method.name(&t), minute(until)),
        None if placed.total_amount.is_zero() || placed.pay_method != PayMethod::Cod => t.order_mail_free().to_owned(),
        None => t.order_mail_cod(placed.total_amount),
    };
    email.set_title(t.order_mail_placed_title()).push(words);
    if placed.expires_at.is_some() {
        email.set_action(t.order_mail_pay_now());
    }
    email.list_all(order);
}

pub(super) fn parcel_words(email: &mut OrderEmail<'_>, parcel: &MailedParcel) {
    let t = email.t;
    email.title =
        if parcel.is_part { t.order_mail_parcel_part_title() } else { t.order_mail_parcel_title() }.to_owned();
    if parcel.is_part {
        email.paragraphs.push(t.order_mail_parcel_part().to_owned());
    }
    email.facts.push(Fact { name: t.order_mail_carrier(), value: parcel.carrier.clone() });
    email.facts.push(Fact { name: t.order_mail_tracking(), value: one_line(&parcel.number) });
    let follow = parcel.link.clone().map(|url| Action { words: t.order_mail_follow(), url });
    email.follow = follow;
    email.list_some(t.order_mail_in_parcel(), &parcel.goods);
}

pub(super) fn canceled_words(email: &mut OrderEmail<'_>, order: &MailedOrder) {
    let (t, placed) = (email.t, &order.view.order);
    let words = match order.canceled_by {
        Some(CanceledBy::Shopper) => t.order_mail_canceled_by_you(),
        Some(CanceledBy::Refusal) => t.order_mail_canceled_refused(),
        _ => t.order_mail_canceled_by_us(),
    };
    email.set_title(t.order_mail_canceled_title()).push(words.to_owned());
    let back = if placed.paid_amount.is_zero() {
        t.order_mail_nothing_charged().to_owned()
    } else {
        t.order_mail_money_back(placed.paid_amount)
    };
    email.paragraphs.push(back);
    if !order.cancel_reason.is_empty() {
        email.facts.push(Fact { name: t.order_mail_reason(), value: one_line(&order.cancel_reason) });
    }
    email.list_goods(order);
}

pub(super) fn refund_words(email: &mut OrderEmail<'_>, method: PayMethod, refund: &MailedRefund) {
    let t = email.t;
    email.title = t.order_mail_refund_title(refund.amount);
    email.paragraphs.push(if refund.is_by_gateway {
        t.order_mail_refund_gateway(refund.amount, method.name(&t))
    } else {
        t.order_mail_refund_elsewhere(refund.amount)
    });
}

/// `left` is what was paid for the order and did not go back.
pub(super) fn fapiao_words(email: &mut OrderEmail<'_>, kind: MailKind, (fapiao, left): (&MailedFapiao, Money)) {
    let t = email.t;
    let (title, words) = match kind {
        MailKind::FapiaoRefused => (t.fapiao_mail_refused_title(), t.fapiao_mail_refused()),
        MailKind::FapiaoReversed => (t.fapiao_mail_reversed_title(), t.fapiao_mail_reversed()),
        _ => (t.fapiao_mail_issued_title(), t.fapiao_mail_issued()),
    };
    email.set_title(title).push(words.to_owned());
    if kind == MailKind::FapiaoReversed && !left.is_zero() {
        email.paragraphs.push(t.fapiao_mail_left(left));
    }
    if !fapiao.numbers.is_empty() {
        email.facts.push(Fact { name: t.fapiao_number(), value: fapiao.numbers.clone() });
    }
    if kind == MailKind::FapiaoReversed {
        email.facts.push(Fact { name: t.fapiao_reversal_number(), value: fapiao.reversal_numbers.clone() });
    }
    if !fapiao.refusal.is_empty() {
        email.facts.push(Fact { name: t.order_mail_reason(), value: one_line(&fapiao.refusal) });
    }
    if let Some(action) = &mut email.action {
        action.words = t.fapiao_mail_see();
        action.url.push_str("/fapiao");
    }
}

pub(super) fn return_words(email: &mut OrderEmail<'_>, kind: MailKind, asked: &MailedReturn) {
    let (t, settings) = (email.t, email.settings);
    let (title, words) = match kind {
        MailKind::ReturnApproved if asked.is_goods_back => {
            (t.order_mail_return_approved_title(), t.order_mail_return_send())
        }
        MailKind::ReturnApproved => (t.order_mail_return_approved_title(), t.order_mail_return_keep()),
        MailKind::ReturnDeclined => (t.order_mail_return_declined_title(), t.order_mail_return_declined()),
        MailKind::ReturnArrived => (t.order_mail_return_arrived_title(), t.order_mail_return_arrived()),
        MailKind::ReturnClosed => (t.order_mail_return_closed_title(), t.order_mail_return_closed()),
        _ => (t.order_mail_return_asked_title(), t.order_mail_return_asked()),
    };
    email.set_title(title).push(words.to_owned());
    if kind == MailKind::ReturnApproved && asked.is_goods_back {
        let phone = t.phone(&settings.return_phone);
        let parts = [settings.return_recipient.as_str(), phone.as_str(), settings.return_address.as_str()];
        let to = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        let to = if to.is_empty() { t.order_mail_return_no_address().to_owned() } else { to };
        email.facts.push(Fact { name: t.order_mail_return_to(), value: to });
    }
    let is_answer = matches!(kind, MailKind::ReturnApproved | MailKind::ReturnDeclined);
    if is_answer && !asked.answer.is_empty() {
        email.facts.push(Fact { name: t.order_mail_answer(), value: one_line(&asked.answer) });
    }
    email.list_some(t.order_mail_in_return(), &asked.goods);
}
