//! Emails about orders: stored as they become due, and sent to shoppers one by one.

use chrono::Utc;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

use super::{
    email_job::{EmailJob, NextStep},
    order_email::{MailContext, Thing, email},
    repeat,
};
use crate::{
    order_mails::{self, MailKind, MailList, MailReason, MailedOrder, OrderMail},
    orders::Status,
    payments,
    platform::{
        clock,
        db::{self, Connection, Db, DbError},
        outbox::Job,
    },
    questions,
    store::SettingsCache,
};

/// How often events and orders are checked for emails that are due.
const INTERVAL: Duration = Duration::from_secs(2);
/// How often received orders are looked at, to ask for reviews.
const REVIEW_INTERVAL: Duration = Duration::from_secs(60);

#[derive(Serialize, Deserialize)]
pub(super) struct MailPayload {
    pub(super) mail: i64,
}

/// Stores the emails that are due, with the jobs that send them, until the runtime ends. If `can_send` is false, it
/// stores none and marks the events as done.
pub(super) async fn schedule_mails(db: &Db, settings: &SettingsCache, can_send: bool) {
    loop {
        let days = settings.get().received_after_days;
        // Even if there is more to do: faster than they are sent, emails need not be written.
        if let Err(error) = db.run(move |conn| schedule_mails_once(conn, days, can_send)).await {
            tracing::warn!(%error, "emails about orders could not be written");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Writes the emails that ask for reviews until the runtime ends.
pub(super) async fn schedule_review_mails(db: &Db, settings: &SettingsCache) {
    repeat(REVIEW_INTERVAL, "emails that ask for reviews could not be written", || async {
        let days = settings.get().review_mail_days;
        Ok(db.run(move |conn| schedule_review_mails_once(conn, days)).await? > 0)
    })
    .await;
}

/// Stores the emails about orders and questions that are due now, to shoppers and to staff, with the jobs that send
/// them. Returns how many events, messages and emails it handled. Several processes may call it at once.
pub fn schedule_mails_once(conn: &mut Connection, received_after_days: i32, can_send: bool) -> Result<usize, DbError> {
    let now = clock::now();
    let mut done = db::transaction(conn, |conn| Ok::<_, DbError>(order_mails::schedule_events(conn, can_send, now)?))?;
    done += db::transaction(conn, |conn| {
        Ok::<_, DbError>(order_mails::schedule_due(conn, received_after_days, can_send, now)?)
    })?;
    done += db::transaction(conn, |conn| Ok::<_, DbError>(questions::schedule_mails(conn, can_send, now)?))?;
    if can_send {
        done += db::transaction(conn, |conn| {
            Ok::<_, DbError>(order_mails::schedule_staff_mails(conn, payments::stuck_before(now), now)?)
        })?;
    }
    Ok(done)
}

/// Writes the emails that ask for reviews of orders received `days` days ago; none if `days` is 0. Returns how many it
/// wrote. Several processes may call it at once.
pub fn schedule_review_mails_once(conn: &mut Connection, days: i32) -> Result<usize, DbError> {
    db::transaction(conn, |conn| Ok::<_, DbError>(order_mails::schedule_review_mails(conn, days, clock::now())?))
}

impl EmailJob {
    pub(super) async fn send_order_mail(&self, job: Job) -> Result<(), String> {
        let MailPayload { mail: id } = serde_json::from_value(job.payload).map_err(|error| error.to_string())?;
        let Some((mail, order, thing)) = self.load(move |conn| next_step(conn, id)).await? else { return Ok(()) };
        let settings: Arc<_> = self.settings.get();
        let unsubscribe = (mail.kind == MailKind::ReviewAsked)
            .then(|| self.unsubscribe.link(&self.public_url, order.user, MailList::ReviewAsked));
        let context = MailContext {
            settings: &settings,
            public_url: &self.public_url,
            pay_links: &self.pay_links,
            zone: self.zone,
            unsubscribe,
        };
        let email = email(&mail, &order, &thing, &context)?;
        self.send_once(
            mail.language,
            &email,
            move |conn, now| order_mails::begin_order_mail(conn, id, now),
            move |conn, sent_at| order_mails::finish_order_mail(conn, id, sent_at),
        )
        .await
    }
}

fn next_step(conn: &mut Connection, id: i64) -> Result<NextStep<(OrderMail, MailedOrder, Thing)>, DbError> {
    let now = clock::now();
    let Some(mail) = order_mails::order_mail(conn, id)?.filter(|mail| !mail.is_over(now)) else {
        return Ok(NextStep::Finish);
    };
    if mail.begun_at.is_some() {
        return Ok(NextStep::Retry);
    }
    let order = order_mails::mailed_order(conn, mail.order_id)?;
    let reason = if order.email.is_empty() && !mail.kind.has_own_address() {
        Some(MailReason::NoAddress)
    } else if order_mails::is_outdated(mail.promised_at, now) || !is_true(conn, &mail, &order, now)? {
        Some(MailReason::Outdated)
    } else {
        None
    };
    let thing = if reason.is_none() { thing(conn, &mail)? } else { None };
    let Some(thing) = thing else {
        order_mails::skip_order_mail(conn, id, reason.unwrap_or(MailReason::Outdated))?;
        return Ok(NextStep::Finish);
    };
    Ok(NextStep::Send((mail, order, thing)))
}

/// Returns whether what an email would say is still true.
fn is_true(
    conn: &mut Connection,
    mail: &OrderMail,
    order: &MailedOrder,
    now: chrono::DateTime<Utc>,
) -> Result<bool, DbError> {
    let placed = &order.view.order;
    Ok(match mail.kind {
        MailKind::Placed if placed.expires_at.is_some() => placed.status == Status::Unpaid,
        MailKind::PayReminder => placed.status == Status::Unpaid && placed.expires_at.is_some_and(|until| until > now),
        MailKind::Placed | MailKind::Revived => placed.status != Status::Canceled,
        // The courier has collected it.
        MailKind::Paid => placed.status != Status::Canceled && placed.expires_at.is_some(),
        MailKind::Expired | MailKind::Canceled => placed.status == Status::Canceled,
        MailKind::DeliverySoon => {
            placed.status == Status::Unreceived && !order_mails::has_open_return(conn, placed.id)?
        }
        MailKind::ReviewAsked => order_mails::is_review_wanted(conn, placed.id)?,
        _ => true,
    })
}

/// Loads the parcel, refund, payment, return or fapiao that the email is about, besides its order. `None` if the email
/// is not to be sent any more, for example because the parcel was recorded by mistake.
fn thing(conn: &mut Connection, mail: &OrderMail) -> Result<Option<Thing>, DbError> {
    let (order, id) = (mail.order_id, mail.thing);
    Ok(match mail.kind {
        MailKind::ParcelSent => order_mails::parcel_of_mail(conn, order, id, mail.language)?.map(Thing::Parcel),
        MailKind::RefundDone => order_mails::refund_of_mail(conn, order, id)?.map(Thing::Refund),
        MailKind::PaidLate | MailKind::PaidTwice => order_mails::payment_of_mail(conn, order, id)?.map(Thing::Payment),
        MailKind::ReturnAsked
        | MailKind::ReturnApproved
        | MailKind::ReturnDeclined
        | MailKind::ReturnArrived
        | MailKind::ReturnClosed => order_mails::return_of_mail(conn, order, id)?.map(Thing::Return),
        MailKind::FapiaoIssued | MailKind::FapiaoRefused | MailKind::FapiaoReversed => {
            order_mails::fapiao_of_mail(conn, order, id)?.map(Thing::Fapiao)
        }
        _ => Some(Thing::Nothing),
    })
}
