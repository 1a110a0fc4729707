//! Sending it: each morning a promise in the outbox for each who wants it, kept by a worker of any process.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::letter::{Short, letter};
use crate::{
    accounts::{self, Role, User},
    config::{Config, Mail},
    kernel::{Language, UserId},
    messages::Messages,
    platform::{
        clock,
        db::{self, Connection, Db, DbError},
        mail::{Lost, Mailer},
        outbox::{self, Promise},
        redis::Redis,
    },
    stock::{self, StockSearch},
    web::Fields,
};

/// What the outbox calls the promise.
pub const LOW_STOCK_MAIL: &str = "low_stock_mail";
/// From this hour on, in the shop's own time.
const MORNING: u32 = 8;
/// How many SKUs a mail tells of one by one.
const MOST_LINES: i64 = 30;
/// How long a mail that somebody has begun to send may be on its way.
const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(5);

#[derive(Serialize, Deserialize)]
struct Payload {
    user: i64,
    /// As in `2026-11-21`.
    day: String,
}

/// Promises today's mail to those who want one and have none yet, from the morning on and where anything is low; says how
/// many. Many processes may do it at once.
pub fn promise_low_stock_mails(conn: &mut Connection, now: DateTime<Utc>, zone: FixedOffset) -> Result<usize, DbError> {
    let here = now.with_timezone(&zone);
    if here.hour() < MORNING {
        return Ok(0);
    }
    db::transaction(conn, |conn| {
        let day = here.date_naive();
        let readers = stock::schedule_low_stock_mails(conn, day)?;
        let payloads = readers.iter().map(|reader| json!({ "user": reader.0, "day": day.to_string() })).collect();
        Ok(outbox::promise(conn, LOW_STOCK_MAIL, payloads, now)?.len())
    })
}

/// Who sends the mails.
#[derive(Clone)]
pub struct Post {
    db: Db,
    mailer: Option<Mailer>,
    shop: Url,
    zone: FixedOffset,
}

/// What is to be done about a mail.
enum Draft {
    Send(Box<User>, Language, Short),
    /// Somebody else does it just now.
    Wait,
    /// It was sent, or may have been; or it is not wanted, or not needed any more.
    Done,
}

impl Post {
    /// As the settings say.
    ///
    /// # Errors
    /// `SMTP_URL` names no server.
    pub fn open(db: Db, redis: Redis, config: &Config) -> Result<Self, String> {
        let mailer = match &config.mail {
            Mail::Server { url, from } => Some(Mailer::smtp(url, from.clone())?),
            Mail::Mailbox { from } => Some(Mailer::kept(redis, from.clone())),
            Mail::None => None,
        };
        Ok(Self { db, mailer, shop: config.public_url.clone(), zone: config.zone })
    }

    /// Whether there is any way for a mail to go.
    pub fn can_send(&self) -> bool {
        self.mailer.is_some()
    }

    /// Keeps a promise: the mail is sent, at most once.
    ///
    /// # Errors
    /// Why not this time.
    pub async fn keep(&self, promise: Promise) -> Result<(), String> {
        let Payload { user, day } = serde_json::from_value(promise.payload).map_err(|error| error.to_string())?;
        let day: NaiveDate = day.parse().map_err(|error| format!("{day}: {error}"))?;
        let (user, zone) = (UserId(user), self.zone);
        let drafted = self.db.run(move |conn| draft(conn, user, day, zone)).await;
        let (person, language, short) = match drafted.map_err(|error| error.to_string())? {
            Draft::Send(person, language, short) => (person, language, short),
            Draft::Wait => return Err("another process is sending it".to_owned()),
            Draft::Done => return Ok(()),
        };
        let mailer = self.mailer.as_ref().ok_or("SMTP_URL is not set")?;
        let begun = mailer.begin(&letter(&person, &short, day, &self.shop, Messages(language))?).await?;
        let mine =
            self.db.run(move |conn| Ok::<_, DbError>(stock::begin_low_stock_mail(conn, user, day, clock::now())?));
        if !mine.await.map_err(|error| error.to_string())? {
            return Err("another process is sending it".to_owned());
        }
        let (sent_at, refused) = match begun.hand_over().await {
            Ok(()) => (Some(clock::now()), Ok(())),
            Err(Lost::Refused(why)) => (None, Err(why)),
            Err(Lost::Unknown(why)) => {
                tracing::warn!(%user, %day, why, "nobody knows whether a mail has arrived; it is not sent again");
                return Ok(());
            }
        };
        let ended =
            self.db.run(move |conn| Ok::<_, DbError>(stock::finish_low_stock_mail(conn, user, day, sent_at)?)).await;
        ended.map_err(|error| error.to_string()).and(refused)
    }
}

fn draft(conn: &mut Connection, user: UserId, day: NaiveDate, zone: FixedOffset) -> Result<Draft, DbError> {
    let now = clock::now();
    match stock::low_stock_mail(conn, user, day)? {
        None => return Ok(Draft::Done),
        Some(mail) if mail.sent_at.is_some() || day != clock::today(zone) => return Ok(Draft::Done),
        Some(mail) => match mail.begun_at {
            Some(at) if now - at < ON_ITS_WAY => return Ok(Draft::Wait),
            Some(_) => return Ok(Draft::Done),
            None => {}
        },
    }
    let person = accounts::user_by_id(conn, user)?;
    let person = person.filter(|person| person.role() >= Role::Staff && person.disabled_at.is_none());
    let (Some(person), Some(language)) = (person, stock::low_stock_mail_language(conn, user)?) else {
        return Ok(Draft::Done);
    };
    let search = StockSearch::read(&Fields::of_query_string("show=low&sort=stock"));
    let listed = stock::stock_page(conn, &search, MOST_LINES)?;
    let lines = stock::stock_lines(conn, &listed.skus, language, day)?;
    let count = stock::count_low_or_out(conn)?;
    Ok(if lines.is_empty() { Draft::Done } else { Draft::Send(Box::new(person), language, Short { lines, count }) })
}
