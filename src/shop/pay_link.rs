//! `/pay/{number}/{key}`: the page of a link, sent by email, by which an order is paid without signing in. Staff place
//! orders for callers, who may have no password.

use actix_web::web::{Data, Path};
use askama::Template;
use chrono::{DateTime, Utc};

use super::payments::{PaymentContext, PaymentPage, begin_payment, open_attempt};
use crate::{
    config::Config,
    kernel::{Money, OrderNumber, PayMethod},
    orders::{self, OrderView, Status},
    payments::PayLinkKey,
    platform::{clock, db::DbError},
    web::{Asker, Flash, Limit, Page, PageError, PageResult, SecurityEvent, Subject, VisitorRequest, html, see_other},
};

/// The order to which a payment link leads; the key in the link was checked.
struct LinkedOrder {
    number: OrderNumber,
    /// The path of the page on which the order can be paid without signing in.
    path: String,
}

impl LinkedOrder {
    /// Checks the key of the link before the order is looked up, so that a wrong key and an unknown order get the same
    /// response.
    async fn of(visitor: &VisitorRequest, parts: &(String, String)) -> Result<Self, PageError> {
        Limit::PayLink.hit_or_refuse(&visitor.http, &visitor.redis, Asker::Nobody).await?;
        let (number, key) = parts;
        let keys = PayLinkKey::of(visitor.config.session_key.master());
        let linked = number.parse::<OrderNumber>().ok().filter(|number| keys.is_key_of(number, key));
        let Some(number) = linked else {
            SecurityEvent::PayLinkRefused.record(&visitor.http, Subject::Nobody, "");
            return Err(PageError::NotFound);
        };
        Ok(Self { path: keys.path(&number), number })
    }
}

/// Whether and how an order can be paid.
enum PayState {
    /// The order can be paid online until this time.
    Open(DateTime<Utc>),
    Paid,
    /// The order is cash on delivery: the courier collects this amount.
    Cod(Money),
    Expired,
    Canceled,
    Refunded,
    /// Nothing is to be paid, for example because the order costs nothing.
    NothingDue,
}

#[derive(Template)]
#[template(path = "orders/pay-link.html")]
struct PayLinkPage {
    page: Page,
    view: OrderView,
    state: PayState,
    /// True if the visitor has just come back from the gateway, which has not confirmed the payment yet.
    is_asking: bool,
    path: String,
    /// The phone number and email address of the shop; may be empty.
    contact: String,
    config: Data<Config>,
}

impl PayLinkPage {
    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.config.zone)
    }

    /// Returns the whole seconds from now to `until`, at least 0.
    fn seconds_left(&self, until: &DateTime<Utc>) -> i64 {
        (*until - clock::now()).num_seconds().max(0)
    }
}

fn state_of(view: &OrderView, now: DateTime<Utc>) -> PayState {
    let order = &view.order;
    match (order.status, order.expires_at) {
        (Status::Unpaid, Some(until)) if until > now => PayState::Open(until),
        // A job cancels it in a moment.
        (Status::Unpaid, _) => PayState::Expired,
        (Status::Canceled, _) if orders::expired_at(order).is_some() => PayState::Expired,
        (Status::Canceled, _) => PayState::Canceled,
        (Status::Refunded, _) => PayState::Refunded,
        _ if order.paid_at.is_some() => PayState::Paid,
        _ if order.pay_method == PayMethod::Cod => PayState::Cod(order.due()),
        _ => PayState::NothingDue,
    }
}

/// `GET /pay/{number}/{key}`: shows the order's number, goods and amount, and how it can be paid.
///
/// # Errors
/// [`PageError::NotFound`] if the key is not that of an order.
pub async fn show(visitor: VisitorRequest, parts: Path<(String, String)>) -> PageResult {
    let LinkedOrder { number, path } = LinkedOrder::of(&visitor, &parts).await?;
    let view = visitor.db.run(move |conn| Ok::<_, DbError>(orders::view_of_number(conn, &number)?)).await?;
    // Who was erased is told that links do not work any more.
    let view = view.filter(|view| !view.order.is_erased()).ok_or(PageError::NotFound)?;
    let state = state_of(&view, clock::now());
    let is_asking = visitor.query().get("payment") == "asked" && matches!(state, PayState::Open(_));
    let contact = visitor.settings()?.contact(visitor.page.t);
    let (page, config) = (visitor.page.at(&path), visitor.config);
    html(&PayLinkPage { page, view, state, is_asking, path, contact, config })
}

/// `POST /pay/{number}/{key}/payment`: begins a payment without signing in, and redirects to the page with the link to
/// the gateway.
///
/// # Errors
/// [`PageError::NotFound`] if the key is not that of an order.
pub async fn begin(visitor: VisitorRequest, parts: Path<(String, String)>, context: PaymentContext) -> PageResult {
    let LinkedOrder { number, path } = LinkedOrder::of(&visitor, &parts).await?;
    match begin_payment(&context, None, number).await? {
        true => Ok(see_other(&format!("{path}/payment"))),
        false => Ok(Flash::notice(visitor.page.t.payment_cannot_be_paid()).see_other(&path, &visitor.config)),
    }
}

/// `GET /pay/{number}/{key}/payment`: a page with a link to the gateway, which the browser then follows by itself.
///
/// # Errors
/// [`PageError::NotFound`] if the key is not that of an order.
pub async fn go(visitor: VisitorRequest, parts: Path<(String, String)>, context: PaymentContext) -> PageResult {
    let LinkedOrder { number, path } = LinkedOrder::of(&visitor, &parts).await?;
    let Some(open) = open_attempt(&context, None, number.clone()).await? else { return Ok(see_other(&path)) };
    let back = format!("{path}/return");
    html(&PaymentPage::of(&context, (visitor.page.at(&path), &visitor.http), number, open, &back, path)?)
}

/// `GET /pay/{number}/{key}/return`: shows the order again after the gateway has sent the browser back.
///
/// # Errors
/// [`PageError::NotFound`] if the key is not that of an order, or if the gateway has not signed the query string for
/// this order.
pub async fn come_back(visitor: VisitorRequest, parts: Path<(String, String)>, context: PaymentContext) -> PageResult {
    let LinkedOrder { number, path } = LinkedOrder::of(&visitor, &parts).await?;
    let attempt = context.returned_attempt(visitor.http.query_string())?;
    let paid_order = context.query_soon(attempt).await?;
    if paid_order != number {
        return Err(PageError::NotFound);
    }
    Ok(see_other(&format!("{path}?payment=asked")))
}
