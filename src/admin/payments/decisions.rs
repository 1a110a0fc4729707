//! What staff decide about attempts and refunds. Each decision is in the audit log, in the same transaction.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use serde_json::{Value, json};

use super::payment::PaymentPage;
use crate::{
    accounts::{Staff, User},
    admin::large_refunds::{needs_password, require_password},
    audit::{self, AuditAction, NewAuditEntry},
    config::Config,
    kernel::{Money, PaymentId, RefundId},
    lifecycle::{self, RefundDecision},
    payments::{self, OUT_OF_STOCK, Payment},
    platform::{
        clock,
        db::{self, Db, DbError},
    },
    web::{self, Fields, Flash, Form, Page, PageError},
};

/// In characters.
const MAX_NOTE_LEN: usize = 200;

fn address(id: PaymentId) -> String {
    format!("/admin/payments/{id}")
}

/// Who decides, and from where.
struct Decider {
    person: User,
    ip_address: String,
}

impl Decider {
    fn new(person: User, req: &HttpRequest) -> Self {
        Self { person, ip_address: web::client_address(req) }
    }

    fn entry(&self, action: AuditAction, target: &str, after: Value) -> NewAuditEntry {
        NewAuditEntry {
            staff_id: self.person.id,
            action,
            target: target.to_owned(),
            before: None,
            after: Some(after),
            ip_address: Some(self.ip_address.clone()),
        }
    }
}

async fn payment(db: &Db, id: PaymentId) -> Result<Payment, PageError> {
    let found = db.run(move |conn| Ok::<_, DbError>(payments::admin_payment(conn, id)?)).await?;
    Ok(found.ok_or(PageError::NotFound)?.0)
}

/// `POST /admin/payments/{id}/query`: has the gateway asked as soon as possible.
pub async fn query(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (id, decider) = (PaymentId(id.into_inner()), Decider::new(person, &req));
    let payment = payment(&db, id).await?;
    db.run(move |conn| {
        db::transaction(conn, |conn| {
            payments::query_soon(conn, id, clock::now())?;
            let entry = decider.entry(AuditAction::QueryPayment, &payment.number, json!({}));
            Ok::<_, DbError>(audit::record(conn, &entry)?)
        })
    })
    .await?;
    Ok(Flash::notice(page.t.payments_asked()).see_other(&address(id), &config))
}

/// `POST /admin/payments/{id}/settlement`: a strange attempt was looked at.
pub async fn settle(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    fields: Fields,
    (db, config): (Data<Db>, Data<Config>),
) -> Result<HttpResponse, PageError> {
    let (id, mut form, decider) = (PaymentId(id.into_inner()), Form::from(fields), Decider::new(person, &req));
    let Some(note) = form.line("note", 1..=MAX_NOTE_LEN, page.t) else {
        return web::unprocessable(&PaymentPage::load(page, id, (form, None), &db, &config).await?);
    };
    let payment = payment(&db, id).await?;
    let settled = db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let settled = lifecycle::settle_payment(conn, id)?;
                if let Some(strange) = &settled {
                    let after = json!({ "payment": strange, "note": note });
                    audit::record(conn, &decider.entry(AuditAction::SettlePayment, &payment.number, after))?;
                }
                Ok::<_, DbError>(settled)
            })
        })
        .await?;
    let flash = match settled {
        Some(_) => Flash::success(page.t.payments_settled()),
        None => Flash::notice(page.t.payments_nothing_to_decide()),
    };
    Ok(flash.see_other(&address(id), &config))
}

/// `POST /admin/payments/{id}/refund`: gives the money of an order that was paid late back now.
pub async fn refund(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let id = PaymentId(id.into_inner());
    let payment = payment(&db, id).await?;
    let is_waiting = payment.strange.as_deref() == Some(OUT_OF_STOCK);
    if is_waiting && needs_password(&req, payment.amount, &config).await? {
        return require_password(&req, page, &person, &Fields::default(), payment.amount, &db).await;
    }
    let decider = Decider::new(person, &req);
    let refunded = db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let refunded = lifecycle::refund_paid_late(conn, id, clock::now())?;
                if let Some(amount) = refunded {
                    let after = json!({ "amount": amount.plain() });
                    audit::record(conn, &decider.entry(AuditAction::RefundPayment, &payment.number, after))?;
                }
                Ok::<_, DbError>(refunded)
            })
        })
        .await?;
    let flash = match refunded {
        Some(amount) => Flash::success(page.t.refund_under_way(amount)),
        None => Flash::notice(page.t.payments_nothing_to_decide()),
    };
    Ok(flash.see_other(&address(id), &config))
}

/// `POST /admin/payments/{id}/revival`: takes the goods of an order that was paid late again.
pub async fn revive(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (id, decider) = (PaymentId(id.into_inner()), Decider::new(person, &req));
    let payment = payment(&db, id).await?;
    let revived = db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let revived = lifecycle::revive_paid_late(conn, id, decider.person.id, clock::now())?;
                if revived == Some(true) {
                    let entry = decider.entry(AuditAction::ReviveOrder, &payment.number, json!({}));
                    audit::record(conn, &entry)?;
                }
                Ok::<_, DbError>(revived)
            })
        })
        .await?;
    let flash = match revived {
        Some(true) => Flash::success(page.t.payments_revived()),
        Some(false) => Flash::error(page.t.payments_still_out_of_stock()),
        None => Flash::notice(page.t.payments_nothing_to_decide()),
    };
    Ok(flash.see_other(&address(id), &config))
}

/// `POST /admin/payments/{id}/refunds/{refund}/attempt`: tries a refund again.
pub async fn retry(
    Staff(person): Staff,
    page: Page,
    ids: Path<(i64, i64)>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (id, refund) = own_refund(&db, ids.into_inner()).await?;
    let decider = Decider::new(person, &req);
    let decided = db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let decided = lifecycle::retry_refund(conn, refund, clock::now())?;
                record(conn, &decided, |target, after| decider.entry(AuditAction::RetryRefund, target, after), None)?;
                Ok::<_, DbError>(decided)
            })
        })
        .await?;
    Ok(said(&page, &decided, Flash::success(page.t.refund_tried_again())).see_other(&address(id), &config))
}

/// `POST /admin/payments/{id}/refunds/{refund}/settlement`: the money of a refused refund was given back otherwise.
pub async fn give_otherwise(
    Staff(person): Staff,
    page: Page,
    ids: Path<(i64, i64)>,
    req: HttpRequest,
    fields: Fields,
    (db, config): (Data<Db>, Data<Config>),
) -> Result<HttpResponse, PageError> {
    let (id, refund) = own_refund(&db, ids.into_inner()).await?;
    let mut form = Form::from(fields);
    let Some(note) = form.line("note", 1..=MAX_NOTE_LEN, page.t) else {
        return web::unprocessable(&PaymentPage::load(page, id, (form, Some(refund)), &db, &config).await?);
    };
    let amount = amount_of(&db, refund).await?;
    if needs_password(&req, amount, &config).await? {
        return require_password(&req, page, &person, form.fields(), amount, &db).await;
    }
    let decider = Decider::new(person, &req);
    let decided = db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let decided = lifecycle::give_otherwise(conn, refund, (decider.person.id, &note), clock::now())?;
                let entry = |target: &str, after| decider.entry(AuditAction::GiveOtherwise, target, after);
                record(conn, &decided, entry, Some(&note))?;
                Ok::<_, DbError>(decided)
            })
        })
        .await?;
    Ok(said(&page, &decided, Flash::success(page.t.refund_given_otherwise())).see_other(&address(id), &config))
}

/// The ids of a payment and its refund.
///
/// # Errors
/// [`PageError::NotFound`] if it is a refund of another payment.
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
    decided: &RefundDecision,
    entry: impl Fn(&str, Value) -> NewAuditEntry,
    note: Option<&str>,
) -> Result<(), DbError> {
    let RefundDecision::Made(refund) = decided else { return Ok(()) };
    let after = json!({ "amount": refund.amount.plain(), "note": note });
    Ok(audit::record(conn, &entry(&refund.number, after))?)
}

fn said(page: &Page, decided: &RefundDecision, made: Flash) -> Flash {
    match decided {
        RefundDecision::Made(_) => made,
        RefundDecision::NothingLeft => Flash::error(page.t.refund_no_longer_left()),
        RefundDecision::TooLate => Flash::notice(page.t.payments_nothing_to_decide()),
    }
}
