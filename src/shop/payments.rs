//! Paying an order: the page that leads to the gateway, the return from there, and the gateway's notifications.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Bytes, Data, Path},
};
use askama::Template;
use chrono::{DateTime, Utc};
use url::Url;

use super::notification_queue::NotificationQueue;
use crate::{
    accounts::ShopperRequest,
    config::Config,
    kernel::{Money, OrderId, OrderNumber, PayMethod, UserId},
    orders::{self, Status},
    payments::{
        self, Gateway, Gateways, NewPayment, NotificationError, NotificationOutcome, PayPage, Payment, PaymentStatus,
        PaymentTerms, ReceivedNotification,
    },
    platform::{
        clock,
        db::{self, Connection, Db, DbError},
    },
    web::{Flash, Page, PageError, PageResult, SecurityEvent, Subject, app_data, html, see_other},
};

/// The services that the handlers of payments use.
pub struct PaymentContext {
    db: Data<Db>,
    config: Data<Config>,
    gateways: Data<Gateways>,
}

impl actix_web::FromRequest for PaymentContext {
    type Error = PageError;
    type Future = std::future::Ready<Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let context = || Ok(Self { db: app_data(req)?, config: app_data(req)?, gateways: app_data(req)? });
        std::future::ready(context())
    }
}

/// `POST /orders/{number}/payment`: begins a payment, and redirects to the page with the link to the gateway.
///
/// # Errors
/// [`PageError::NotFound`] if there is no such order, or it belongs to another shopper.
pub async fn begin(shopper: ShopperRequest, number: Path<String>, context: PaymentContext) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let path = format!("/orders/{number}");
    match begin_payment(&context, Some(shopper.user.id), number).await? {
        true => Ok(see_other(&format!("{path}/payment"))),
        false => Ok(Flash::notice(shopper.page.t.payment_cannot_be_paid()).see_other(&path, &shopper.config)),
    }
}

/// Opens an attempt to pay the order, or finds the open one. Returns false if the order cannot be paid now. `owner` is
/// the shopper whose order it must be; `None` if a key proves that the visitor may pay it.
///
/// # Errors
/// [`PageError::NotFound`] if there is no such order.
pub(super) async fn begin_payment(
    context: &PaymentContext,
    owner: Option<UserId>,
    number: OrderNumber,
) -> Result<bool, PageError> {
    let is_offered = context.gateways.of(PayMethod::Alipay).is_some();
    let open = context
        .db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let id = order_id(conn, owner, &number)?;
                let order = orders::lock_order(conn, id)?.ok_or(DbError::Missing)?;
                let now = clock::now();
                let Some(expires) = order.expires_at.filter(|at| *at > now && order.status == Status::Unpaid) else {
                    return Ok::<_, DbError>(false);
                };
                if !is_offered || order.pay_method != PayMethod::Alipay {
                    return Ok(false);
                }
                let new = NewPayment {
                    order: order.id,
                    order_number: &order.number,
                    pay_method: order.pay_method,
                    amount: order.total_amount,
                    expires_at: expires,
                };
                payments::open_payment(conn, &new, now)?;
                Ok(true)
            })
        })
        .await?;
    Ok(open)
}

/// Returns the id of the order with this number; with `owner`, only if the order belongs to that shopper.
fn order_id(conn: &mut Connection, owner: Option<UserId>, number: &OrderNumber) -> Result<OrderId, DbError> {
    let id = match owner {
        Some(owner) => orders::order_id(conn, owner, number)?,
        None => orders::id_of_number(conn, number)?,
    };
    id.ok_or(DbError::Missing)
}

#[derive(Template)]
#[template(path = "orders/payment.html")]
pub(super) struct PaymentPage {
    page: Page,
    number: OrderNumber,
    /// The path of the page of the order, for a link back.
    order_path: String,
    amount: Money,
    until: DateTime<Utc>,
    /// The number of seconds until the payment deadline, at the time when the page was made.
    seconds_left: i64,
    url: Url,
    is_trial: bool,
    config: Data<Config>,
}

impl PaymentPage {
    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.config.zone)
    }
}

/// `GET /orders/{number}/payment`: a page with a link to the gateway, which the browser then follows by itself. A form
/// could not lead there: the content security policy lets forms lead only to this site (`form-action 'self'`).
///
/// # Errors
/// [`PageError::NotFound`] if there is no such order, or it belongs to another shopper.
pub async fn show(shopper: ShopperRequest, number: Path<String>, context: PaymentContext) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let path = format!("/orders/{number}");
    let Some(open) = open_attempt(&context, Some(shopper.user.id), number.clone()).await? else {
        return Ok(see_other(&path));
    };
    html(&PaymentPage::of(&context, (shopper.page, &shopper.http), number, open, "/pay/alipay/return", path)?)
}

/// An open attempt to pay an order, and the gateway at which it can be paid.
pub(super) struct OpenAttempt {
    payment: Payment,
    gateway: Gateway,
}

/// Returns the open attempt to pay an order, if there is one. `owner` is the shopper whose order it must be; `None` if
/// a key proves that the visitor may pay it.
///
/// # Errors
/// [`PageError::NotFound`] if there is no such order.
pub(super) async fn open_attempt(
    context: &PaymentContext,
    owner: Option<UserId>,
    number: OrderNumber,
) -> Result<Option<OpenAttempt>, PageError> {
    let found = context
        .db
        .run(move |conn| {
            let id = order_id(conn, owner, &number)?;
            Ok::<_, DbError>(payments::payments_of(conn, id)?)
        })
        .await?;
    let now = clock::now();
    let open = found
        .into_iter()
        .rev()
        .find(|payment| payment.status == PaymentStatus::Open && !payment.close_wanted && payment.expires_at > now);
    Ok(open.and_then(|payment| Some(OpenAttempt { gateway: context.gateways.of(payment.pay_method)?, payment })))
}

impl PaymentPage {
    /// Makes the page that leads to the gateway. After the payment, the gateway sends the browser back to the path
    /// `back`.
    pub(super) fn of(
        context: &PaymentContext,
        (page, http): (Page, &HttpRequest),
        number: OrderNumber,
        OpenAttempt { payment, gateway }: OpenAttempt,
        back: &str,
        order_path: String,
    ) -> Result<Self, PageError> {
        let subject = page.t.payment_subject(&number);
        let url = context.pay_url(http, subject, &payment, &gateway, back)?;
        let is_trial = url.scheme() == "http";
        let (amount, until) = (payment.amount, payment.expires_at);
        let seconds_left = (until - clock::now()).num_seconds().max(1);
        let config = context.config.clone();
        Ok(Self { page, number, order_path, amount, until, seconds_left, url, is_trial, config })
    }
}

impl PaymentContext {
    /// Checks the query string with which the gateway sends a browser back, and returns the number of the payment
    /// attempt.
    ///
    /// # Errors
    /// [`PageError::NotFound`] if the gateway has not signed the query string.
    pub(super) fn returned_attempt(&self, query: &str) -> Result<String, PageError> {
        let gateway = self.gateways.of(PayMethod::Alipay).ok_or(PageError::NotFound)?;
        gateway.verify_return(query).map_err(|_| PageError::NotFound)
    }

    /// Makes a background job ask the gateway about a payment attempt soon, and returns the number of the attempt's
    /// order.
    pub(super) async fn query_soon(&self, attempt: String) -> Result<OrderNumber, PageError> {
        let order = self.db.run(move |conn| {
            let payment = payments::payment_by_number(conn, &attempt)?.ok_or(DbError::Missing)?;
            payments::query_soon(conn, payment.id, clock::now())?;
            Ok::<_, DbError>(orders::number_of(conn, payment.order_id)?)
        });
        Ok(order.await?)
    }

    fn pay_url(
        &self,
        http: &HttpRequest,
        subject: String,
        payment: &Payment,
        gateway: &Gateway,
        back: &str,
    ) -> Result<Url, PageError> {
        let terms = PaymentTerms {
            number: payment.number.clone(),
            amount: payment.amount,
            subject,
            expires_at: payment.expires_at,
        };
        let agent = http.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let pay_page = if agent.contains("Mobi") { PayPage::Phone } else { PayPage::Computer };
        let url = |path| self.config.public_url.join(path).map_err(PageError::internal);
        let (back, notify) = (url(back)?, url("/pay/alipay/notification")?);
        let open = gateway.open(&terms, pay_page, &back, &notify);
        open.ok_or_else(|| PageError::internal("a payment cannot be signed"))
    }
}

/// `GET /pay/alipay/return`: the browser returns from the gateway. That does not prove a payment, so a background job
/// asks the gateway soon; until then the page of the order says that the payment is not confirmed yet.
///
/// # Errors
/// [`PageError::NotFound`] if the gateway has not signed the query string.
pub async fn come_back(req: HttpRequest, context: PaymentContext) -> PageResult {
    let attempt = context.returned_attempt(req.query_string())?;
    let order = context.query_soon(attempt).await?;
    Ok(see_other(&format!("/orders/{order}?payment=asked")))
}

/// `POST /pay/alipay/notification`: the gateway says what became of a payment attempt. Requests from another site are
/// allowed here, because a signature proves where they come from. The gateway repeats the notification until the answer
/// is exactly its acknowledgement.
///
/// # Errors
/// [`PageError::NotFound`] if the shop has no settings for the gateway; [`PageError::BadRequest`] if the gateway has
/// not sent the notification.
pub async fn notify(req: HttpRequest, body: Bytes, context: PaymentContext) -> PageResult {
    let gateway = context.gateways.of(PayMethod::Alipay).ok_or(PageError::NotFound)?;
    let notification = match gateway.verify_notification(&body) {
        Ok(notification) => notification,
        Err(error) => {
            SecurityEvent::NotificationRefused.record(&req, Subject::Nobody, error.code());
            payments::NOTIFICATIONS.add(NotificationOutcome::Refused.code());
            return Err(match error {
                NotificationError::TooLarge => PageError::TooLarge,
                _ => PageError::BadRequest,
            });
        }
    };
    let received = ReceivedNotification::new(PayMethod::Alipay, &notification, &body);
    let outcome = app_data::<NotificationQueue>(&req)?.apply(received).await?;
    payments::NOTIFICATIONS.add(NotificationOutcome::of(outcome).code());
    tracing::info!(outcome, "a notification of the gateway");
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(gateway.acknowledgement()))
}
