//! Staff put an order on hold, write notes, change the address, and answer a shopper who wants the order canceled.

use actix_web::web::Path;
use askama::Template;
use serde_json::{Value, json};

use super::{change_order, order::AdminOrderPage, order_path, page_of_order};
use crate::{
    accounts::{StaffRequest, forms},
    admin::{admin_page::AdminPage, audit_context::Diff, nav_badges::NavBadges},
    audit::AuditAction,
    kernel::OrderNumber,
    lifecycle::{self, AnswerOutcome, HandlingOutcome},
    messages::Messages,
    orders::{self, DeliveryAddress},
    platform::{clock, db::DbError},
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

/// The maximum length, in characters, of the reason for a hold and of the answer to a request to cancel.
const MAX_REASON_LEN: usize = 200;
const MAX_NOTE_LEN: usize = 500;

/// `POST /admin/orders/{number}/hold`: puts an order on hold, so that it is not sent until the hold ends.
pub async fn hold(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some(reason) = form.line("hold_reason", 1..=MAX_REASON_LEN, t) else {
        return web::unprocessable(&AdminOrderPage::load(staff, number, form).await?);
    };
    let target = number.to_string();
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let outcome = lifecycle::hold_order(conn, id, (audit.staff_id, &reason), clock::now())?;
        if outcome == HandlingOutcome::Done {
            audit.record(conn, AuditAction::HoldOrder, &target, Diff::after(json!({ "reason": reason })))?;
        }
        Ok(outcome)
    });
    let flash = flash(t, outcome.await?, t.order_hold_done());
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

/// `POST /admin/orders/{number}/release`: ends the hold of an order.
pub async fn release(staff: StaffRequest, typed: Path<String>) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, target) = (staff.page.t, number.to_string());
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let outcome = lifecycle::release_order(conn, id, audit.staff_id)?;
        if outcome == HandlingOutcome::Done {
            audit.record(conn, AuditAction::ReleaseOrder, &target, Diff::default())?;
        }
        Ok(outcome)
    });
    let flash = flash(t, outcome.await?, t.order_release_done());
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

/// `POST /admin/orders/{number}/notes`: adds a note to an order; only staff see the note.
pub async fn note(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some(words) = form.lines("note", 1..=MAX_NOTE_LEN, t) else {
        return web::unprocessable(&AdminOrderPage::load(staff, number, form).await?);
    };
    let target = number.to_string();
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let outcome = lifecycle::note_order(conn, id, audit.staff_id, &words)?;
        if outcome == HandlingOutcome::Done {
            audit.record(conn, AuditAction::NoteOrder, &target, Diff::after(json!({ "note": words })))?;
        }
        Ok(outcome)
    });
    let flash = flash(t, outcome.await?, t.order_note_done());
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

/// `POST /admin/orders/{number}/cancellation-answer`: answers a shopper's request to cancel an order. `accepted` is
/// `yes` or `no`; with `no`, a text for the shopper is required.
pub async fn answer_cancellation(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let is_accepted = form.value("accepted") == "yes";
    let Some(words) = form.line("answer", usize::from(!is_accepted)..=MAX_REASON_LEN, t) else {
        return web::unprocessable(&AdminOrderPage::load(staff, number, form).await?);
    };
    let target = number.to_string();
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let by = (audit.staff_id, words.as_str());
        let outcome = lifecycle::answer_cancellation(conn, id, is_accepted, by, clock::now())?;
        if outcome != AnswerOutcome::TooLate {
            let after = json!({ "accepted": is_accepted, "answer": words });
            audit.record(conn, AuditAction::AnswerCancellation, &target, Diff::after(after))?;
        }
        Ok(outcome)
    });
    let flash = match outcome.await? {
        AnswerOutcome::Canceled(Some(refund)) => Flash::success(t.order_cancel_refunded(refund.amount)),
        AnswerOutcome::Canceled(None) => Flash::success(t.order_cancel_done()),
        AnswerOutcome::Declined => Flash::success(t.cancellation_declined_done()),
        AnswerOutcome::TooLate => Flash::notice(t.order_changed_meanwhile()),
    };
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

#[derive(Template)]
#[template(path = "admin/orders/address.html")]
struct AddressPage {
    page: AdminPage,
    number: OrderNumber,
    form: Form,
}

/// `GET /admin/orders/{number}/address`: the form that changes the delivery address of an order.
pub async fn address_page(staff: StaffRequest, typed: Path<String>) -> PageResult {
    page_of_order(&typed, async |number| AddressPage::load(staff, number, None).await).await
}

/// `POST /admin/orders/{number}/address`: changes the delivery address of an order that was not sent.
pub async fn change_address(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some(new) = forms::address(&mut form, t) else {
        return web::unprocessable(&AddressPage::load(staff, number, Some(form)).await?);
    };
    let address = DeliveryAddress {
        recipient: new.recipient,
        phone: new.phone.to_string(),
        region: new.region,
        street: new.street,
        postcode: new.postcode,
    };
    let target = number.to_string();
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let before = orders::address_of(conn, id)?;
        let outcome = lifecycle::change_address(conn, id, &address, audit.staff_id)?;
        if outcome == HandlingOutcome::Done {
            let diff = Diff::new(shown(&before), shown(&address));
            audit.record(conn, AuditAction::ChangeOrderAddress, &target, diff)?;
        }
        Ok(outcome)
    });
    let flash = flash(t, outcome.await?, t.order_address_done());
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

fn shown(address: &DeliveryAddress) -> Value {
    json!({
        "recipient": address.recipient,
        "phone": address.phone,
        "region": address.region,
        "street": address.street,
        "postcode": address.postcode,
    })
}

fn flash(t: Messages, outcome: HandlingOutcome, done: &str) -> Flash {
    match outcome {
        HandlingOutcome::Done => Flash::success(done),
        HandlingOutcome::Unchanged => Flash::notice(t.products_unchanged()),
        HandlingOutcome::Erased => Flash::error(t.order_erased()),
        HandlingOutcome::TooLate(status) => Flash::error(t.parcel_wrong_status(status.name(&t))),
    }
}

impl AddressPage {
    async fn load(staff: StaffRequest, number: OrderNumber, form: Option<Form>) -> Result<Self, PageError> {
        let asked = number.clone();
        let (badges, address) = staff
            .db
            .run(move |conn| {
                let id = orders::id_of_number(conn, &asked)?.ok_or(DbError::Missing)?;
                Ok::<_, DbError>((NavBadges::load_with(conn)?, orders::address_of(conn, id)?))
            })
            .await?;
        let filled = || {
            Form::filled([
                ("recipient", address.recipient),
                ("phone", address.phone),
                ("region", address.region),
                ("street", address.street),
                ("postcode", address.postcode),
            ])
        };
        Ok(Self { page: AdminPage::new(staff.page, badges), number, form: form.unwrap_or_else(filled) })
    }
}
