//! Makes the text of the daily email about SKUs with low stock.

use askama::Template;
use chrono::NaiveDate;
use url::Url;

use crate::{
    accounts::User,
    kernel::{text, thousands},
    messages::Messages,
    platform::mail::EmailMessage,
    stock::StockLine,
    web::filters,
};

/// The SKUs with low stock that an email lists.
pub(super) struct LowStock {
    /// The first of the SKUs that are low or sold out.
    pub(super) lines: Vec<StockLine>,
    /// The number of all SKUs that are low or sold out.
    pub(super) count: i64,
}

#[derive(Template)]
#[template(path = "mail/low-stock.txt")]
struct PlainPart<'a> {
    content: &'a Content<'a>,
}

#[derive(Template)]
#[template(path = "mail/low-stock.html")]
struct HtmlPart<'a> {
    content: &'a Content<'a>,
}

struct Content<'a> {
    t: Messages,
    name: &'a str,
    title: String,
    low_stock: &'a LowStock,
    public_url: &'a Url,
}

/// Returns the low-stock email of `day` for a member of staff, with links below `public_url`. Fails if a template
/// cannot be rendered.
pub(super) fn email(
    user: &User,
    low_stock: &LowStock,
    day: NaiveDate,
    (public_url, unsubscribe): (&Url, String),
    t: Messages,
) -> Result<EmailMessage, String> {
    let title = t.stock_low_many(thousands(&low_stock.count));
    let content = Content { t, name: &user.username, title, low_stock, public_url };
    let rendered = |part: Result<String, askama::Error>| part.map_err(|error| error.to_string());
    Ok(EmailMessage {
        name: user.username.clone(),
        address: user.email.clone(),
        subject: t.low_stock_mail_subject(&content.title, day),
        text: rendered(PlainPart { content: &content }.render())?,
        html: rendered(HtmlPart { content: &content }.render())?,
        unsubscribe: Some(unsubscribe),
        id: format!("low-stock.{}.{day}", user.id),
    })
}

impl Content<'_> {
    fn list_url(&self) -> String {
        format!("{}admin/stock?show=low&sort=stock", self.public_url)
    }

    fn settings_url(&self) -> String {
        format!("{}admin/mail", self.public_url)
    }

    fn sku_url(&self, line: &StockLine) -> String {
        format!("{}admin/stock/{}/movements", self.public_url, line.offer.sku_id)
    }

    /// Returns the product's name and the option values on one line, in Unicode isolates, so that right-to-left text
    /// does not reorder the line.
    fn product(&self, line: &StockLine) -> String {
        let offer = &line.offer;
        let options = if offer.options.is_empty() { String::new() } else { format!(", {}", offer.options) };
        text::isolated(&format!("{}{options}", offer.name))
    }

    fn units_left(&self, line: &StockLine) -> String {
        if line.stock == 0 { self.t.stock_show_out().to_owned() } else { self.t.mail_left(thousands(&line.stock)) }
    }

    /// Returns the sentence that says how many more SKUs are low than the email lists; `None` if it lists all.
    fn more(&self) -> Option<String> {
        let listed = i64::try_from(self.low_stock.lines.len()).unwrap_or(i64::MAX);
        let more = self.low_stock.count.saturating_sub(listed);
        (more > 0).then(|| self.t.mail_more(thousands(&more)))
    }
}
