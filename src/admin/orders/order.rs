//! The page of one order: its goods, its payments and refunds, its history, and what staff can do with it.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;

use super::{LIST, emails, page_of_order, sending_details::SendingDetails};
use crate::{
    accounts::{self, BlockedContact, StaffRequest},
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        large_refunds::{needs_password, require_password},
        mail_words::{MailWords, mail_words},
        nav_badges::NavBadges,
        payments::labels,
    },
    audit::AuditAction,
    fapiao::{self, FapiaoView},
    fulfillment::ShipmentStatus,
    kernel::{Money, OrderId, OrderNumber, PayMethod},
    lifecycle::{self, CancelOutcome, FINISHED_BY_REVIEW},
    order_mails::{self, SentOrderMail},
    orders::{self, ActorKind, AdminOrder, EventKind, LineState, OrderLine, RecordedEvent, Status, forms},
    payments::{self, AdminRefund, Payment},
    platform::{
        clock,
        db::{self, Db, DbError},
        random,
    },
    questions::{self, QuestionListItem},
    web::{self, Fields, Flash, Form, PageError, PageResult, filters},
};

/// The maximum length of the reason of a cancellation, in characters.
const MAX_REASON_LEN: usize = 200;

#[derive(Template)]
#[template(path = "admin/orders/order.html")]
pub(super) struct AdminOrderPage {
    page: AdminPage,
    order: AdminOrder,
    events: Vec<RecordedEvent>,
    payments: Vec<Payment>,
    refunds: Vec<AdminRefund>,
    sending: SendingDetails,
    mails: Vec<SentOrderMail>,
    questions: Vec<QuestionListItem>,
    fapiao: Vec<FapiaoView>,
    /// The blocked contacts that match the email address, phone number or address of this order, so that the shop takes
    /// no further orders with them.
    blocks: Vec<BlockedContact>,
    form: Form,
    zone: FixedOffset,
    /// The idempotency token of the form that sends a parcel.
    token: String,
}

/// An event in the history of an order, formatted for the page.
struct HistoryEntry {
    words: &'static str,
    at: String,
    by: Option<String>,
    reason: Option<String>,
}

/// `GET /admin/orders/{number}`: the page of an order; an unknown number redirects to the list of orders with a
/// message.
pub async fn order(staff: StaffRequest, typed: Path<String>) -> PageResult {
    page_of_order(&typed, async |number| AdminOrderPage::load(staff, number, Form::default()).await).await
}

/// `POST /admin/orders/{number}/cancellation`: cancels an unpaid or unsent order, and refunds what was paid.
pub async fn cancel(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let reason = form.line("reason", 1..=MAX_REASON_LEN, t);
    let written_off = forms::units(&mut form, "written_off", t.refund_count_wrong());
    let (Some(reason), Some(written_off)) = (reason, written_off) else {
        return web::unprocessable(&AdminOrderPage::load(staff, number, form).await?);
    };
    let (id, left) = found(&staff.db, &number).await?;
    if needs_password(&staff, left).await? {
        return require_password(staff, form.fields(), left).await;
    }
    let (path, audit) = (format!("/admin/orders/{number}"), AuditContext::of(&staff));
    let outcome = staff
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let by = (audit.staff_id, reason.as_str());
                let outcome = lifecycle::cancel_by_staff(conn, id, by, &written_off, clock::now())?;
                if let CancelOutcome::Canceled(refund) = &outcome {
                    let amount = refund.as_ref().map(|refund| refund.amount.plain());
                    let after = json!({ "reason": reason, "amount": amount });
                    audit.record(conn, AuditAction::CancelOrder, &number.to_string(), Diff::after(after))?;
                }
                Ok::<_, DbError>(outcome)
            })
        })
        .await?;
    let flash = match outcome {
        CancelOutcome::Canceled(Some(refund)) => Flash::success(t.order_cancel_refunded(refund.amount)),
        CancelOutcome::Canceled(None) => Flash::success(t.order_cancel_done()),
        CancelOutcome::AlreadyCanceled | CancelOutcome::Asked | CancelOutcome::AskedBefore | CancelOutcome::TooLate => {
            Flash::notice(t.order_cancel_too_late())
        }
    };
    Ok(flash.see_other(&path, &staff.config))
}

/// Returns (id of an order, amount that was paid and is not refunded).
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
    pub(super) async fn load(staff: StaffRequest, number: OrderNumber, form: Form) -> Result<Self, PageError> {
        let language = staff.page.language();
        let (badges, order, events, money, (sending, mails, (questions, blocks, fapiao))) = staff
            .db
            .run(move |conn| {
                let order = orders::admin_order(conn, &number)?.ok_or(DbError::Missing)?;
                let id = order.view.order.id;
                let money = (payments::payments_of(conn, id)?, payments::admin_refunds(conn, id)?);
                let events = orders::events_of(conn, id)?;
                let sending = SendingDetails::load(conn, &order.view.order, language)?;
                let mails = order_mails::mails_of_order(conn, id)?;
                let questions = questions::questions_of_order(conn, id, None)?;
                let contacts = orders::contacts_of(conn, id)?;
                let blocks = accounts::blocks_of(conn, &contacts)?;
                let fapiao = fapiao::requests_of_order(conn, id)?;
                let asked = (sending, mails, (questions, blocks, fapiao));
                Ok::<_, DbError>((NavBadges::load_with(conn)?, order, events, money, asked))
            })
            .await?;
        let (page, zone) = (AdminPage::new(staff.page, badges), staff.config.zone);
        let (payments, refunds) = money;
        let token = random::token_or_new(form.value("token"));
        Ok(Self {
            page,
            order,
            events,
            payments,
            refunds,
            sending,
            mails,
            questions,
            fapiao,
            blocks,
            form,
            zone,
            token,
        })
    }

    /// Returns the history of the order: its events and who caused them. The payment deadline, and events of old orders
    /// that were not stored, have only a time.
    fn history(&self) -> Vec<HistoryEntry> {
        let (t, order) = (self.page.t, &self.order.view.order);
        let is_written = |kinds: &[EventKind]| self.events.iter().any(|event| kinds.contains(&event.event));
        let expires = order.expires_at.filter(|_| order.status == Status::Unpaid);
        let times = [
            (t.order_placed(), Some(order.placed_at).filter(|_| !is_written(&[EventKind::Placed]))),
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
            reason: event.and_then(|event| self.reason(event)),
        };
        happened.into_iter().map(entry).collect()
    }

    /// Returns why something happened, if that is stored: what somebody wrote, or a code in words.
    fn reason(&self, event: &RecordedEvent) -> Option<String> {
        let reason = event.details.get("reason")?.as_str()?;
        let is_by_review = event.event == EventKind::Finished && reason == FINISHED_BY_REVIEW;
        Some(if is_by_review { self.page.t.review_finished_order().to_owned() } else { reason.to_owned() })
    }

    fn event_words(&self, event: EventKind) -> &'static str {
        let t = self.page.t;
        match event {
            EventKind::Placed => t.history_placed(),
            EventKind::Paid => t.order_was_paid(),
            EventKind::Revived => t.order_was_revived(),
            EventKind::Sent => t.order_was_sent(),
            EventKind::Received => t.order_was_received(),
            EventKind::Finished => t.order_was_finished(),
            EventKind::Refused => t.order_was_refused(),
            EventKind::Refunded => t.order_was_refunded(),
            EventKind::Canceled | EventKind::Expired => t.order_was_canceled(),
            EventKind::Packing => t.history_packing(),
            EventKind::PackingStopped => t.history_packing_stopped(),
            EventKind::ParcelSent => t.history_parcel_sent(),
            EventKind::ParcelCorrected => t.history_parcel_corrected(),
            EventKind::ParcelUndone => t.history_parcel_undone(),
            EventKind::ParcelLost => t.history_parcel_lost(),
            EventKind::Withdrawn => t.history_withdrawn(),
            EventKind::Held => t.history_held(),
            EventKind::Released => t.history_released(),
            EventKind::Noted => t.history_noted(),
            EventKind::AddressChanged => t.history_address_changed(),
            EventKind::CancellationAsked => t.history_cancellation_asked(),
            EventKind::CancellationDeclined => t.history_cancellation_declined(),
            EventKind::RefundWanted => t.history_refund_wanted(),
            EventKind::RefundDone => t.history_refund_done(),
            EventKind::RefundRefused => t.history_refund_refused(),
            EventKind::ReturnAsked => t.history_return_asked(),
            EventKind::ReturnApproved => t.history_return_approved(),
            EventKind::ReturnDeclined => t.history_return_declined(),
            EventKind::ReturnSentBack => t.history_return_sent_back(),
            EventKind::ReturnArrived => t.history_return_arrived(),
            EventKind::ReturnClosed => t.history_return_closed(),
            EventKind::ReturnWithdrawn => t.history_return_withdrawn(),
            EventKind::FapiaoRequested => t.history_fapiao_requested(),
            EventKind::FapiaoIssued => t.history_fapiao_issued(),
            EventKind::FapiaoRefused => t.history_fapiao_refused(),
            EventKind::FapiaoWithdrawn => t.history_fapiao_withdrawn(),
            EventKind::FapiaoReversed => t.history_fapiao_reversed(),
        }
    }

    /// Returns who caused an event; `None` if a gateway or the program did.
    fn actor(&self, event: &RecordedEvent) -> Option<String> {
        match (event.actor, &event.username) {
            (ActorKind::Staff, Some(name)) => Some(self.page.t.order_event_by(name)),
            (ActorKind::Shopper, _) => Some(self.page.t.order_event_by_shopper().to_owned()),
            _ => None,
        }
    }

    /// Returns the number of units typed for this line in the form that sends a parcel; at first all units that are
    /// still to be sent.
    fn count(&self, line: &LineState) -> String {
        let typed = forms::typed_units(&self.form, "count", line.id);
        typed.map_or_else(|| line.unsent().to_string(), str::to_owned)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn blocked_entry(&self, block: &BlockedContact) -> String {
        let t = self.page.t;
        t.order_blocked_entry(block.kind.label(&t), &block.username, self.minute(&block.at))
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

    fn mail_kind(&self, mail: &SentOrderMail) -> &'static str {
        emails::kind(self.page.t, mail.kind)
    }

    fn mail_words(&self, mail: &SentOrderMail) -> MailWords {
        mail_words(self.page.t, &mail.progress, self.zone)
    }

    fn code(&self, line: &OrderLine) -> &str {
        self.order.codes.get(&line.sku_id).map_or("", String::as_str)
    }

    fn all_of_shopper(&self) -> String {
        LIST.with([("q", self.order.username.as_str())])
    }
}
