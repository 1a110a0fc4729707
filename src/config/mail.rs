//! How emails are sent.

use lettre::{Address, message::Mailbox};
use url::Url;

use super::{ConfigError, Env};
use crate::kernel::Email;

#[derive(Clone)]
pub enum Mail {
    /// An SMTP server, set by `SMTP_URL`: `smtps://user:password@host:465`, or `smtp://user:password@host:587` with
    /// STARTTLS (without TLS on loopback). `from` is the sender if the shop's settings contain no sender.
    Server {
        url: Url,
        from: Mailbox,
    },
    /// Emails are not sent: a page of the shop shows them, at `/dev/mailbox`. For a shop that only this machine can
    /// reach.
    Mailbox {
        from: Mailbox,
    },
    None,
}

impl Mail {
    pub(super) fn read(env: &Env<'_>, is_local: bool) -> Result<Self, ConfigError> {
        let from = sender(env)?;
        if env.text("SMTP_URL").is_none() {
            let from = from.or_else(|| "Till <till@localhost>".parse().ok());
            return Ok(from.filter(|_| is_local).map_or(Self::None, |from| Self::Mailbox { from }));
        }
        let url = env.url("SMTP_URL", &["smtp", "smtps"], "smtps://user:password@host:465")?;
        let url = Url::parse(&url).ok().filter(Url::has_host).ok_or_else(|| ConfigError {
            name: "SMTP_URL",
            problem: "no host in it; expected smtps://user:password@host:465".into(),
        })?;
        let from = from.ok_or_else(|| ConfigError {
            name: "MAIL_FROM",
            problem: "not set; with SMTP_URL expected a sender such as Till <till@shop.example>".into(),
        })?;
        Ok(Self::Server { url, from })
    }
}

/// Reads `MAIL_FROM`; `None` if it is not set.
pub(super) fn sender(env: &Env<'_>) -> Result<Option<Mailbox>, ConfigError> {
    let from = env.parse("MAIL_FROM", SENDER, |from| in_ascii(from).is_some())?;
    Ok(from.as_ref().and_then(in_ascii))
}

const SENDER: &str = "a sender such as Till <till@shop.example>";

/// Returns the sender with its domain in Punycode; `None` if the part before the `@` is not ASCII, which few servers
/// accept.
fn in_ascii(from: &Mailbox) -> Option<Mailbox> {
    let address = from.email.to_string();
    let email = match address.parse::<Email>() {
        Ok(email) => email.as_str().parse().ok()?,
        Err(_) => from.email.clone(),
    };
    address_is_ascii(&email).then(|| Mailbox::new(from.name.clone(), email))
}

fn address_is_ascii(address: &Address) -> bool {
    address.user().is_ascii() && address.domain().is_ascii()
}
