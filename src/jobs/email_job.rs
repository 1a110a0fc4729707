//! Sends emails at most once: before the text is sent, it is recorded that this begins, and an email that may have been
//! delivered is not sent again.

use chrono::{DateTime, FixedOffset, Utc};
use diesel::QueryResult;
use url::Url;

use crate::{
    config::{Config, Mail},
    kernel::Language,
    order_mails::{ORDER_MAIL, STAFF_MAIL, UnsubscribeKey},
    payments::PayLinkKey,
    platform::{
        clock,
        db::{Connection, Db, DbError},
        mail::{EmailMessage, Mailer, SendError},
        outbox::Job,
        redis::Redis,
    },
    questions::{GuestKey, QUESTION_MAIL},
    stock::LOW_STOCK_MAIL,
    store::SettingsCache,
};

/// The handler of the jobs that send email.
#[derive(Clone)]
pub struct EmailJob {
    pub(super) db: Db,
    mailer: Option<Mailer>,
    pub(super) settings: SettingsCache,
    pub(super) public_url: Url,
    pub(super) zone: FixedOffset,
    pub(super) unsubscribe: UnsubscribeKey,
    pub(super) guest_key: GuestKey,
    pub(super) pay_links: PayLinkKey,
}

/// The next step of a job, depending on the state of its email. `T` is the data from which the email is written.
pub(super) enum NextStep<T> {
    Send(T),
    /// The job fails, so that it is retried later: another process is sending the email.
    Retry,
    /// The job is done: the email was sent, may have been sent, or is not wanted any more.
    Finish,
}

const ANOTHER_SENDS: &str = "another process is sending it";

impl EmailJob {
    /// Makes the handler. It sends emails to the configured mail server, or stores them for the page `/dev/mailbox`; if
    /// neither is configured, it cannot send ([`EmailJob::can_send`]).
    ///
    /// # Errors
    /// `SMTP_URL` has no host.
    pub fn open(db: Db, redis: Redis, config: &Config, settings: SettingsCache) -> Result<Self, String> {
        let mailer = match &config.mail {
            Mail::Server { url, from } => Some(Mailer::smtp(url, from.clone())?),
            Mail::Mailbox { from } => Some(Mailer::to_mailbox(redis, from.clone())),
            Mail::None => None,
        };
        let master = config.session_key.master();
        let (unsubscribe, guest_key) = (UnsubscribeKey::of(master), GuestKey::of(master));
        let pay_links = PayLinkKey::of(master);
        let (public_url, zone) = (config.public_url.clone(), config.zone);
        Ok(Self { db, mailer, settings, public_url, zone, unsubscribe, guest_key, pay_links })
    }

    /// Returns whether a mail server or a mailbox is configured.
    pub fn can_send(&self) -> bool {
        self.mailer.is_some()
    }

    /// Sends the email of a job at most once, or decides that it is not to be sent.
    ///
    /// # Errors
    /// The email was not sent; the job may be retried.
    pub async fn perform(&self, job: Job) -> Result<(), String> {
        match job.kind.as_str() {
            LOW_STOCK_MAIL => self.send_low_stock_mail(job).await,
            ORDER_MAIL => self.send_order_mail(job).await,
            STAFF_MAIL => self.send_staff_mail(job).await,
            QUESTION_MAIL => self.send_question_mail(job).await,
            kind => Err(format!("\"{kind}\" is no email")),
        }
    }

    /// Loads the data from which the email of a job is written, by calling `next_step`; `None` if the job is done
    /// without sending an email.
    ///
    /// # Errors
    /// Another process is sending the email, or the database has failed; the job may be retried.
    pub(super) async fn load<T: Send + 'static>(
        &self,
        next_step: impl FnOnce(&mut Connection) -> Result<NextStep<T>, DbError> + Send + 'static,
    ) -> Result<Option<T>, String> {
        match self.db.run(next_step).await.map_err(|error| error.to_string())? {
            NextStep::Send(loaded) => Ok(Some(loaded)),
            NextStep::Retry => Err(ANOTHER_SENDS.to_owned()),
            NextStep::Finish => Ok(None),
        }
    }

    /// Sends an email in this language. `begin` records that the text is about to be sent, and returns false if another
    /// process has recorded that before. `finish` records when the server accepted the email or, with `None`, that the
    /// server refused the email.
    ///
    /// # Errors
    /// The email was not sent; the job may be retried.
    pub(super) async fn send_once(
        &self,
        language: Language,
        email: &EmailMessage,
        begin: impl FnOnce(&mut Connection, DateTime<Utc>) -> QueryResult<bool> + Send + 'static,
        finish: impl FnOnce(&mut Connection, Option<DateTime<Utc>>) -> QueryResult<()> + Send + 'static,
    ) -> Result<(), String> {
        let (mailer, settings) = (self.mailer.as_ref().ok_or("SMTP_URL is not set")?, self.settings.get());
        let mailer = mailer.sent_by(settings.sender_name(language), &settings.mail_address)?;
        let prepared = mailer.begin(email).await?;
        let claim = self.db.run(move |conn| Ok::<_, DbError>(begin(conn, clock::now())?));
        if !claim.await.map_err(|error| error.to_string())? {
            return Err(ANOTHER_SENDS.to_owned());
        }
        let (sent_at, result) = match prepared.send().await {
            Ok(()) => (Some(clock::now()), Ok(())),
            Err(SendError::Refused(reason)) => (None, Err(reason)),
            Err(SendError::Unknown(reason)) => {
                tracing::warn!(id = email.id, reason, "nobody knows whether a mail has arrived; it is not sent again");
                return Ok(());
            }
        };
        let ended = self.db.run(move |conn| Ok::<_, DbError>(finish(conn, sent_at)?)).await;
        ended.map_err(|error| error.to_string()).and(result)
    }
}
