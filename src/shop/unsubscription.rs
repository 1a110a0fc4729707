//! `/mail/unsubscription`: a member of staff, or a shopper, unsubscribes from one kind of email, without signing in, by
//! a signed link in an email.

use actix_web::HttpRequest;
use askama::Template;
use serde_json::json;

use crate::{
    audit::{self, AuditAction, NewAuditEntry},
    config::Config,
    kernel::UserId,
    messages::Messages,
    order_mails::{self, MailList, StaffMailKind, UnsubscribeKey},
    platform::db::{self, Connection, DbError},
    stock,
    web::{self, Page, PageError, PageResult, VisitorRequest},
};

#[derive(Template)]
#[template(path = "order_mails/unsubscription.html")]
struct UnsubscriptionPage {
    page: Page,
    what: &'static str,
    /// The path and query of the unsubscribe link, to which the form is sent.
    link: String,
    is_done: bool,
    /// True if the emails are for staff, who can subscribe again.
    is_for_staff: bool,
}

/// The user and the kind of email in an unsubscribe link with a valid signature.
struct Unsubscription {
    user: UserId,
    list: MailList,
}

impl Unsubscription {
    fn of(visitor: &VisitorRequest, config: &Config) -> Result<Self, PageError> {
        let query = visitor.query();
        let user = query.get("user").parse().map(UserId).map_err(|_| PageError::NotFound)?;
        let list = MailList::from_code(query.get("list")).ok_or(PageError::NotFound)?;
        let key = UnsubscribeKey::of(config.session_key.master());
        let is_signed = key.is_signed(user, list, query.get("signature"));
        is_signed.then_some(Self { user, list }).ok_or(PageError::NotFound)
    }
}

/// `GET /mail/unsubscription`: asks for confirmation, because programs that scan emails follow links too.
pub async fn ask(visitor: VisitorRequest) -> PageResult {
    let Unsubscription { list, .. } = Unsubscription::of(&visitor, &visitor.config)?;
    shown(visitor, list, false)
}

/// `POST /mail/unsubscription`: unsubscribes the user. Mail programs send this request with one click (RFC 8058), so
/// the response is a page and not a redirect.
pub async fn unsubscribe(visitor: VisitorRequest) -> PageResult {
    let Unsubscription { user, list } = Unsubscription::of(&visitor, &visitor.config)?;
    let left = visitor.db.run(move |conn| db::transaction(conn, |conn| leave(conn, user, list)));
    left.await?;
    shown(visitor, list, true)
}

fn leave(conn: &mut Connection, user: UserId, list: MailList) -> Result<(), DbError> {
    if list == MailList::ReviewAsked {
        return Ok(order_mails::leave_review_mails(conn, user)?);
    }
    let (was_on, action) = match StaffMailKind::from_code(list.code()) {
        Some(kind) => (order_mails::leave_staff_mails(conn, user, kind)?, AuditAction::WantStaffMails),
        None => {
            let before = stock::set_low_stock_mail_language(conn, user, None)?;
            (before.is_some(), AuditAction::WantLowStockMail)
        }
    };
    if was_on {
        let entry = NewAuditEntry {
            staff_id: user,
            action,
            target: String::new(),
            before: Some(json!({ "mails": list.code() })),
            after: Some(json!({ "mails": null })),
            ip_address: None,
        };
        audit::record(conn, &entry)?;
    }
    Ok(())
}

fn shown(visitor: VisitorRequest, list: MailList, is_done: bool) -> PageResult {
    let what = name(visitor.page.t, list);
    let link = path_of(&visitor.http);
    let is_for_staff = list != MailList::ReviewAsked;
    web::html(&UnsubscriptionPage { page: visitor.page, what, link, is_done, is_for_staff })
}

fn path_of(http: &HttpRequest) -> String {
    http.uri().path_and_query().map_or_else(String::new, |path| path.as_str().to_owned())
}

fn name(t: Messages, list: MailList) -> &'static str {
    match list {
        MailList::LowStock => t.low_stock_mail(),
        MailList::NewOrders => t.staff_mail_wanted_new_orders(),
        MailList::ReturnAsked => t.staff_mail_wanted_return_asked(),
        MailList::StrangePayment => t.staff_mail_wanted_strange_payment(),
        MailList::Cancellation => t.staff_mail_wanted_cancellation(),
        MailList::RefundStuck => t.staff_mail_wanted_refund_stuck(),
        MailList::Question => t.staff_mail_wanted_question(),
        MailList::ReviewAsked => t.review_mails(),
    }
}
