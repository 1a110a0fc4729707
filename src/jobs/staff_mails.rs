//! Sends emails about orders to members of staff who want them.

use serde_json::Value;

use super::{
    email_job::{EmailJob, NextStep},
    order_email::{Action, Fact, GoodsLine, OrderEmail, one_line},
    order_mails::MailPayload,
};
use crate::{
    accounts::{self, Role, User},
    kernel::Language,
    messages::Messages,
    order_mails::{
        self, MailList, MailReason, NewOrderLine, SEND_TIMEOUT, ShopperCancellation, StaffMail, StaffMailKind,
        StuckRefund,
    },
    payments::OUT_OF_STOCK,
    platform::{
        clock,
        db::{Connection, DbError},
        outbox::Job,
    },
    questions::{self, WaitingQuestion},
    store::Settings,
};

/// The maximum number of orders that an email lists.
const MAX_LINES: i64 = 30;

/// What an email to staff is about.
enum News {
    Orders(Vec<NewOrderLine>, i64),
    Return(String),
    Payment { number: String, why: String },
    Cancellation(ShopperCancellation),
    Refund(StuckRefund),
    Question(WaitingQuestion),
}

struct Ready {
    mail: StaffMail,
    user: User,
    language: Language,
    news: News,
}

impl EmailJob {
    pub(super) async fn send_staff_mail(&self, job: Job) -> Result<(), String> {
        let MailPayload { mail: id } = serde_json::from_value(job.payload).map_err(|error| error.to_string())?;
        let Some(ready) = self.load(move |conn| next_step(conn, id)).await? else { return Ok(()) };
        let settings = self.settings.get();
        let email = self.staff_email(&ready, &settings);
        let message = email.message(&ready.user.email, email.title.clone(), format!("staff.{id}"))?;
        self.send_once(
            ready.language,
            &message,
            move |conn, now| order_mails::begin_staff_mail(conn, id, now),
            move |conn, sent_at| order_mails::finish_staff_mail(conn, id, sent_at),
        )
        .await
    }

    // Long: a case for each kind of email.
    fn staff_email<'a>(&self, ready: &Ready, settings: &'a Settings) -> OrderEmail<'a> {
        let t = Messages(ready.language);
        let link = |path: &str| format!("{}admin/{path}", self.public_url);
        let mut email = OrderEmail {
            t,
            settings,
            name: one_line(&ready.user.username),
            title: String::new(),
            paragraphs: Vec::new(),
            facts: Vec::new(),
            goods_title: "",
            goods: Vec::new(),
            amounts: Vec::new(),
            action: None,
            follow: None,
            why: t.staff_mail_why(),
            needs_sign_in: false,
            unsubscribe: Some(self.unsubscribe.link(&self.public_url, ready.user.id, MailList::from(ready.mail.kind))),
        };
        match &ready.news {
            News::Orders(lines, count) => {
                email.title = t.staff_mail_new_orders_title(count);
                email.goods_title = t.staff_mails();
                for line in lines {
                    let name = t.staff_mail_new_order(&line.number, line.pay_method.name(&t));
                    email.goods.push(GoodsLine { name, count: line.total_count, amount: Some(line.total_amount) });
                }
                let listed = i64::try_from(lines.len()).unwrap_or(i64::MAX);
                if *count > listed {
                    email.amounts.push(Fact { name: t.staff_mail_more(), value: (count - listed).to_string() });
                }
                email.action = Some(Action { words: t.staff_mail_see_all(), url: link("orders?show=unsent") });
            }
            News::Return(number) => {
                email.title = t.staff_mail_return_title().to_owned();
                email.facts.push(Fact { name: t.order_mail_order(), value: number.clone() });
                email.action = Some(Action { words: t.staff_mail_see(), url: link(&format!("orders/{number}")) });
            }
            News::Payment { number, why } => {
                email.title = t.staff_mail_strange_title().to_owned();
                let why = if why == OUT_OF_STOCK { t.staff_mail_out_of_stock() } else { why };
                email.paragraphs.push(t.staff_mail_strange(why));
                email.facts.push(Fact { name: t.order_mail_order(), value: number.clone() });
                let url = link(&format!("payments/{}", ready.mail.thing));
                email.action = Some(Action { words: t.staff_mail_see(), url });
            }
            News::Cancellation(cancellation) => {
                let (title, words) = match cancellation.canceled_at {
                    Some(_) => (t.staff_mail_canceled_title(), t.staff_mail_canceled()),
                    None => (t.staff_mail_cancellation_asked_title(), t.staff_mail_cancellation_asked()),
                };
                email.title = title.to_owned();
                email.paragraphs.push(words.to_owned());
                email.facts.push(Fact { name: t.order_mail_order(), value: cancellation.order.to_string() });
                let reason = cancellation.details.get("reason").and_then(Value::as_str).map(one_line);
                if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
                    email.facts.push(Fact { name: t.staff_mail_cancellation_reason(), value: reason });
                }
                let url = link(&format!("orders/{}", cancellation.order));
                email.action = Some(Action { words: t.staff_mail_see(), url });
            }
            News::Refund(refund) => {
                let is_refused = refund.is_refused;
                let title =
                    if is_refused { t.staff_mail_refund_refused_title() } else { t.staff_mail_refund_stuck_title() };
                email.title = title.to_owned();
                email.facts.push(Fact { name: t.order_mail_order(), value: refund.order.to_string() });
                email.facts.push(Fact { name: t.staff_mail_refund_amount(), value: refund.amount.to_string() });
                if let Some(why) = &refund.why {
                    email.paragraphs.push(t.staff_mail_strange(one_line(why)));
                }
                let url = link(&format!("payments/{}", refund.payment));
                email.action = Some(Action { words: t.staff_mail_see(), url });
            }
            News::Question(question) => {
                email.title = t.staff_mail_question_title().to_owned();
                if let Some(order) = &question.order {
                    email.facts.push(Fact { name: t.order_mail_order(), value: order.to_string() });
                }
                email.facts.push(Fact { name: t.admin_question_first(), value: one_line(&question.words) });
                let url = link(&format!("questions/{}", question.id));
                email.action = Some(Action { words: t.staff_mail_see(), url });
            }
        }
        email
    }
}

fn next_step(conn: &mut Connection, id: i64) -> Result<NextStep<Ready>, DbError> {
    let now = clock::now();
    let Some(mail) = order_mails::staff_mail(conn, id)? else { return Ok(NextStep::Finish) };
    if mail.sent_at.is_some() || mail.skipped.is_some() {
        return Ok(NextStep::Finish);
    }
    match mail.begun_at {
        Some(at) if now - at < SEND_TIMEOUT => return Ok(NextStep::Retry),
        Some(_) => return Ok(NextStep::Finish),
        None => {}
    }
    let user = accounts::user_by_id(conn, mail.user_id)?;
    let user = user.filter(|user| user.role() >= Role::Staff && user.disabled_at.is_none());
    let wanted = order_mails::staff_mail_languages(conn, mail.user_id)?;
    let language = wanted.iter().find(|(kind, _)| *kind == mail.kind).map(|(_, language)| *language);
    let is_outdated = order_mails::is_outdated(mail.promised_at, now);
    let news = if is_outdated { None } else { news(conn, &mail)? };
    let (Some(user), Some(language), Some(news)) = (user, language, news) else {
        order_mails::skip_staff_mail(conn, id, MailReason::Outdated)?;
        return Ok(NextStep::Finish);
    };
    if user.email.is_empty() {
        order_mails::skip_staff_mail(conn, id, MailReason::NoAddress)?;
        return Ok(NextStep::Finish);
    }
    Ok(NextStep::Send(Ready { mail, user, language, news }))
}

/// Loads what an email to staff is about; `None` if staff have nothing to do about it any more.
fn news(conn: &mut Connection, mail: &StaffMail) -> Result<Option<News>, DbError> {
    Ok(match (mail.kind, mail.told_from, mail.told_until) {
        (StaffMailKind::NewOrders, Some(from), Some(until)) => {
            let (lines, count) = order_mails::new_orders(conn, (from, until), MAX_LINES)?;
            (count > 0).then_some(News::Orders(lines, count))
        }
        (StaffMailKind::NewOrders, ..) => None,
        (StaffMailKind::ReturnAsked, ..) => {
            order_mails::number_of_return(conn, mail.thing)?.map(|number| News::Return(number.to_string()))
        }
        (StaffMailKind::StrangePayment, ..) => order_mails::strange_payment(conn, mail.thing)?
            .map(|(number, why)| News::Payment { number: number.to_string(), why }),
        (StaffMailKind::Cancellation, ..) => {
            order_mails::shopper_cancellation(conn, mail.thing)?.map(News::Cancellation)
        }
        (StaffMailKind::RefundStuck, ..) => order_mails::stuck_refund(conn, mail.thing)?.map(News::Refund),
        (StaffMailKind::Question, ..) => questions::waiting_question(conn, mail.thing)?.map(News::Question),
    })
}
