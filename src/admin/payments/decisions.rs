//! What staff can do with payment attempts and refunds. Each act and its entry in the audit log are one transaction.

use actix_web::web::Path;
use serde_json::json;

use super::payment::PaymentPage;
use crate::{
    accounts::StaffRequest,
    admin::{
        audit_context::{AuditContext, Diff},
        large_refunds::{needs_password, require_password},
    },
    audit::AuditAction,
    kernel::{Money, PaymentId, RefundId},
    lifecycle::{self, RefundDecision},
    payments::{self, OUT_OF_STOCK, Payment},
    platform::{
        clock,
        db::{self, Db, DbError},
    },
    web::{self, Fields, Flash, Form, Page, PageError, PageResult},
};

/// The maximum length, in characters, of the note in which staff explain their decision.
const MAX_NOTE_LEN: usize = 200;

fn address(id: PaymentId) -> String {
    format!("/admin/payments/{id}")
}

async fn payment(db: &Db, id: PaymentId) -> Result<Payment, PageError> {
    let found = db.run(move |conn| Ok::<_, DbError>(payments::admin_payment(conn, id)?)).await?;
    Ok(found.ok_or(PageError::NotFound)?.0)
}

/// `POST /admin/payments/{id}/query`: makes the background job ask the gateway about this payment attempt as soon as
/// possible.
pub async fn query(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, audit) = (PaymentId(id.into_inner()), AuditContext::of(&staff));
    let payment = payment(&staff.db, id).await?;
    let asked = staff.db.run(move |conn| {
        db::transaction(conn, |conn| {
            payments::query_soon(conn, id, clock::now())?;
            audit.record(conn, AuditAction::QueryPayment, &payment.number, Diff::after(json!({})))?;
            Ok::<_, DbError>(())
        })
    });
    asked.await?;
    Ok(Flash::notice(staff.page.t.payments_asked()).see_other(&address(id), &staff.config))
}

/// `POST /admin/payments/{id}/settlement`: marks a payment attempt that did not fit its order as looked at by staff.
pub async fn settle(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (id, t, mut form) = (PaymentId(id.into_inner()), staff.page.t, Form::from(fields));
    let Some(note) = form.line("note", 1..=MAX_NOTE_LEN, t) else {
        return web::unprocessable(&PaymentPage::load(staff, id, (form, None)).await?);
    };
    let payment = payment(&staff.db, id).await?;
    let audit = AuditContext::of(&staff);
    let settled = staff
        .db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let settled = lifecycle::settle_payment(conn, id)?;
                if let Some(strange) = &settled {
                    let after = json!({ "payment": strange, "note": note });
                    audit.record(conn, AuditAction::SettlePayment, &payment.number, Diff::after(after))?;
                }
                Ok::<_, DbError>(settled)
            })
        })
        .await?;
    let flash = match settled {
        Some(_) => Flash::success(t.payments_settled()),
        None => Flash::notice(t.payments_nothing_to_decide()),
    };
    Ok(flash.see_other(&address(id), &staff.config))
}

/// `POST /admin/payments/{id}/refund`: refunds a payment that came after its order had been canceled for non-payment.
pub async fn refund(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, t) = (PaymentId(id.into_inner()), staff.page.t);
    let payment = payment(&staff.db, id).await?;
    let is_waiting = payment.strange.as_deref() == Some(OUT_OF_STOCK);
    if is_waiting && needs_password(&staff, payment.amount).await? {
        return require_password(staff, &Fields::default(), payment.amount).await;
    }
    let audit = AuditContext::of(&staff);
    let refunded = staff
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let refunded = lifecycle::refund_paid_late(conn, id, clock::now())?;
                if let Some(amount) = refunded {
                    let after = json!({ "amount": amount.plain() });
                    audit.record(conn, AuditAction::RefundPayment, &payment.number, Diff::after(after))?;
                }
                Ok::<_, DbError>(refunded)
            })
        })
        .await?;
    let flash = match refunded {
        Some(amount) => Flash::success(t.refund_under_way(amount)),
        None => Flash::notice(t.payments_nothing_to_decide()),
    };
    Ok(flash.see_other(&address(id), &staff.config))
}

/// `POST /admin/payments/{id}/revival`: revives an order that was canceled for non-payment and then paid: takes its
/// goods from the stock again, so that it is sent.
pub async fn revive(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, t, audit) = (PaymentId(id.into_inner()), staff.page.t, AuditContext::of(&staff));
    let payment = payment(&staff.db, id).await?;
    let revived = staff
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let revived = lifecycle::revive_paid_late(conn, id, audit.staff_id, clock::now())?;
                if revived == Some(true) {
                    audit.record(conn, AuditAction::ReviveOrder, &payment.number, Diff::after(json!({})))?;
                }
                Ok::<_, DbError>(revived)
            })
        })
        .await?;
    let flash = match revived {
        Some(true) => Flash::success(t.payments_revived()),
        Some(false) => Flash::error(t.payments_still_out_of_stock()),
        None => Flash::notice(t.payments_nothing_to_decide()),
    };
    Ok(flash.see_other(&address(id), &staff.config))
}

/// `POST /admin/payments/{id}/refunds/{refund}/attempt`: sends a refund to the gateway again.
pub async fn retry(staff: StaffRequest, ids: Path<(i64, i64)>) -> PageResult {
    let (id, refund) = own_refund(&staff.db, ids.into_inner()).await?;
    let audit = AuditContext::of(&staff);
    let decided = staff
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let decided = lifecycle::retry_refund(conn, refund, clock::now())?;
                record(conn, &audit, AuditAction::RetryRefund, (&decided, None))?;
                Ok::<_, DbError>(decided)
            })
        })
        .await?;
    let made = Flash::success(staff.page.t.refund_tried_again());
    Ok(said(&staff.page, &decided, made).see_other(&address(id), &staff.config))
}

/// `POST /admin/payments/{id}/refunds/{refund}/settlement`: marks a refund that the gateway refused as done, because
/// the money was paid back in another way.
pub async fn give_otherwise(staff: StaffRequest, ids: Path<(i64, i64)>, fields: Fields) -> PageResult {
    let (id, refund) = own_refund(&staff.db, ids.into_inner()).await?;
    let mut form = Form::from(fields);
    let Some(note) = form.line("note", 1..=MAX_NOTE_LEN, staff.page.t) else {
        return web::unprocessable(&PaymentPage::load(staff, id, (form, Some(refund))).await?);
    };
    let amount = amount_of(&staff.db, refund).await?;
    if needs_password(&staff, amount).await? {
        return require_password(staff, form.fields(), amount).await;
    }
    let audit = AuditContext::of(&staff);
    let decided = staff
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let decided = lifecycle::give_otherwise(conn, refund, (audit.staff_id, &note), clock::now())?;
                record(conn, &audit, AuditAction::GiveOtherwise, (&decided, Some(&note)))?;
                Ok::<_, DbError>(decided)
            })
        })
        .await?;
    let made = Flash::success(staff.page.t.refund_given_otherwise());
    Ok(said(&staff.page, &decided, made).see_other(&address(id), &staff.config))
}

/// Returns the ids of a payment and its refund.
///
/// # Errors
/// [`PageError::NotFound`] if the refund belongs to another payment.
async fn own_refund(db: &Db, (id, refund): (i64, i64)) -> Result<(PaymentId, RefundId), PageError> {
    let (id, refund) = (PaymentId(id), RefundId(refund));
    let is_own = db.run(move |conn| Ok::<_, DbError>(payments::is_refund_of(conn, refund, id)?)).await?;
    if is_own { Ok((id, refund)) } else { Err(PageError::NotFound) }
}

async fn amount_of(db: &Db, refund: RefundId) -> Result<Money, PageError> {
    Ok(db.run(move |conn| Ok::<_, DbError>(payments::refund(conn, refund)?.amount)).await?)
}

fn record(
    conn: &mut db::Connection,
    audit: &AuditContext,
    action: AuditAction,
    (decided, note): (&RefundDecision, Option<&str>),
) -> Result<(), DbError> {
    let RefundDecision::Made(refund) = decided else { return Ok(()) };
    let after = json!({ "amount": refund.amount.plain(), "note": note });
    Ok(audit.record(conn, action, &refund.number, Diff::after(after))?)
}

fn said(page: &Page, decided: &RefundDecision, made: Flash) -> Flash {
    match decided {
        RefundDecision::Made(_) => made,
        RefundDecision::NothingLeft => Flash::error(page.t.refund_no_longer_left()),
        RefundDecision::TooLate => Flash::notice(page.t.payments_nothing_to_decide()),
    }
}
