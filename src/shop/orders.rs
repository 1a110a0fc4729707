//! The page of a shopper's own order, its cancellation, and the confirmation of its delivery.

use actix_web::web::{Data, Path};
use askama::Template;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use std::sync::Arc;

use crate::{
    accounts::ShopperRequest,
    config::Config,
    fapiao,
    fulfillment::{self, ReturnView, ShipmentStatus, ShipmentView},
    invoices,
    kernel::{Money, OrderId, OrderNumber, UserId},
    lifecycle::{self, CancelOutcome, ReceiptOutcome},
    orders::{self, LineState, Order, OrderView, Status},
    payments,
    platform::{
        clock,
        db::{self, Connection, DbError},
    },
    questions::{self, QuestionListItem},
    reviews,
    store::Settings,
    web::{Fields, Flash, Form, Page, PageError, PageResult, filters, html, see_other, unprocessable},
};

#[derive(Template)]
#[template(path = "orders/order.html")]
struct OrderPage {
    page: Page,
    view: OrderView,
    config: Data<Config>,
    /// True if the shopper has just placed this order, so that the page says thank you.
    placed_now: bool,
    /// True if the shopper has just come back from the gateway, which has not confirmed the payment yet.
    is_asking: bool,
    /// The amount that was paid although the order did not need it, for example after it had been canceled. It is
    /// refunded.
    surplus: Money,
    sending: Sending,
    /// The shopper's questions about the order.
    questions: Vec<QuestionListItem>,
    form: Form,
    settings: Arc<Settings>,
}

/// What the page of an order shows about parcels, returns and reviews.
struct Sending {
    lines: Vec<LineState>,
    /// The parcels of the order, without those recorded by mistake.
    parcels: Vec<ShipmentView>,
    /// True if the shopper has asked to cancel the order, and staff have not answered yet.
    is_cancellation_asked: bool,
    returns: Vec<ReturnView>,
    can_be_returned: bool,
    /// True if any line can be reviewed; `reviews` is the number of lines that have a review.
    can_be_reviewed: bool,
    reviews: usize,
    has_invoice: bool,
    /// True if the shopper can say for which company the invoice is to be.
    can_name_company: bool,
    /// True if there is a request for a fapiao of the order, in any status.
    has_fapiao: bool,
    can_request_fapiao: bool,
}

impl Sending {
    fn load(conn: &mut Connection, order: &Order, (settings, zone): (&Settings, FixedOffset)) -> Result<Self, DbError> {
        let return_days = settings.return_days;
        let mut parcels = fulfillment::shipments_of(conn, order.id)?;
        parcels.retain(|parcel| parcel.shipment.status != ShipmentStatus::Undone);
        let lines = orders::line_states(conn, order.id)?;
        let reviewed = reviews::reviewed_lines(conn, order.id)?;
        let is_reviewable = |line: &LineState| {
            let is_reviewed = reviewed.iter().any(|(reviewed, _)| *reviewed == line.id);
            !is_reviewed && reviews::check_reviewable((order.status, order.received_at), line, clock::now()).is_ok()
        };
        let (of_order, is_on) = ((order.status, order.is_erased()), invoices::are_issued(conn, settings, zone)?);
        let requests = fapiao::requests_of_order(conn, order.id)?;
        let to_invoice = fapiao::order_to_invoice(conn, order.id)?;
        let can_request = fapiao::check_request(&invoices::invoice_settings(conn)?, &to_invoice, None, clock::now());
        Ok(Self {
            has_fapiao: !requests.is_empty(),
            can_request_fapiao: can_request.is_ok(),
            can_be_reviewed: lines.iter().any(is_reviewable),
            reviews: reviewed.len(),
            has_invoice: invoices::invoice_of(conn, order.id)?.is_some(),
            can_name_company: invoices::check_buyer(conn, order.id, of_order, is_on)?.is_ok(),
            lines,
            parcels,
            is_cancellation_asked: fulfillment::open_cancellation_request(conn, order.id)?.is_some(),
            returns: fulfillment::returns_of(conn, order.id)?,
            can_be_returned: lifecycle::returnable_order(conn, order, return_days, clock::now())?.is_some(),
        })
    }

    fn is_partly_sent(&self) -> bool {
        self.lines.iter().any(|line| line.sent_count > 0)
    }
}

struct StatusStep {
    name: &'static str,
    done: bool,
    current: bool,
    at: Option<String>,
}

impl OrderPage {
    async fn load(shopper: ShopperRequest, number: OrderNumber, form: Form) -> Result<Self, PageError> {
        let (owner, query, settings) = (shopper.user.id, shopper.query(), shopper.settings()?);
        let (shop, zone) = (Arc::clone(&settings), shopper.config.zone);
        let (view, surplus, (sending, questions)) = shopper
            .db
            .run(move |conn| {
                let view = orders::order_of(conn, owner, &number)?.ok_or(DbError::Missing)?;
                let surplus = payments::surplus_of(conn, view.order.id)?;
                let sending = Sending::load(conn, &view.order, (&shop, zone))?;
                let questions = questions::questions_of_order(conn, view.order.id, Some(owner))?;
                Ok::<_, DbError>((view, surplus, (sending, questions)))
            })
            .await?;
        let placed_now = query.get("placed") == "now";
        let is_asking = query.get("payment") == "asked" && view.order.status == Status::Unpaid;
        let (page, config) = (shopper.page, shopper.config);
        Ok(Self { page, view, config, placed_now, is_asking, surplus, sending, questions, form, settings })
    }

    /// Returns whether the shopper can cancel the paid order, or ask staff to cancel it.
    fn can_be_canceled(&self) -> bool {
        self.view.order.status == Status::Unsent && !self.sending.is_partly_sent()
    }

    /// Returns the label of the button that cancels the order or, once staff have begun to pack it, asks staff to
    /// cancel it.
    fn cancel_words(&self) -> &'static str {
        let is_packing = self.view.order.packing_at.is_some();
        if is_packing { self.page.t.shopper_cancel_ask() } else { self.page.t.shopper_cancel() }
    }

    /// Returns the time at which the order counts as received even if the shopper does not confirm the delivery; `None`
    /// if the order is not on its way.
    fn received_by_itself(&self) -> Option<DateTime<Utc>> {
        let order = &self.view.order;
        let sent_at = order.sent_at.filter(|_| order.status == Status::Unreceived)?;
        Some(sent_at + TimeDelta::days(i64::from(self.settings.received_after_days)))
    }

    /// Returns the last four digits of the phone number, which some carriers ask for before they show where a parcel
    /// is.
    fn phone_end(&self) -> String {
        let digits: Vec<char> = self.view.order.phone.chars().filter(char::is_ascii_digit).collect();
        digits.iter().skip(digits.len().saturating_sub(4)).collect()
    }

    fn steps(&self) -> Vec<StatusStep> {
        let order = &self.view.order;
        let status_sequence = orders::status_sequence(order.pay_method);
        let reached = status_sequence.iter().position(|status| *status == order.status);
        let minute = |at| clock::minute(at, self.config.zone);
        let placed = StatusStep {
            name: self.page.t.order_placed(),
            done: true,
            current: false,
            at: Some(minute(order.placed_at)),
        };
        let step = |(i, status): (usize, &Status)| StatusStep {
            name: status.name(&self.page.t),
            done: reached.is_none_or(|reached| i < reached),
            current: reached == Some(i),
            at: order.left_at(*status).map(minute),
        };
        std::iter::once(placed).chain(status_sequence.iter().enumerate().map(step)).collect()
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.config.zone)
    }

    /// Returns the whole seconds from now to `until`, at least 0.
    fn seconds_left(&self, until: &DateTime<Utc>) -> i64 {
        (*until - clock::now()).num_seconds().max(0)
    }

    /// Returns the payment deadline of an order that was canceled because it was not paid by then; `None` for other
    /// orders.
    fn expired_at(&self) -> Option<DateTime<Utc>> {
        orders::expired_at(&self.view.order)
    }
}

/// `GET /orders/{number}`: the page of the shopper's own order; 404 for an order of another shopper.
pub async fn show(shopper: ShopperRequest, number: Path<String>) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    html(&OrderPage::load(shopper, number, Form::default()).await?)
}

/// The maximum length of the reason of a cancellation, in characters.
const MAX_REASON_LEN: usize = 200;

/// `POST /orders/{number}/cancellation`: cancels the shopper's own order if it is unpaid, or if staff have not begun to
/// pack it; otherwise asks staff to cancel it.
///
/// # Errors
/// [`PageError::NotFound`] if there is no such order, or it belongs to another shopper.
pub async fn cancel(shopper: ShopperRequest, number: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (shopper.page.t, Form::from(fields));
    let Some(reason) = form.line("reason", 0..=MAX_REASON_LEN, t) else {
        return unprocessable(&OrderPage::load(shopper, number, form).await?);
    };
    // What the page said about the order. An old page of an unpaid order cancels no paid one.
    let shown = Status::from_code(form.value("shown")).unwrap_or(Status::Unpaid);
    let path = format!("/orders/{number}");
    let outcome = change_order(&shopper, &number, move |conn, id, owner| {
        let order = orders::lock_order(conn, id)?.ok_or(DbError::Missing)?;
        if order.status != Status::Canceled && order.status != shown {
            return Ok(CancelOutcome::TooLate);
        }
        Ok(lifecycle::cancel_by_shopper(conn, id, (owner, &reason), clock::now())?)
    });
    let flash = match outcome.await? {
        CancelOutcome::Canceled(Some(refund)) => Flash::success(t.shopper_cancel_refunded(refund.amount)),
        CancelOutcome::Canceled(None) | CancelOutcome::AlreadyCanceled => return Ok(see_other(&path)),
        CancelOutcome::Asked => Flash::success(t.shopper_cancel_asked()),
        CancelOutcome::AskedBefore => Flash::notice(t.shopper_cancel_asked()),
        CancelOutcome::TooLate => Flash::notice(t.payment_too_late_to_cancel()),
    };
    Ok(flash.see_other(&path, &shopper.config))
}

/// `POST /orders/{number}/delivery-confirmation`: marks the shopper's own order as received.
pub async fn confirm_delivery(shopper: ShopperRequest, number: Path<String>) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let (t, path) = (shopper.page.t, format!("/orders/{number}"));
    let outcome = change_order(&shopper, &number, move |conn, id, owner| {
        Ok(lifecycle::confirm_delivery(conn, id, owner, clock::now())?)
    });
    let flash = match outcome.await? {
        ReceiptOutcome::Received => Flash::success(t.delivery_confirmed()),
        ReceiptOutcome::AlreadyReceived => Flash::notice(t.delivery_confirmed()),
        ReceiptOutcome::NotUnderWay => Flash::error(t.delivery_not_under_way()),
    };
    Ok(flash.see_other(&path, &shopper.config))
}

/// Runs `act` on the shopper's own order in a transaction, and returns its result. `act` gets the id of the order, and
/// the id of its shopper.
pub(super) async fn change_order<T: Send + 'static>(
    shopper: &ShopperRequest,
    number: &OrderNumber,
    act: impl Fn(&mut Connection, OrderId, UserId) -> Result<T, DbError> + Send + 'static,
) -> Result<T, PageError> {
    let (number, owner) = (number.clone(), shopper.user.id);
    let changed = shopper.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let id = orders::order_id(conn, owner, &number)?.ok_or(DbError::Missing)?;
            act(conn, id, owner)
        })
    });
    Ok(changed.await?)
}
