//! Mail: by SMTP to a server, or, where the shop is only tried out, into a mailbox that a page shows.
//!
//! Sending has two steps. Until [`Mailer::begin`] is through nothing can have arrived, so it may be tried again; what
//! [`PreparedEmail::send`] loses may have arrived or not. Whoever must not send a mail twice writes down in between that it is on
//! its way.

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

use super::redis::{Redis, is_rubbish};

/// How long the server may take until it wants to hear the text; and then, until it has taken it.
const SMTP_TIMEOUT: Duration = Duration::from_secs(30);
const PATIENCE_FOR_TEXT: Duration = Duration::from_secs(120);

/// How many mails the mailbox holds, and how long it keeps them when none comes.
const MAX_KEPT: isize = 100;
const KEPT_FOR: i64 = 7 * 24 * 3600;
const MAILBOX: &str = "mailbox";

/// A mail to one person. Names and subjects may hold anything: what is no text on one line becomes a space.
#[derive(Clone, Debug)]
pub struct EmailMessage {
    /// What the receiver is called.
    pub name: String,
    /// Their address.
    pub address: String,
    /// What it is about.
    pub subject: String,
    /// The whole of it as plain text.
    pub text: String,
    /// The same as a page.
    pub html: String,
    /// What is the same each time that this mail is sent, and of no other: servers that see it twice may drop the second.
    pub id: String,
}

/// Where mails go.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(Box<Server>),
    Kept(Redis),
}

/// A server that takes mail.
#[derive(Clone)]
struct Server {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
}

/// How what is said to a server is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    /// From the first byte (`smtps`).
    Always,
    /// By STARTTLS, before anything of importance; a server that cannot is told nothing.
    Starttls,
    /// Not at all: the server is on this machine.
    None,
}

impl Server {
    /// `smtps://user:password@host:465`, or `smtp://user:password@host:587`.
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

    /// Says hello, hides what follows from others, and says who we are.
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

/// A user or a password as it stands in an address.
fn decoded(text: &str) -> String {
    let pair = format!("={}", text.replace('+', "%2B"));
    form_urlencoded::parse(pair.as_bytes()).next().map_or_else(String::new, |(_, value)| value.into_owned())
}

impl Mailer {
    /// By SMTP, from this sender.
    ///
    /// # Errors
    /// The address names no server.
    pub fn smtp(url: &Url, from: Mailbox) -> Result<Self, String> {
        Ok(Self { from, way: Way::Smtp(Box::new(Server::of(url)?)) })
    }

    /// Into the mailbox.
    pub fn to_mailbox(redis: Redis, from: Mailbox) -> Self {
        Self { from, way: Way::Kept(redis) }
    }

    /// Goes so far that only the text is left to be sent.
    ///
    /// # Errors
    /// Why not. Nothing has arrived, so it may be tried again.
    pub async fn begin(&self, letter: &EmailMessage) -> Result<PreparedEmail, String> {
        let message = self.message(letter)?;
        let Way::Smtp(server) = &self.way else {
            let Way::Kept(redis) = &self.way else { return Err("no way".to_owned()) };
            return Ok(PreparedEmail::Kept(redis.clone(), Box::new(Kept::of(letter, &message, super::clock::now()))));
        };
        let begun = async {
            let mut connection = server.connect().await?;
            let from = Some(self.from.email.clone());
            connection.command(Mail::new(from, Vec::new())).await.map_err(words)?;
            connection.command(Rcpt::new(address(letter)?, Vec::new())).await.map_err(words)?;
            connection.command(Data).await.map_err(words)?;
            Ok(PreparedEmail::Smtp(Box::new(connection), message.formatted()))
        };
        timeout(SMTP_TIMEOUT, begun).await.unwrap_or_else(|_| Err("the mail server does not answer".to_owned()))
    }

    fn message(&self, letter: &EmailMessage) -> Result<Message, String> {
        let body = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
        let host = self.from.email.domain();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(one_line(&letter.name)), address(letter)?))
            .subject(one_line(&letter.subject))
            .message_id(Some(format!("<{}@{host}>", letter.id)))
            .raw_header(header::HeaderValue::new(
                header::HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(body)
            .map_err(words)
    }
}

/// A mail on its way, of which only the text is missing.
pub enum PreparedEmail {
    /// To a server.
    Smtp(Box<AsyncSmtpConnection>, Vec<u8>),
    /// Into the mailbox.
    Kept(Redis, Box<Kept>),
}

/// How a mail that was handed over did not get through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It was not taken: it may be sent again.
    Refused(String),
    /// Nobody knows: the server has taken the text, or some of it, and has not answered.
    Unknown(String),
}

impl PreparedEmail {
    /// Sends the text.
    ///
    /// # Errors
    /// It was refused, or nobody knows.
    pub async fn send(self) -> Result<(), Lost> {
        match self {
            Self::Smtp(mut server, text) => {
                let answer = timeout(PATIENCE_FOR_TEXT, server.message(&text)).await;
                let answer = answer.map_err(|_| Lost::Unknown("the mail server does not answer".to_owned()))?;
                answer.map_err(|error| {
                    let refused = error.status().is_some();
                    let why = words(error);
                    if refused { Lost::Refused(why) } else { Lost::Unknown(why) }
                })?;
                // It has said that it has it; how it says goodbye does not matter.
                let _ = timeout(SMTP_TIMEOUT, server.quit()).await;
                Ok(())
            }
            Self::Kept(redis, kept) => kept.store(redis).await.map_err(|error| Lost::Refused(words(error))),
        }
    }
}

/// A mail in the mailbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// When it came, in microseconds since 1970.
    at: i64,
    /// From whom, as the mail says it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As a page.
    pub html: String,
}

impl Kept {
    fn of(letter: &EmailMessage, message: &Message, at: DateTime<Utc>) -> Self {
        let said = |name| message.headers().get_raw(name).unwrap_or_default().to_owned();
        Self {
            at: at.timestamp_micros(),
            from: said("From"),
            to: format!("{} <{}>", one_line(&letter.name), letter.address),
            subject: one_line(&letter.subject),
            text: letter.text.clone(),
            html: letter.html.clone(),
        }
    }

    /// When it came.
    pub fn at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.at).unwrap_or_default()
    }

    async fn store(&self, redis: Redis) -> redis::RedisResult<()> {
        let mail = serde_json::to_string(self).unwrap_or_default();
        let mut pipe = redis::pipe();
        pipe.atomic().lpush(MAILBOX, mail).ltrim(MAILBOX, 0, MAX_KEPT - 1).expire(MAILBOX, KEPT_FOR);
        pipe.query_async(&mut redis.clone()).await
    }
}

/// What is in the mailbox, the newest first.
pub async fn mailbox(redis: &Redis) -> redis::RedisResult<Vec<Kept>> {
    match redis.clone().lrange::<_, Vec<String>>(MAILBOX, 0, MAX_KEPT - 1).await {
        Ok(mails) => Ok(mails.iter().filter_map(|mail| serde_json::from_str(mail).ok()).collect()),
        Err(error) if is_rubbish(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn address(letter: &EmailMessage) -> Result<Address, String> {
    letter.address.parse().map_err(|error| format!("the address of {}: {error}", one_line(&letter.name)))
}

/// A header is one line: whatever would begin another one is a space.
fn one_line(text: &str) -> String {
    let line: String =
        text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect();
    line.trim().to_owned()
}

/// An error with what caused it, without what we had said: that may hold a password.
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
        let way = |url: &str| {
            let server = server(url);
            (server.tls, server.port)
        };
        assert_eq!(way("smtps://a:b@mail.example"), (Tls::Always, 465));
        assert_eq!(way("smtp://a:b@mail.example"), (Tls::Starttls, 587));
        assert_eq!(way("smtp://192.0.2.7:2525"), (Tls::Starttls, 2525));
        assert_eq!(way("smtp://localhost"), (Tls::None, 25));
        assert_eq!(way("smtp://[::1]:1025"), (Tls::None, 1025));
        assert_eq!(way("smtps://127.0.0.1"), (Tls::Always, 465));
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
        let letter = EmailMessage {
            name: "Mei\r\nBcc: all@example.com\r\n\r\nHello".into(),
            address: "mei@example.com".into(),
            subject: "3 SKUs\nX-Odd: 1\u{2028}梅".into(),
            text: "one\n.\ntwo".into(),
            html: "<p>one</p>".into(),
            id: "low-stock.1.2026-11-21".into(),
        };
        let message = Mailer::smtp(&url, from()).unwrap().message(&letter).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect();
        assert!(names.iter().all(|line| !line.starts_with("Bcc") && !line.starts_with("X-Odd")), "{head}");
        assert_eq!(message.envelope().to().len(), 1);
        assert!(head.contains("Message-ID: <low-stock.1.2026-11-21@shop.example>"), "{head}");
        for nowhere in ["", "mei", "mei@example.com>\r\nRCPT TO:<all@example.com", "a b@example.com"] {
            let letter = EmailMessage { address: nowhere.into(), ..letter.clone() };
            assert!(Mailer::smtp(&url, from()).unwrap().message(&letter).is_err(), "{nowhere}");
        }
    }
}
