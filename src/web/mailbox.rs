//! `/dev/mailbox`: the emails of a shop on localhost, which has no mail server; 404 in any other shop.

use actix_web::{
    http::header::{self, HeaderValue},
    web::{Data, Path},
};
use askama::Template;
use chrono::FixedOffset;

use super::{Page, PageError, PageResult, html, html_of};
use crate::{
    config::{Config, Mail},
    platform::{
        clock,
        mail::{self, MailboxEmail},
        redis::Redis,
    },
};

/// The content security policy of an email: its styles are inline, as mail programs need them, and nothing else runs.
const EMAIL_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "mailbox.html")]
struct MailboxPage {
    page: Page,
    mails: Vec<MailboxEmail>,
    zone: FixedOffset,
}

pub async fn mailbox(page: Page, redis: Data<Redis>, config: Data<Config>) -> PageResult {
    let mails = mails(&redis, &config).await?;
    html(&MailboxPage { page, mails, zone: config.zone })
}

/// `GET /dev/mailbox/{place}`: the HTML of the email at this index; 0 is the newest.
pub async fn mail_in_mailbox(place: Path<usize>, redis: Data<Redis>, config: Data<Config>) -> PageResult {
    let mails = mails(&redis, &config).await?;
    let mail = mails.into_iter().nth(place.into_inner()).ok_or(PageError::NotFound)?;
    let mut response = html_of(mail.html);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(EMAIL_POLICY));
    Ok(response)
}

async fn mails(redis: &Redis, config: &Config) -> Result<Vec<MailboxEmail>, PageError> {
    match config.mail {
        Mail::Mailbox { .. } => Ok(mail::mailbox(redis).await?),
        Mail::Server { .. } | Mail::None => Err(PageError::NotFound),
    }
}

impl MailboxPage {
    fn minute(&self, mail: &MailboxEmail) -> String {
        clock::minute(mail.at(), self.zone)
    }

    fn parts<'a>(&self, mail: &'a MailboxEmail) -> Vec<Part<'a>> {
        links(&mail.text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part<'a>(&'a str);

impl<'a> Part<'a> {
    fn is_link(&self) -> bool {
        self.0.starts_with("http://") || self.0.starts_with("https://")
    }

    fn text(&self) -> &'a str {
        self.0
    }
}

/// Splits a text into words, each with the whitespace after it, and marks those that are URLs.
fn links(text: &str) -> Vec<Part<'_>> {
    text.split_inclusive(char::is_whitespace)
        .flat_map(|word| {
            let (said, space) = word.split_at(word.trim_end().len());
            [Part(said), Part(space)]
        })
        .collect()
}
