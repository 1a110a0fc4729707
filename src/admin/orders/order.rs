//! One order: its goods, its money, what has happened to it, and what staff do with it.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use super::{list, not_found};
use crate::{
    accounts::Staff,
    admin::{
        large_refunds::{needs_password, require_password},
        nav_badges::NavBadges,
        payments::labels,
    },
    audit::{self, AuditAction, NewAuditEntry},
    config::Config,
    kernel::{Money, OrderId, OrderNumber, PayMethod},
    lifecycle::{self, CancelOutcome, CashOutcome},
    orders::{self, ActorKind, AdminOrder, EventKind, OrderLine, RecordedEvent, Status},
    payments::{self, AdminRefund, Payment},
    platform::{
        clock,
        db::{self, Db, DbError},
    },
    web::{self, Fields, Flash, Form, Page, PageError},
};

/// In characters.
const MAX_REASON_LEN: usize = 200;

#[derive(Template)]
#[template(path = "admin/orders/order.html")]
struct AdminOrderPage {
    page: Page,
    badges: NavBadges,
    order: AdminOrder,
    events: Vec<RecordedEvent>,
    payments: Vec<Payment>,
    refunds: Vec<AdminRefund>,
    form: Form,
    zone: FixedOffset,
}

/// Something that happened to an order.
struct HistoryEntry {
    words: &'static str,
    at: String,
    by: Option<String>,
    reason: Option<String>,
}

/// `GET /admin/orders/{number}`; an unknown number leads to the list, with a message.
pub async fn order(
    _: Staff,
    page: Page,
    typed: Path<String>,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let Ok(number) = typed.parse::<OrderNumber>() else { return Ok(not_found(&typed)) };
    match AdminOrderPage::load(page, number, Form::default(), &db, &config).await {
        Ok(shown) => web::html(&shown),
        Err(PageError::NotFound) => Ok(not_found(&typed)),
        Err(error) => Err(error),
    }
}

/// `POST /admin/orders/{number}/cancellation`: cancels an unpaid or unsent order, and gives its money back.
pub async fn cancel(
    Staff(person): Staff,
    page: Page,
    typed: Path<String>,
    req: HttpRequest,
    fields: Fields,
    (db, config): (Data<Db>, Data<Config>),
) -> Result<HttpResponse, PageError> {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let mut form = Form::from(fields);
    let Some(reason) = form.line("reason", 1..=MAX_REASON_LEN, page.t) else {
        return web::unprocessable(&AdminOrderPage::load(page, number, form, &db, &config).await?);
    };
    let (id, left) = found(&db, &number).await?;
    if needs_password(&req, left, &config).await? {
        return require_password(&req, page, &person, form.fields(), left, &db).await;
    }
    let (path, from) = (format!("/admin/orders/{number}"), web::client_address(&req));
    let outcome = db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let outcome = lifecycle::cancel_by_staff(conn, id, (person.id, &reason), clock::now())?;
                if let CancelOutcome::Canceled(refund) = &outcome {
                    let amount = refund.as_ref().map(|refund| refund.amount.plain());
                    let entry = NewAuditEntry {
                        staff_id: person.id,
                        action: AuditAction::CancelOrder,
                        target: number.to_string(),
                        before: None,
                        after: Some(json!({ "reason": reason, "amount": amount })),
                        ip_address: Some(from.clone()),
                    };
                    audit::record(conn, &entry)?;
                }
                Ok::<_, DbError>(outcome)
            })
        })
        .await?;
    let flash = match outcome {
        CancelOutcome::Canceled(Some(refund)) => Flash::success(page.t.order_cancel_refunded(refund.amount)),
        CancelOutcome::Canceled(None) => Flash::success(page.t.order_cancel_done()),
        CancelOutcome::TooLate => Flash::notice(page.t.order_cancel_too_late()),
    };
    Ok(flash.see_other(&path, &config))
}

/// `POST /admin/orders/{number}/cash`: records what was collected on delivery.
pub async fn record_cash(
    Staff(person): Staff,
    page: Page,
    typed: Path<String>,
    req: HttpRequest,
    fields: Fields,
    (db, config): (Data<Db>, Data<Config>),
) -> Result<HttpResponse, PageError> {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let mut form = Form::from(fields);
    let collected = Money::typed(form.value("collected")).ok().filter(|amount| !amount.is_zero());
    let Some(collected) = collected.filter(|_| !form.has_controls("collected")) else {
        form.fail("collected", page.t.refund_amount_wrong());
        return web::unprocessable(&AdminOrderPage::load(page, number, form, &db, &config).await?);
    };
    let (id, _) = found(&db, &number).await?;
    let (path, from) = (format!("/admin/orders/{number}"), web::client_address(&req));
    let outcome = db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let outcome = lifecycle::record_cash(conn, id, (person.id, collected), clock::now())?;
                if matches!(outcome, CashOutcome::Recorded | CashOutcome::Strange) {
                    let entry = NewAuditEntry {
                        staff_id: person.id,
                        action: AuditAction::RecordCash,
                        target: number.to_string(),
                        before: None,
                        after: Some(json!({ "amount": collected.plain() })),
                        ip_address: Some(from.clone()),
                    };
                    audit::record(conn, &entry)?;
                }
                Ok::<_, DbError>(outcome)
            })
        })
        .await?;
    let flash = match outcome {
        CashOutcome::Recorded => Flash::success(page.t.order_cash_done()),
        CashOutcome::Strange => Flash::error(page.t.order_cash_strange()),
        CashOutcome::Repeated => Flash::notice(page.t.order_cash_repeated()),
        CashOutcome::NotDue => Flash::error(page.t.order_cash_not_due()),
    };
    Ok(flash.see_other(&path, &config))
}

/// The id of an order, and what of its payment does not go back.
async fn found(db: &Db, number: &OrderNumber) -> Result<(OrderId, Money), PageError> {
    let number = number.clone();
    let found = db.run(move |conn| {
        let id = orders::id_of_number(conn, &number)?.ok_or(DbError::Missing)?;
        let (paid, refunded, _) = orders::amounts_of(conn, id)?;
        Ok::<_, DbError>((id, Money::new(paid.amount() - refunded.amount()).unwrap_or_default()))
    });
    Ok(found.await?)
}

impl AdminOrderPage {
    async fn load(page: Page, number: OrderNumber, form: Form, db: &Db, config: &Config) -> Result<Self, PageError> {
        let (badges, order, events, payments, refunds) = db
            .run(move |conn| {
                let order = orders::admin_order(conn, &number)?.ok_or(DbError::Missing)?;
                let id = order.view.order.id;
                let money = (payments::payments_of(conn, id)?, payments::admin_refunds(conn, id)?);
                let events = orders::events_of(conn, id)?;
                Ok::<_, DbError>((NavBadges::load_with(conn)?, order, events, money.0, money.1))
            })
            .await?;
        Ok(Self { page, badges, order, events, payments, refunds, form, zone: config.zone })
    }

    /// The events of the order with who caused them. What happened before events were written, or is a deadline, has a
    /// time alone.
    fn history(&self) -> Vec<HistoryEntry> {
        let (t, order) = (self.page.t, &self.order.view.order);
        let is_written = |kinds: &[EventKind]| self.events.iter().any(|event| kinds.contains(&event.event));
        let expires = order.expires_at.filter(|_| order.status == Status::Unpaid);
        let times = [
            (t.order_placed(), Some(order.placed_at)),
            (t.order_was_paid(), order.paid_at.filter(|_| !is_written(&[EventKind::Paid, EventKind::Revived]))),
            (t.order_was_sent(), order.sent_at.filter(|_| !is_written(&[EventKind::Sent]))),
            (t.order_was_received(), order.received_at.filter(|_| !is_written(&[EventKind::Received]))),
            (t.order_was_finished(), order.finished_at.filter(|_| !is_written(&[EventKind::Finished]))),
            (
                t.order_was_canceled(),
                order
                    .canceled_at
                    .filter(|_| !is_written(&[EventKind::Canceled, EventKind::Expired, EventKind::Refused])),
            ),
            (t.order_was_refunded(), order.refunded_at.filter(|_| !is_written(&[EventKind::Refunded]))),
            (t.order_expires(), expires),
        ];
        let times = times.into_iter().filter_map(|(words, at)| Some((at?, words, None)));
        let events = self.events.iter().map(|event| (event.at, self.event_words(event.event), Some(event)));
        let mut happened: Vec<(DateTime<Utc>, &'static str, Option<&RecordedEvent>)> = times.chain(events).collect();
        happened.sort_by_key(|(at, ..)| *at);
        let entry = |(at, words, event): (DateTime<Utc>, &'static str, Option<&RecordedEvent>)| HistoryEntry {
            words,
            at: clock::second(at, self.zone),
            by: event.and_then(|event| self.actor(event)),
            reason: event.and_then(|event| event.details.get("reason")?.as_str().map(str::to_owned)),
        };
        happened.into_iter().map(entry).collect()
    }

    fn event_words(&self, event: EventKind) -> &'static str {
        let t = self.page.t;
        match event {
            EventKind::Paid => t.order_was_paid(),
            EventKind::Revived => t.order_was_revived(),
            EventKind::Sent => t.order_was_sent(),
            EventKind::Received => t.order_was_received(),
            EventKind::Finished => t.order_was_finished(),
            EventKind::Refused => t.order_was_refused(),
            EventKind::Refunded => t.order_was_refunded(),
            EventKind::Canceled | EventKind::Expired => t.order_was_canceled(),
        }
    }

    /// Who caused an event; `None` for gateways and the shop itself.
    fn actor(&self, event: &RecordedEvent) -> Option<String> {
        match (event.actor, &event.username) {
            (ActorKind::Staff, Some(name)) => Some(self.page.t.order_event_by(name)),
            (ActorKind::Shopper, _) => Some(self.page.t.order_event_by_shopper().to_owned()),
            _ => None,
        }
    }

    fn can_be_canceled(&self) -> bool {
        matches!(self.order.view.order.status, Status::Unpaid | Status::Unsent)
    }

    fn can_be_collected(&self) -> bool {
        let order = &self.order.view.order;
        let has_left = matches!(order.status, Status::Unreceived | Status::Unreviewed | Status::Finished);
        order.pay_method == PayMethod::Cod && has_left && order.paid_at.is_none()
    }

    fn status(&self, payment: &Payment) -> &'static str {
        labels::status(&self.page.t, payment.status)
    }

    fn refund_status(&self, refund: &AdminRefund) -> (&'static str, &'static str) {
        let status = refund.refund.status;
        (labels::refund_class(status), labels::refund_status(&self.page.t, status))
    }

    fn refund_words(&self, refund: &AdminRefund) -> String {
        let (t, reason) = (self.page.t, labels::refund_reason(&self.page.t, refund.refund.reason));
        t.refund_words(reason, labels::refund_by(&t, refund), clock::second(refund.refund.created_at, self.zone))
    }

    fn code(&self, line: &OrderLine) -> &str {
        self.order.codes.get(&line.sku_id).map_or("", String::as_str)
    }

    fn all_of_shopper(&self) -> String {
        list([("q", self.order.username.as_str())].into_iter())
    }
}
