//! The daily emails about SKUs with low stock: each morning a job is enqueued for each subscriber, and a worker of any
//! process performs it.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    email_job::{EmailJob, NextStep},
    low_stock_email::{LowStock, email},
};
use crate::{
    accounts::{self, Role, User},
    kernel::{Language, UserId},
    messages::Messages,
    order_mails::MailList,
    platform::{
        clock,
        db::{self, Connection, DbError},
        outbox::{self, Job},
    },
    stock::{self, LOW_STOCK_MAIL, StockSearch},
    web::Fields,
};

/// The hour in the shop's time zone from which the daily emails are sent.
const SEND_FROM_HOUR: u32 = 8;
/// The maximum number of SKUs listed in an email.
const MAX_LINES: i64 = 30;
/// How long a process may take to send an email. If it has not recorded the outcome by then, it has probably crashed,
/// and the email is not sent again.
const SEND_TIMEOUT: TimeDelta = TimeDelta::minutes(5);

#[derive(Serialize, Deserialize)]
struct LowStockMailPayload {
    user: i64,
    /// The day of the email, such as `2026-11-21`.
    day: String,
}

/// From 8 a.m. in `zone` on, if any SKU is low, enqueues today's email for each subscriber, once a day. Returns how
/// many emails it enqueued. Several processes may call it at once.
pub fn enqueue_low_stock_mails(conn: &mut Connection, now: DateTime<Utc>, zone: FixedOffset) -> Result<usize, DbError> {
    let local_time = now.with_timezone(&zone);
    if local_time.hour() < SEND_FROM_HOUR {
        return Ok(0);
    }
    db::transaction(conn, |conn| {
        let day = local_time.date_naive();
        let readers = stock::schedule_low_stock_mails(conn, day)?;
        let payloads = readers.iter().map(|reader| json!({ "user": reader.0, "day": day.to_string() })).collect();
        Ok(outbox::enqueue_mail(conn, LOW_STOCK_MAIL, payloads, now)?.len())
    })
}

impl EmailJob {
    /// Sends the low-stock email of a job at most once: before the text is sent, it is recorded that this begins, and
    /// an email that may have been delivered is not sent again.
    ///
    /// # Errors
    /// The email was not sent; the job may be retried.
    pub(super) async fn send_low_stock_mail(&self, job: Job) -> Result<(), String> {
        let LowStockMailPayload { user, day } =
            serde_json::from_value(job.payload).map_err(|error| error.to_string())?;
        let day: NaiveDate = day.parse().map_err(|error| format!("{day}: {error}"))?;
        let (user, zone) = (UserId(user), self.zone);
        let loaded = self.load(move |conn| next_step(conn, user, day, zone)).await?;
        let Some((person, language, low_stock)) = loaded else { return Ok(()) };
        let link = self.unsubscribe.link(&self.public_url, user, MailList::LowStock);
        let email = email(&person, &low_stock, day, (&self.public_url, link), Messages(language))?;
        self.send_once(
            language,
            &email,
            move |conn, now| stock::begin_low_stock_mail(conn, user, day, now),
            move |conn, sent_at| stock::finish_low_stock_mail(conn, user, day, sent_at),
        )
        .await
    }
}

fn next_step(
    conn: &mut Connection,
    user: UserId,
    day: NaiveDate,
    zone: FixedOffset,
) -> Result<NextStep<(User, Language, LowStock)>, DbError> {
    let now = clock::now();
    match stock::low_stock_mail(conn, user, day)? {
        None => return Ok(NextStep::Finish),
        Some(mail) if mail.sent_at.is_some() || day != clock::today(zone) => return Ok(NextStep::Finish),
        Some(mail) => match mail.begun_at {
            Some(at) if now - at < SEND_TIMEOUT => return Ok(NextStep::Retry),
            Some(_) => return Ok(NextStep::Finish),
            None => {}
        },
    }
    let person = accounts::user_by_id(conn, user)?;
    let person = person.filter(|person| person.role() >= Role::Staff && person.disabled_at.is_none());
    let (Some(person), Some(language)) = (person, stock::low_stock_mail_language(conn, user)?) else {
        return Ok(NextStep::Finish);
    };
    let search = StockSearch::read(&Fields::of_query_string("show=low&sort=stock"));
    let listed = stock::stock_page(conn, &search, MAX_LINES)?;
    let lines = stock::stock_lines(conn, &listed.skus, language, day)?;
    let count = stock::count_low_or_out(conn)?;
    if lines.is_empty() {
        return Ok(NextStep::Finish);
    }
    Ok(NextStep::Send((person, language, LowStock { lines, count })))
}
