//! `/admin/mail`: staff choose whether they receive the low-stock email.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::{Value, json};

use crate::admin::nav_badges::NavBadges;
use crate::{
    accounts::{Staff, User},
    audit::{self, AuditAction, NewAuditEntry},
    config::{Config, Mail},
    kernel::{Email, Language},
    platform::{
        clock,
        db::{self, Db, DbError},
    },
    stock::{self, LowStockMail},
    web::{self, Fields, Flash, Form, Page, PageError, client_address},
};

const MAIL: &str = "/admin/mail";

#[derive(Template)]
#[template(path = "admin/stock/low-stock-mail.html")]
struct MailPage {
    page: Page,
    badges: NavBadges,
    form: Form,
    address: String,
    wanted: Option<Language>,
    last: Option<LowStockMail>,
    way: Delivery,
    zone: FixedOffset,
}

/// What the shop does with email.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Sent,
    Mailbox,
    Nowhere,
}

/// `GET /admin/mail`
pub async fn low_stock_mail(
    Staff(person): Staff,
    page: Page,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    web::html(&MailPage::load(page, &person, Form::default(), &db, &config).await?)
}

/// `POST /admin/mail`: saves whether the member of staff receives the low-stock email, and in which language.
pub async fn save_low_stock_mail(
    Staff(person): Staff,
    page: Page,
    req: HttpRequest,
    fields: Fields,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, mut form) = (page.t, Form::from(fields));
    let language = Language::from_code(form.value("language"));
    let wanted = if form.ticked("low_stock") { language } else { None };
    if form.ticked("low_stock") && language.is_none() {
        form.fail("language", t.mail_language_wrong());
        return web::unprocessable(&MailPage::load(page.at(MAIL), &person, form, &db, &config).await?);
    }
    let (id, username, ip_address) = (person.id, person.username, client_address(&req));
    db.run(move |conn| {
        db::transaction(conn, |conn| {
            let before = stock::set_low_stock_mail_language(conn, id, wanted)?;
            if before != wanted {
                let entry = NewAuditEntry {
                    staff_id: id,
                    action: AuditAction::WantLowStockMail,
                    target: username.clone(),
                    before: Some(audited_fields(before)),
                    after: Some(audited_fields(wanted)),
                    ip_address: Some(ip_address.clone()),
                };
                audit::record(conn, &entry)?;
            }
            Ok::<_, DbError>(())
        })
    })
    .await?;
    let said = if wanted.is_some() { t.mail_will_come() } else { t.mail_will_not_come() };
    Ok(Flash::success(said).see_other(MAIL, &config))
}

/// Returns the fields for the audit log: the language of the mail, null if it is not wanted.
fn audited_fields(wanted: Option<Language>) -> Value {
    json!({ "mail": wanted.map(Language::name) })
}

impl MailPage {
    async fn load(page: Page, person: &User, form: Form, db: &Db, config: &Config) -> Result<Self, PageError> {
        let id = person.id;
        let (wanted, last) = db
            .run(move |conn| {
                Ok::<_, DbError>((stock::low_stock_mail_language(conn, id)?, stock::last_low_stock_mail(conn, id)?))
            })
            .await?;
        let way = match config.mail {
            Mail::Server { .. } => Delivery::Sent,
            Mail::Mailbox { .. } => Delivery::Mailbox,
            Mail::None => Delivery::Nowhere,
        };
        let badges = NavBadges::load(db).await?;
        let address = Email::shown(&person.email);
        Ok(Self { page, badges, form, address, wanted, last, way, zone: config.zone })
    }

    fn is_ticked(&self) -> bool {
        self.form.ticked("low_stock") || self.wanted.is_some()
    }

    /// Returns the preselected language: that of the mail, or else that of the page.
    fn language(&self) -> Language {
        self.wanted.unwrap_or(self.page.language())
    }

    /// Returns what happened to the last email, in words; `None` if there was none.
    fn last_words(&self) -> Option<String> {
        let t = self.page.t;
        let last = self.last.as_ref()?;
        let minute = |at: DateTime<Utc>| clock::minute(at, self.zone);
        Some(match (last.sent_at, last.begun_at) {
            (Some(at), _) => t.mail_last_sent(minute(at)),
            (None, Some(at)) => t.mail_last_unknown(minute(at)),
            (None, None) => t.mail_last_waiting(last.day),
        })
    }
}
