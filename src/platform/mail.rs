//! Sends email by SMTP or, in a shop that is only tried out, stores it in a mailbox in Redis that a page shows.
//!
//! Sending has two steps. If [`Mailer::begin`] fails, nothing was delivered and it can be retried. If
//! [`PreparedEmail::send`] fails, the email may have been delivered. To send at most once, store between the two steps
//! that it is being sent.

use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart, header},
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
    },
};
use redis::AsyncCommands;
use serde::{Deserialize, Serialize};
use std::{fmt::Display, net::IpAddr, time::Duration};
use tokio::time::timeout;
use url::Url;

use super::redis::{Redis, is_unreadable_value};

/// The timeout of each SMTP command before the text of the email; the answer to the text may take
/// [`SMTP_DATA_TIMEOUT`].
const SMTP_TIMEOUT: Duration = Duration::from_secs(30);
const SMTP_DATA_TIMEOUT: Duration = Duration::from_secs(120);

/// The maximum number of emails that the mailbox in Redis holds; older ones are dropped.
const MAX_MAILBOX_EMAILS: isize = 100;
const MAILBOX_TTL_SECONDS: i64 = 7 * 24 * 3600;
const MAILBOX: &str = "mailbox";

/// An email to one recipient. Control characters in `name` and `subject` become spaces.
#[derive(Clone, Debug)]
pub struct EmailMessage {
    pub name: String,
    pub address: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The URL at which the recipient unsubscribes with one click (RFC 8058); `None` for an email about an order, from
    /// which nobody can unsubscribe.
    pub unsubscribe: Option<String>,
    /// Becomes the header Message-ID. It is the same for each attempt to send this email, so that servers can drop
    /// duplicates.
    pub id: String,
}

#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    transport: Transport,
}

#[derive(Clone)]
enum Transport {
    Smtp(Box<Server>),
    Mailbox(Redis),
}

#[derive(Clone)]
struct Server {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    /// TLS from the first byte (URL scheme `smtps`).
    Always,
    /// A connection that begins without encryption and must be upgraded by STARTTLS before credentials or mail are
    /// sent.
    Starttls,
    /// No encryption, for a server on this machine.
    None,
}

impl Server {
    /// Parses an SMTP URL: `smtps://user:password@host:465` or `smtp://user:password@host:587`. With `smtp`, STARTTLS
    /// is required unless the host is a loopback address.
    fn of(url: &Url) -> Result<Self, String> {
        let host = url.host_str().ok_or("no host in the address")?.trim_matches(['[', ']']).to_owned();
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let (tls, port) = match url.scheme() {
            "smtps" => (Tls::Always, 465),
            _ if here => (Tls::None, 25),
            _ => (Tls::Starttls, 587),
        };
        let credentials = (!url.username().is_empty())
            .then(|| Credentials::new(decoded(url.username()), decoded(url.password().unwrap_or_default())));
        Ok(Self { host, port: url.port().unwrap_or(port), tls, credentials })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let hello = ClientId::default();
        let tls = TlsParameters::new(self.host.clone()).map_err(words)?;
        let at_once = (self.tls == Tls::Always).then(|| tls.clone());
        let address = (self.host.as_str(), self.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(address, Some(SMTP_TIMEOUT), &hello, at_once, None);
        let mut server = connecting.await.map_err(words)?;
        if self.tls == Tls::Starttls {
            server.starttls(tls, &hello).await.map_err(words)?;
        }
        if let Some(credentials) = &self.credentials {
            server.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await.map_err(words)?;
        }
        Ok(server)
    }
}

/// Decodes the percent-encoding of the user or password in a URL.
fn decoded(text: &str) -> String {
    let pair = format!("={}", text.replace('+', "%2B"));
    form_urlencoded::parse(pair.as_bytes()).next().map_or_else(String::new, |(_, value)| value.into_owned())
}

impl Mailer {
    /// Makes a mailer that sends to the SMTP server of `url`; fails if that URL has no host.
    pub fn smtp(url: &Url, from: Mailbox) -> Result<Self, String> {
        Ok(Self { from, transport: Transport::Smtp(Box::new(Server::of(url)?)) })
    }

    pub fn to_mailbox(redis: Redis, from: Mailbox) -> Self {
        Self { from, transport: Transport::Mailbox(redis) }
    }

    /// Returns this mailer with another sender. If `address` is empty, only the sender's name changes.
    ///
    /// # Errors
    /// `address` is no email address.
    pub fn sent_by(&self, name: &str, address: &str) -> Result<Self, String> {
        let email = match address {
            "" => self.from.email.clone(),
            address => address.parse().map_err(|error| format!("the address of the sender: {error}"))?,
        };
        let name = Some(one_line(name)).filter(|name| !name.is_empty());
        Ok(Self { from: Mailbox::new(name, email), transport: self.transport.clone() })
    }

    /// Connects to the mail server, and sends everything that comes before the text of the email.
    ///
    /// # Errors
    /// The reason; nothing was delivered.
    pub async fn begin(&self, email: &EmailMessage) -> Result<PreparedEmail, String> {
        let message = self.message(email)?;
        let server = match &self.transport {
            Transport::Smtp(server) => server,
            Transport::Mailbox(redis) => {
                let email = MailboxEmail::of(email, &message, super::clock::now());
                return Ok(PreparedEmail::Mailbox(redis.clone(), Box::new(email)));
            }
        };
        let prepared = async {
            let mut connection = server.connect().await?;
            let from = Some(self.from.email.clone());
            connection.command(Mail::new(from, Vec::new())).await.map_err(words)?;
            connection.command(Rcpt::new(address(email)?, Vec::new())).await.map_err(words)?;
            connection.command(Data).await.map_err(words)?;
            Ok(PreparedEmail::Smtp(Box::new(connection), message.formatted()))
        };
        timeout(SMTP_TIMEOUT, prepared).await.unwrap_or_else(|_| Err("the mail server does not answer".to_owned()))
    }

    fn message(&self, email: &EmailMessage) -> Result<Message, String> {
        let body = MultiPart::alternative_plain_html(email.text.clone(), email.html.clone());
        let host = self.from.email.domain();
        let mut message = Message::builder();
        if let Some(link) = &email.unsubscribe {
            message = message
                .raw_header(raw_header("List-Unsubscribe", format!("<{}>", one_line(link))))
                .raw_header(raw_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        message
            .from(self.from.clone())
            .to(Mailbox::new(Some(one_line(&email.name)), address(email)?))
            .subject(one_line(&email.subject))
            .message_id(Some(format!("<{}@{host}>", email.id)))
            .raw_header(raw_header("Auto-Submitted", "auto-generated".to_owned()))
            .multipart(body)
            .map_err(words)
    }
}

pub enum PreparedEmail {
    Smtp(Box<AsyncSmtpConnection>, Vec<u8>),
    Mailbox(Redis, Box<MailboxEmail>),
}

/// Why [`PreparedEmail::send`] failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The server refused the email, so it was not delivered, and may be sent again.
    Refused(String),
    /// The connection failed after a part of the text was sent: the email may have been delivered.
    Unknown(String),
}

impl PreparedEmail {
    /// Sends the text of the email and waits for the server's answer.
    pub async fn send(self) -> Result<(), SendError> {
        match self {
            Self::Smtp(mut server, text) => {
                let answer = timeout(SMTP_DATA_TIMEOUT, server.message(&text)).await;
                let answer = answer.map_err(|_| SendError::Unknown("the mail server does not answer".to_owned()))?;
                answer.map_err(|error| {
                    let refused = error.status().is_some();
                    let why = words(error);
                    if refused { SendError::Refused(why) } else { SendError::Unknown(why) }
                })?;
                // The message is accepted; errors of QUIT do not matter.
                let _ = timeout(SMTP_TIMEOUT, server.quit()).await;
                Ok(())
            }
            Self::Mailbox(redis, email) => email.store(redis).await.map_err(|error| SendError::Refused(words(error))),
        }
    }
}

/// An email that was stored in the mailbox in Redis instead of being sent, in a shop that is only tried out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MailboxEmail {
    /// When the email was stored, in microseconds since 1970 (UTC).
    at: i64,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl MailboxEmail {
    fn of(email: &EmailMessage, message: &Message, at: DateTime<Utc>) -> Self {
        let header_text = |name| message.headers().get_raw(name).unwrap_or_default().to_owned();
        Self {
            at: at.timestamp_micros(),
            from: header_text("From"),
            to: format!("{} <{}>", one_line(&email.name), email.address),
            subject: one_line(&email.subject),
            text: email.text.clone(),
            html: email.html.clone(),
        }
    }

    /// Returns the time at which the email was stored.
    pub fn at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.at).unwrap_or_default()
    }

    async fn store(&self, redis: Redis) -> redis::RedisResult<()> {
        let mail = serde_json::to_string(self).unwrap_or_default();
        let mut pipe = redis::pipe();
        pipe.atomic()
            .lpush(MAILBOX, mail)
            .ltrim(MAILBOX, 0, MAX_MAILBOX_EMAILS - 1)
            .expire(MAILBOX, MAILBOX_TTL_SECONDS);
        pipe.query_async(&mut redis.clone()).await
    }
}

/// Loads the last [`MAX_MAILBOX_EMAILS`] emails of the mailbox in Redis, newest first.
pub async fn mailbox(redis: &Redis) -> redis::RedisResult<Vec<MailboxEmail>> {
    match redis.clone().lrange::<_, Vec<String>>(MAILBOX, 0, MAX_MAILBOX_EMAILS - 1).await {
        Ok(mails) => Ok(mails.iter().filter_map(|mail| serde_json::from_str(mail).ok()).collect()),
        Err(error) if is_unreadable_value(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Deletes all emails of the mailbox in Redis, which stores emails instead of sending them.
pub async fn empty_mailbox(redis: &Redis) -> redis::RedisResult<()> {
    redis.clone().del(MAILBOX).await
}

fn address(email: &EmailMessage) -> Result<Address, String> {
    email.address.parse().map_err(|error| format!("the address of {}: {error}", one_line(&email.name)))
}

fn raw_header(name: &'static str, value: String) -> header::HeaderValue {
    header::HeaderValue::new(header::HeaderName::new_from_ascii_str(name), value)
}

/// Replaces line breaks and control characters by spaces, so that the text cannot add headers to the email.
fn one_line(text: &str) -> String {
    let line: String =
        text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect();
    line.trim().to_owned()
}

/// Returns the message of an error of the library `lettre`, which contains no credentials.
fn words(error: impl Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server::of(&Url::parse(url).unwrap()).unwrap()
    }

    fn from() -> Mailbox {
        "Till <till@shop.example>".parse().unwrap()
    }

    #[test]
    fn nothing_is_said_in_the_clear_but_on_this_machine() {
        let transport = |url: &str| {
            let server = server(url);
            (server.tls, server.port)
        };
        assert_eq!(transport("smtps://a:b@mail.example"), (Tls::Always, 465));
        assert_eq!(transport("smtp://a:b@mail.example"), (Tls::Starttls, 587));
        assert_eq!(transport("smtp://192.0.2.7:2525"), (Tls::Starttls, 2525));
        assert_eq!(transport("smtp://localhost"), (Tls::None, 25));
        assert_eq!(transport("smtp://[::1]:1025"), (Tls::None, 1025));
        assert_eq!(transport("smtps://127.0.0.1"), (Tls::Always, 465));
    }

    #[test]
    fn a_name_and_a_password_are_read_as_an_address_writes_them() {
        let credentials = server("smtp://mei%40shop.example:p%2Fa+s%20s@mail.example").credentials.unwrap();
        assert_eq!(credentials, Credentials::new("mei@shop.example".into(), "p/a+s s".into()));
        assert!(server("smtp://mail.example").credentials.is_none());
    }

    #[test]
    fn whatever_somebody_is_called_a_mail_has_no_header_of_theirs() {
        let url = Url::parse("smtp://localhost").unwrap();
        let email = EmailMessage {
            name: "Mei\r\nBcc: all@example.com\r\n\r\nHello".into(),
            address: "mei@example.com".into(),
            subject: "3 SKUs\nX-Odd: 1\u{2028}梅".into(),
            text: "one\n.\ntwo".into(),
            html: "<p>one</p>".into(),
            unsubscribe: None,
            id: "low-stock.1.2026-11-21".into(),
        };
        let message = Mailer::smtp(&url, from()).unwrap().message(&email).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect();
        assert!(names.iter().all(|line| !line.starts_with("Bcc") && !line.starts_with("X-Odd")), "{head}");
        assert_eq!(message.envelope().to().len(), 1);
        assert!(head.contains("Message-ID: <low-stock.1.2026-11-21@shop.example>"), "{head}");
        for nowhere in ["", "mei", "mei@example.com>\r\nRCPT TO:<all@example.com", "a b@example.com"] {
            let email = EmailMessage { address: nowhere.into(), ..email.clone() };
            assert!(Mailer::smtp(&url, from()).unwrap().message(&email).is_err(), "{nowhere}");
        }
    }
}
