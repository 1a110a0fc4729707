//! What the mail says.

use askama::Template;
use chrono::NaiveDate;
use url::Url;

use crate::{accounts::User, kernel::text, messages::Messages, platform::mail::Letter, stock::StockLine, web::grouped};

/// What it tells of.
pub(super) struct Short {
    /// The first of the SKUs that are low or sold out.
    pub(super) lines: Vec<StockLine>,
    /// How many there are in all.
    pub(super) count: i64,
}

#[derive(Template)]
#[template(path = "mail/low-stock.txt")]
struct PlainPage<'a> {
    said: &'a Said<'a>,
}

#[derive(Template)]
#[template(path = "mail/low-stock.html")]
struct HtmlPage<'a> {
    said: &'a Said<'a>,
}

/// What both say.
struct Said<'a> {
    t: Messages,
    name: &'a str,
    title: String,
    short: &'a Short,
    shop: &'a Url,
}

/// The mail of a day to somebody, with addresses under `shop`.
pub(super) fn letter(person: &User, short: &Short, day: NaiveDate, shop: &Url, t: Messages) -> Result<Letter, String> {
    let title = t.stock_low_many(grouped(&short.count));
    let said = Said { t, name: &person.username, title, short, shop };
    let rendered = |page: Result<String, askama::Error>| page.map_err(|error| error.to_string());
    Ok(Letter {
        name: person.username.clone(),
        address: person.email.clone(),
        subject: t.low_stock_mail_subject(&said.title, day),
        text: rendered(PlainPage { said: &said }.render())?,
        html: rendered(HtmlPage { said: &said }.render())?,
        id: format!("low-stock.{}.{day}", person.id),
    })
}

impl Said<'_> {
    fn list(&self) -> String {
        format!("{}admin/stock?show=low&sort=stock", self.shop)
    }

    fn settings(&self) -> String {
        format!("{}admin/mail", self.shop)
    }

    fn address(&self, line: &StockLine) -> String {
        format!("{}admin/stock/{}/movements", self.shop, line.offer.sku_id)
    }

    /// On one line, whatever it holds.
    fn goods(&self, line: &StockLine) -> String {
        let offer = &line.offer;
        let options = if offer.options.is_empty() { String::new() } else { format!(", {}", offer.options) };
        text::isolated(&format!("{}{options}", offer.name))
    }

    fn left(&self, line: &StockLine) -> String {
        if line.stock == 0 { self.t.stock_show_out().to_owned() } else { self.t.mail_left(grouped(&line.stock)) }
    }

    /// How many are not told of one by one.
    fn more(&self) -> Option<String> {
        let told = i64::try_from(self.short.lines.len()).unwrap_or(i64::MAX);
        let more = self.short.count.saturating_sub(told);
        (more > 0).then(|| self.t.mail_more(grouped(&more)))
    }
}
