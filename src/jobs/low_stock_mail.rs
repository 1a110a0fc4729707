//! Low-stock emails: each morning a job is enqueued for each subscriber, and a worker of any process performs it.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::low_stock_email::{LowStock, email};
use crate::{
    accounts::{self, Role, User},
    config::{Config, Mail},
    kernel::{Language, UserId},
    messages::Messages,
    platform::{
        clock,
        db::{self, Connection, Db, DbError},
        mail::{Mailer, SendError},
        outbox::{self, Job},
        redis::Redis,
    },
    stock::{self, LOW_STOCK_MAIL, StockSearch},
    store::SettingsCache,
    web::Fields,
};

/// The hour in the shop's time zone from which emails are sent.
const SEND_FROM_HOUR: u32 = 8;
/// Maximum number of SKUs listed in an email.
const MAX_LINES: i64 = 30;
/// How long a process may take to send an email. After that, an email whose outcome it has not recorded counts as
/// lost.
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
        Ok(outbox::enqueue(conn, LOW_STOCK_MAIL, payloads, now)?.len())
    })
}

/// The handler of jobs of the kind [`LOW_STOCK_MAIL`].
#[derive(Clone)]
pub struct EmailJob {
    db: Db,
    mailer: Option<Mailer>,
    settings: SettingsCache,
    public_url: Url,
    zone: FixedOffset,
}

/// What to do with a job, by the state of its email.
enum NextStep {
    Send(Box<User>, Language, LowStock),
    /// Fail, so that the job is retried: another process is sending the email.
    Retry,
    /// Nothing: the email was sent, may have been sent, or is not wanted any more.
    Finish,
}

impl EmailJob {
    /// Makes the handler, with the configured mail server or mailbox, if any.
    ///
    /// # Errors
    /// `SMTP_URL` names no host.
    pub fn open(db: Db, redis: Redis, config: &Config, settings: SettingsCache) -> Result<Self, String> {
        let mailer = match &config.mail {
            Mail::Server { url, from } => Some(Mailer::smtp(url, from.clone())?),
            Mail::Mailbox { from } => Some(Mailer::to_mailbox(redis, from.clone())),
            Mail::None => None,
        };
        Ok(Self { db, mailer, settings, public_url: config.public_url.clone(), zone: config.zone })
    }

    /// Returns whether a mail server or a mailbox is configured.
    pub fn can_send(&self) -> bool {
        self.mailer.is_some()
    }

    /// Sends the email of a job at most once: the attempt is recorded before the text is sent, and an email that may
    /// have been delivered is not sent again.
    ///
    /// # Errors
    /// The email was not sent; the job may be retried.
    pub async fn perform(&self, job: Job) -> Result<(), String> {
        let LowStockMailPayload { user, day } =
            serde_json::from_value(job.payload).map_err(|error| error.to_string())?;
        let day: NaiveDate = day.parse().map_err(|error| format!("{day}: {error}"))?;
        let (user, zone) = (UserId(user), self.zone);
        let next = self.db.run(move |conn| next_step(conn, user, day, zone)).await;
        let (person, language, low_stock) = match next.map_err(|error| error.to_string())? {
            NextStep::Send(person, language, low_stock) => (person, language, low_stock),
            NextStep::Retry => return Err("another process is sending it".to_owned()),
            NextStep::Finish => return Ok(()),
        };
        let (mailer, settings) = (self.mailer.as_ref().ok_or("SMTP_URL is not set")?, self.settings.get());
        let mailer = mailer.sent_by(settings.sender_name(language), &settings.mail_address)?;
        let prepared = mailer.begin(&email(&person, &low_stock, day, &self.public_url, Messages(language))?).await?;
        let claim =
            self.db.run(move |conn| Ok::<_, DbError>(stock::begin_low_stock_mail(conn, user, day, clock::now())?));
        if !claim.await.map_err(|error| error.to_string())? {
            return Err("another process is sending it".to_owned());
        }
        let (sent_at, result) = match prepared.send().await {
            Ok(()) => (Some(clock::now()), Ok(())),
            Err(SendError::Refused(reason)) => (None, Err(reason)),
            Err(SendError::Unknown(reason)) => {
                tracing::warn!(%user, %day, reason, "nobody knows whether a mail has arrived; it is not sent again");
                return Ok(());
            }
        };
        let ended =
            self.db.run(move |conn| Ok::<_, DbError>(stock::finish_low_stock_mail(conn, user, day, sent_at)?)).await;
        ended.map_err(|error| error.to_string()).and(result)
    }
}

fn next_step(conn: &mut Connection, user: UserId, day: NaiveDate, zone: FixedOffset) -> Result<NextStep, DbError> {
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
    Ok(NextStep::Send(Box::new(person), language, LowStock { lines, count }))
}
