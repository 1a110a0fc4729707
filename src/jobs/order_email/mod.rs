//! Makes the texts of emails about orders: data for one template for plain text and one for HTML.

mod words;

use askama::Template;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use url::Url;

use words::{canceled_words, fapiao_words, parcel_words, placed_words, refund_words, return_words};

use crate::{
    kernel::{Money, text},
    messages::Messages,
    order_mails::{
        MailKind, MailedFapiao, MailedGoods, MailedOrder, MailedParcel, MailedRefund, MailedReturn, OrderMail,
    },
    orders::Order,
    payments::PayLinkKey,
    platform::{clock, mail::EmailMessage},
    store::Settings,
};

/// What an email is about, in addition to its order.
pub(super) enum Thing {
    Nothing,
    Parcel(MailedParcel),
    Refund(MailedRefund),
    Payment(Money),
    Return(MailedReturn),
    Fapiao(MailedFapiao),
}

/// What all emails need to know of the shop.
pub(super) struct MailContext<'a> {
    pub(super) settings: &'a Settings,
    pub(super) public_url: &'a Url,
    pub(super) pay_links: &'a PayLinkKey,
    pub(super) zone: FixedOffset,
    /// The link by which the recipient unsubscribes from this kind of email; `None` for a kind that cannot be turned
    /// off.
    pub(super) unsubscribe: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/order.txt")]
struct PlainPart<'a> {
    mail: &'a OrderEmail<'a>,
}

#[derive(Template)]
#[template(path = "mail/order.html")]
struct HtmlPart<'a> {
    mail: &'a OrderEmail<'a>,
}

/// A labeled value in an email: for example the label "Tracking number" and the number.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
}

pub(super) struct Action {
    pub(super) words: &'static str,
    pub(super) url: String,
}

pub(super) struct GoodsLine {
    pub(super) name: String,
    pub(super) count: i32,
    pub(super) amount: Option<Money>,
}

/// The content of an email, in the order in which the templates show it.
pub(super) struct OrderEmail<'a> {
    pub(super) t: Messages,
    pub(super) settings: &'a Settings,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) paragraphs: Vec<String>,
    pub(super) facts: Vec<Fact>,
    pub(super) goods_title: &'static str,
    pub(super) goods: Vec<GoodsLine>,
    pub(super) amounts: Vec<Fact>,
    pub(super) action: Option<Action>,
    /// A second link, to the carrier's page that shows where the parcel is; `None` if there is none.
    pub(super) follow: Option<Action>,
    /// The sentence that says why the recipient gets the email.
    pub(super) why: &'static str,
    /// True if the links lead to pages for which a shopper must sign in.
    pub(super) needs_sign_in: bool,
    /// The link by which the recipient unsubscribes; `None` for an email of a kind that cannot be turned off.
    pub(super) unsubscribe: Option<String>,
}

impl OrderEmail<'_> {
    pub(super) fn message(&self, address: &str, subject: String, id: String) -> Result<EmailMessage, String> {
        let rendered = |part: Result<String, askama::Error>| part.map_err(|error| error.to_string());
        Ok(EmailMessage {
            name: self.name.clone(),
            address: address.to_owned(),
            subject,
            text: rendered(PlainPart { mail: self }.render())?,
            html: rendered(HtmlPart { mail: self }.render())?,
            unsubscribe: self.unsubscribe.clone(),
            id,
        })
    }

    fn shop_name(&self) -> &str {
        self.settings.shop_name(self.t.language())
    }

    /// Returns the shop's phone number and email address on one line; empty if the settings have neither.
    fn contact(&self) -> String {
        self.settings.contact(self.t)
    }
}

/// Returns the email about an order to its shopper. Fails if a template cannot be rendered.
// Long: a case for each kind of email.
pub(super) fn email(
    mail: &OrderMail,
    order: &MailedOrder,
    thing: &Thing,
    context: &MailContext<'_>,
) -> Result<EmailMessage, String> {
    let t = Messages(mail.language);
    let placed = &order.view.order;
    // Whoever called may have no password.
    let (url, name) = if order.is_by_staff {
        (context.pay_links.link(context.public_url, &placed.number), &placed.recipient)
    } else {
        (format!("{}orders/{}", context.public_url, placed.number), &order.username)
    };
    let mut email = OrderEmail {
        t,
        settings: context.settings,
        name: one_line(name),
        title: String::new(),
        paragraphs: Vec::new(),
        facts: vec![Fact { name: t.order_mail_order(), value: placed.number.to_string() }],
        goods_title: t.order_goods(),
        goods: Vec::new(),
        amounts: Vec::new(),
        action: Some(Action { words: t.order_mail_see(), url }),
        follow: None,
        why: t.order_mail_why(),
        needs_sign_in: true,
        unsubscribe: context.unsubscribe.clone(),
    };
    let minute = |at: DateTime<Utc>| clock::minute(at, context.zone);
    match (mail.kind, thing) {
        (MailKind::Placed, _) => placed_words(&mut email, order, &minute),
        (MailKind::PayReminder, _) => {
            email.title = t.order_mail_reminder_title(placed.expires_at.map(minute).unwrap_or_default());
            email.paragraphs.push(t.order_mail_reminder(placed.total_amount));
            email.set_action(t.order_mail_pay_now());
            email.list_goods(order);
        }
        (MailKind::Expired, _) => {
            email.set_title(t.order_mail_expired_title()).push(t.order_mail_expired().to_owned());
            if !order.is_by_staff {
                email.set_action(t.order_mail_refill());
            }
            email.list_goods(order);
        }
        (MailKind::Paid, _) => {
            let words = t.order_mail_paid(placed.paid_amount, placed.pay_method.name(&t));
            email.set_title(t.order_mail_paid_title()).push(words);
            email.list_all(order);
        }
        (MailKind::Revived, _) => {
            email.set_title(t.order_mail_revived_title()).push(t.order_mail_revived(placed.paid_amount));
            email.list_all(order);
        }
        (MailKind::ParcelSent, Thing::Parcel(parcel)) => parcel_words(&mut email, parcel),
        (MailKind::Canceled, _) => canceled_words(&mut email, order),
        (MailKind::RefundDone, Thing::Refund(refund)) => refund_words(&mut email, placed.pay_method, refund),
        (MailKind::PaidLate, Thing::Payment(amount)) => {
            email.set_title(t.order_mail_late_title()).push(t.order_mail_late(amount));
        }
        (MailKind::PaidTwice, Thing::Payment(amount)) => {
            email.set_title(t.order_mail_twice_title()).push(t.order_mail_twice(amount));
        }
        (MailKind::DeliverySoon, _) => {
            let days = TimeDelta::days(context.settings.received_after_days.into());
            let day = placed.sent_at.map(|at| clock::day(at + days, context.zone)).unwrap_or_default();
            email.set_title(t.order_mail_soon_title()).push(t.order_mail_soon(day));
            email.list_goods(order);
        }
        (MailKind::ReviewAsked, _) => {
            email.set_title(t.review_mail_title()).push(t.review_mail_words().to_owned());
            let url = format!("{}orders/{}/reviews", context.public_url, placed.number);
            email.action = Some(Action { words: t.review_write(), url });
            for line in &order.view.goods {
                let name = with_options(&line.name, &line.options);
                email.goods.push(GoodsLine { name, count: line.count, amount: None });
            }
        }
        (kind, Thing::Return(asked)) => return_words(&mut email, kind, asked),
        (kind, Thing::Fapiao(fapiao)) => fapiao_words(&mut email, kind, (fapiao, placed.left())),
        (kind, _) => return Err(format!("nothing is known of what \"{}\" is about", kind.code())),
    }
    let subject = t.order_mail_subject(&email.title, &placed.number);
    let address = if let Thing::Fapiao(fapiao) = thing { &fapiao.email } else { &order.email };
    email.message(address, subject, format!("order.{}", mail.id))
}

impl OrderEmail<'_> {
    /// Sets the title, and returns the paragraphs so that the caller can add to them.
    fn set_title(&mut self, title: &str) -> &mut Vec<String> {
        title.clone_into(&mut self.title);
        &mut self.paragraphs
    }

    fn set_action(&mut self, words: &'static str) {
        if let Some(action) = &mut self.action {
            action.words = words;
        }
    }

    fn list_goods(&mut self, order: &MailedOrder) {
        for line in &order.view.goods {
            let name = with_options(&line.name, &line.options);
            self.goods.push(GoodsLine { name, count: line.count, amount: Some(line.amount()) });
        }
        let (t, placed) = (self.t, &order.view.order);
        let freight = if placed.freight.is_zero() { t.free_freight().to_owned() } else { placed.freight.to_string() };
        self.amounts.push(Fact { name: t.freight(), value: freight });
        if !placed.discount.is_zero() {
            self.amounts.push(Fact { name: t.order_discount(), value: format!("−{}", placed.discount) });
        }
        self.amounts.push(Fact { name: t.total(), value: placed.total_amount.to_string() });
    }

    /// Adds the ordered goods and the delivery address to the email.
    fn list_all(&mut self, order: &MailedOrder) {
        self.list_goods(order);
        let (t, placed) = (self.t, &order.view.order);
        self.facts.push(Fact { name: t.order_mail_address(), value: address(placed, t) });
        if !placed.note.is_empty() {
            self.facts.push(Fact { name: t.order_mail_note(), value: one_line(&placed.note) });
        }
    }

    fn list_some(&mut self, title: &'static str, goods: &[MailedGoods]) {
        self.goods_title = title;
        for line in goods {
            self.goods.push(GoodsLine {
                name: with_options(&line.name, &line.options),
                count: line.count,
                amount: None,
            });
        }
    }
}

fn address(order: &Order, t: Messages) -> String {
    let phone = t.phone(&order.phone);
    let parts = [&order.recipient, &phone, &order.region, &order.street, &order.postcode];
    let parts = parts.into_iter().filter(|part| !part.is_empty()).map(|part| one_line(part));
    parts.collect::<Vec<_>>().join(", ")
}

/// Returns a product's name and option values on one line, in Unicode isolates, so that right-to-left text does not
/// reorder the line.
fn with_options(name: &str, options: &str) -> String {
    let options = if options.is_empty() { String::new() } else { format!(", {options}") };
    text::isolated(&one_line(&format!("{name}{options}")))
}

/// Replaces line breaks by spaces, so that a typed text cannot look like a line of the email.
pub(super) fn one_line(typed: &str) -> String {
    typed.split_whitespace().collect::<Vec<_>>().join(" ")
}
