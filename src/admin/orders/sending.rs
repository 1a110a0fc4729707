//! Staff send parcels of an order, correct them, take them back if they were recorded by mistake, and record lost ones.

use actix_web::web::Path;
use serde_json::json;

use super::{change_order, order::AdminOrderPage, order_path};
use crate::{
    accounts::StaffRequest,
    admin::audit_context::Diff,
    audit::AuditAction,
    fulfillment::forms,
    kernel::{OrderNumber, ShipmentId},
    lifecycle::{self, ParcelOutcome, SendOutcome},
    messages::Messages,
    platform::{clock, random},
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

/// `POST /admin/orders/{number}/shipments`: sends units of an order in a parcel.
pub async fn send(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let token = form.value("token").to_owned();
    if !random::is_token(&token) {
        return Err(PageError::BadRequest);
    }
    let Some(parcel) = forms::parcel(&mut form, &token, t) else {
        return web::unprocessable(&AdminOrderPage::load(staff, number, form).await?);
    };
    let target = number.to_string();
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let outcome = lifecycle::send_parcel(conn, id, &parcel, audit.staff_id, clock::now())?;
        if let SendOutcome::Sent { shipment, .. } = &outcome {
            let after = json!({ "number": shipment.number, "carrier": shipment.carrier_id.0 });
            audit.record(conn, AuditAction::SendParcel, &target, Diff::after(after))?;
        }
        Ok(outcome)
    });
    let flash = match outcome.await? {
        SendOutcome::Sent { is_last: true, .. } => Flash::success(t.parcel_sent_all()),
        SendOutcome::Sent { .. } => Flash::success(t.parcel_sent_part()),
        SendOutcome::Repeated(_) => Flash::notice(t.parcel_sent_before()),
        refused => {
            let (field, words) = refusal(t, &refused);
            form.fail(field, words);
            return web::unprocessable(&AdminOrderPage::load(staff, number, form).await?);
        }
    };
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

/// Returns (name of the form field to which the refusal belongs, error message).
pub(in crate::admin) fn refusal(t: Messages, outcome: &SendOutcome) -> (&'static str, String) {
    match outcome {
        SendOutcome::OnHold(reason) => ("number", t.parcel_on_hold(reason)),
        SendOutcome::CancellationAsked => ("number", t.parcel_cancellation_asked().to_owned()),
        SendOutcome::WrongStatus(status) => ("number", t.parcel_wrong_status(status.name(&t))),
        SendOutcome::TooMany { line, left } => ("count", t.refund_too_many(line, left)),
        SendOutcome::Nothing => ("count", t.parcel_nothing().to_owned()),
        SendOutcome::UnknownCarrier => ("carrier", t.parcel_carrier_wrong().to_owned()),
        SendOutcome::Sent { .. } | SendOutcome::Repeated(_) => ("number", t.parcel_sent_before().to_owned()),
    }
}

/// `POST /admin/orders/{number}/shipments/{shipment}`: changes the carrier or the tracking number of a parcel, at most
/// a day after it was sent.
pub async fn correct(staff: StaffRequest, path: Path<(String, i64)>, fields: Fields) -> PageResult {
    let (typed, shipment) = path.into_inner();
    let shipment = ShipmentId(shipment);
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some((carrier, tracking)) = forms::carrier_and_number(&mut form, t) else {
        return web::unprocessable(&AdminOrderPage::load(staff, number, form).await?);
    };
    let target = number.to_string();
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let terms = (carrier, tracking.as_str());
        let outcome = lifecycle::correct_parcel(conn, (id, shipment), terms, audit.staff_id, clock::now())?;
        if outcome == ParcelOutcome::Done {
            let after = json!({ "number": tracking, "carrier": carrier.0 });
            audit.record(conn, AuditAction::CorrectParcel, &target, Diff::after(after))?;
        }
        Ok(outcome)
    });
    let flash = match outcome.await? {
        ParcelOutcome::Done => Flash::success(t.parcel_corrected()),
        outcome => parcel_refusal(t, &outcome),
    };
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

/// `POST /admin/orders/{number}/shipments/{shipment}/reversal`: takes back a parcel that was recorded by mistake; its
/// units are to be sent again.
pub async fn undo(staff: StaffRequest, path: Path<(String, i64)>) -> PageResult {
    let (typed, shipment) = path.into_inner();
    let shipment = ShipmentId(shipment);
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, target) = (staff.page.t, number.to_string());
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let outcome = lifecycle::undo_parcel(conn, (id, shipment), audit.staff_id, clock::now())?;
        if outcome == ParcelOutcome::Done {
            audit.record(conn, AuditAction::UndoParcel, &target, Diff::default())?;
        }
        Ok(outcome)
    });
    let flash = match outcome.await? {
        ParcelOutcome::Done => Flash::success(t.parcel_undone()),
        outcome => parcel_refusal(t, &outcome),
    };
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

/// `POST /admin/orders/{number}/shipments/{shipment}/loss`: records that the carrier has lost a parcel. If `remedy` is
/// `refund`, its units are refunded; if `resend`, they are sent again.
pub async fn lose(staff: StaffRequest, path: Path<(String, i64)>, fields: Fields) -> PageResult {
    let (typed, shipment) = path.into_inner();
    let shipment = ShipmentId(shipment);
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, target) = (staff.page.t, number.to_string());
    let is_refund = match fields.get("remedy") {
        "refund" => true,
        "resend" => false,
        _ => return Err(PageError::BadRequest),
    };
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let (parcel, now) = ((id, shipment), clock::now());
        let outcome = if is_refund {
            lifecycle::refund_lost_parcel(conn, parcel, (audit.staff_id, t.parcel_lost()), now)?
        } else {
            lifecycle::replace_lost_parcel(conn, parcel, audit.staff_id, now)?
        };
        if matches!(outcome, ParcelOutcome::Done | ParcelOutcome::Refunded(_)) {
            audit.record(conn, AuditAction::LoseParcel, &target, Diff::default())?;
        }
        Ok(outcome)
    });
    let flash = match outcome.await? {
        ParcelOutcome::Done => Flash::success(t.parcel_to_be_resent()),
        ParcelOutcome::Refunded(Some(refund)) => Flash::success(t.refund_under_way(refund.amount)),
        ParcelOutcome::Refunded(None) => Flash::notice(t.refund_made_before()),
        outcome => parcel_refusal(t, &outcome),
    };
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

fn parcel_refusal(t: Messages, outcome: &ParcelOutcome) -> Flash {
    match outcome {
        ParcelOutcome::UnknownCarrier => Flash::error(t.parcel_carrier_wrong()),
        ParcelOutcome::OutOfStock => Flash::error(t.parcel_out_of_stock()),
        ParcelOutcome::Refused(_) => Flash::error(t.refund_nothing_left()),
        _ => Flash::notice(t.parcel_too_late()),
    }
}
