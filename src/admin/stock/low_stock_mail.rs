//! `/admin/mail`: staff choose which emails they receive: about low stock, and about orders.

use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::{Value, json};

use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
    },
    audit::AuditAction,
    config::Mail,
    kernel::{Email, Language},
    order_mails::{self, StaffMailKind},
    platform::{
        clock,
        db::{self, DbError},
    },
    stock::{self, LowStockMail},
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

const MAIL: &str = "/admin/mail";

#[derive(Template)]
#[template(path = "admin/stock/low-stock-mail.html")]
struct MailPage {
    page: AdminPage,
    form: Form,
    address: String,
    wanted: Option<Language>,
    last: Option<LowStockMail>,
    /// The kinds of emails about orders that the member of staff wants, each with its language.
    about_orders: Vec<(StaffMailKind, Language)>,
    way: Delivery,
    zone: FixedOffset,
}

/// How the shop sends email, which the page explains to staff.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Sent,
    Mailbox,
    Nowhere,
}

/// `GET /admin/mail`: the form in which staff choose their emails.
pub async fn low_stock_mail(staff: StaffRequest) -> PageResult {
    web::html(&MailPage::load(staff, Form::default()).await?)
}

/// `POST /admin/mail`: saves whether the member of staff receives the low-stock email, and in which language.
pub async fn save_low_stock_mail(staff: StaffRequest, fields: Fields) -> PageResult {
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let language = Language::from_code(form.value("language"));
    let wanted = if form.ticked("low_stock") { language } else { None };
    if form.ticked("low_stock") && language.is_none() {
        form.fail("language", t.mail_language_wrong());
        return web::unprocessable(&MailPage::load(staff.at(MAIL), form).await?);
    }
    let (audit, username) = (AuditContext::of(&staff), staff.user.username.clone());
    let saved = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let before = stock::set_low_stock_mail_language(conn, audit.staff_id, wanted)?;
            if before != wanted {
                let diff = Diff::new(audited_fields(before), audited_fields(wanted));
                audit.record(conn, AuditAction::WantLowStockMail, &username, diff)?;
            }
            Ok::<_, DbError>(())
        })
    });
    saved.await?;
    let said = if wanted.is_some() { t.mail_will_come() } else { t.mail_will_not_come() };
    Ok(Flash::success(said).see_other(MAIL, &staff.config))
}

/// `POST /admin/mail/orders`: saves which emails about orders the member of staff receives, and in which language.
pub async fn save_staff_mails(staff: StaffRequest, fields: Fields) -> PageResult {
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let wanted: Vec<StaffMailKind> = StaffMailKind::ALL.into_iter().filter(|kind| form.ticked(kind.code())).collect();
    let Some(language) = Language::from_code(form.value("order_language")) else {
        form.fail("order_language", t.mail_language_wrong());
        return web::unprocessable(&MailPage::load(staff.at(MAIL), form).await?);
    };
    let (audit, username) = (AuditContext::of(&staff), staff.user.username.clone());
    let saved = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            let user = audit.staff_id;
            let before = order_mails::set_staff_mail_languages(conn, user, &wanted, language, clock::now())?;
            let after = order_mails::staff_mail_languages(conn, user)?;
            if before != after {
                let diff = Diff::new(audited_kinds(&before), audited_kinds(&after));
                audit.record(conn, AuditAction::WantStaffMails, &username, diff)?;
            }
            Ok::<_, DbError>(())
        })
    });
    saved.await?;
    Ok(Flash::success(t.staff_mails_saved()).see_other(MAIL, &staff.config))
}

/// Returns the fields for the audit log: the chosen kinds of emails about orders, and their language.
fn audited_kinds(wanted: &[(StaffMailKind, Language)]) -> Value {
    let kinds: Vec<&str> = wanted.iter().map(|(kind, _)| kind.code()).collect();
    json!({ "mails": kinds, "mail": wanted.first().map(|(_, language)| language.name()) })
}

/// Returns the field for the audit log: the language of the low-stock email, null if the user does not want it.
fn audited_fields(wanted: Option<Language>) -> Value {
    json!({ "mail": wanted.map(Language::name) })
}

impl MailPage {
    async fn load(staff: StaffRequest, form: Form) -> Result<Self, PageError> {
        let id = staff.user.id;
        let (wanted, last, about_orders) = staff
            .db
            .run(move |conn| {
                let low_stock = (stock::low_stock_mail_language(conn, id)?, stock::last_low_stock_mail(conn, id)?);
                Ok::<_, DbError>((low_stock.0, low_stock.1, order_mails::staff_mail_languages(conn, id)?))
            })
            .await?;
        let way = match staff.config.mail {
            Mail::Server { .. } => Delivery::Sent,
            Mail::Mailbox { .. } => Delivery::Mailbox,
            Mail::None => Delivery::Nowhere,
        };
        let page = AdminPage::load(staff.page, &staff.db).await?;
        let address = Email::shown(&staff.user.email);
        Ok(Self { page, form, address, wanted, last, about_orders, way, zone: staff.config.zone })
    }

    /// Returns all kinds of emails about orders, as (kind, name, whether the member of staff wants it).
    fn staff_mails(&self) -> Vec<(StaffMailKind, &'static str, bool)> {
        let t = self.page.t;
        let is_wanted = |kind| self.about_orders.iter().any(|(wanted, _)| *wanted == kind);
        let with_name = |kind: StaffMailKind| {
            let name = match kind {
                StaffMailKind::NewOrders => t.staff_mail_wanted_new_orders(),
                StaffMailKind::ReturnAsked => t.staff_mail_wanted_return_asked(),
                StaffMailKind::StrangePayment => t.staff_mail_wanted_strange_payment(),
                StaffMailKind::Cancellation => t.staff_mail_wanted_cancellation(),
                StaffMailKind::RefundStuck => t.staff_mail_wanted_refund_stuck(),
                StaffMailKind::Question => t.staff_mail_wanted_question(),
            };
            (kind, name, self.form.ticked(kind.code()) || is_wanted(kind))
        };
        StaffMailKind::ALL.into_iter().map(with_name).collect()
    }

    /// Returns the language that is selected at first for emails about orders.
    fn order_language(&self) -> Language {
        self.about_orders.first().map_or(self.page.language(), |(_, language)| *language)
    }

    fn is_ticked(&self) -> bool {
        self.form.ticked("low_stock") || self.wanted.is_some()
    }

    /// Returns the language that is selected at first for the low-stock email: its current language, or that of the
    /// page if the user gets no email.
    fn language(&self) -> Language {
        self.wanted.unwrap_or(self.page.language())
    }

    /// Returns a text that says whether the last low-stock email was sent; `None` if there was none.
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
