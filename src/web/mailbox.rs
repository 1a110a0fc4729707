//! `/dev/mailbox`: the mails of a shop that is only tried out. Anywhere else there is no such page.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use chrono::FixedOffset;

use super::{Page, PageError, html, html_of};
use crate::{
    config::{Config, Mail},
    platform::{
        clock,
        mail::{self, Kept},
        redis::Redis,
    },
};

#[derive(Template)]
#[template(path = "mailbox.html")]
struct MailboxPage {
    page: Page,
    mails: Vec<Kept>,
    zone: FixedOffset,
}

/// `GET /dev/mailbox`
///
/// # Errors
/// Mails go elsewhere, so there is no such page; or Redis is away.
pub async fn mailbox(page: Page, redis: Data<Redis>, config: Data<Config>) -> Result<HttpResponse, PageError> {
    let mails = mails(&redis, &config).await?;
    html(&MailboxPage { page, mails, zone: config.zone })
}

/// `GET /dev/mailbox/{place}`: one of them as mail programs show it; the newest is 0.
///
/// # Errors
/// As above, or there is none.
pub async fn mail_in_mailbox(
    place: Path<usize>,
    redis: Data<Redis>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let mails = mails(&redis, &config).await?;
    let mail = mails.into_iter().nth(place.into_inner()).ok_or(PageError::NotFound)?;
    Ok(html_of(mail.html))
}

async fn mails(redis: &Redis, config: &Config) -> Result<Vec<Kept>, PageError> {
    match config.mail {
        Mail::Mailbox { .. } => Ok(mail::mailbox(redis).await?),
        Mail::Server { .. } | Mail::None => Err(PageError::NotFound),
    }
}

impl MailboxPage {
    fn minute(&self, mail: &Kept) -> String {
        clock::minute(mail.at(), self.zone)
    }
}

/// A part of a plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a>(&'a str);

impl<'a> Part<'a> {
    /// Whether it is an address of a page.
    pub fn is_link(&self) -> bool {
        self.0.starts_with("http://") || self.0.starts_with("https://")
    }

    /// It itself.
    pub fn text(&self) -> &'a str {
        self.0
    }
}

/// A plain text in parts, each of them an address of a page or none.
pub fn links(text: &str) -> Vec<Part<'_>> {
    text.split_inclusive(char::is_whitespace)
        .flat_map(|word| {
            let (said, space) = word.split_at(word.trim_end().len());
            [Part(said), Part(space)]
        })
        .collect()
}
