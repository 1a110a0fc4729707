//! `/admin/returns` and the page of one return, on which staff answer the shopper, record what came back, and refund
//! it.

use actix_web::{HttpResponse, web::Path};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use serde_json::json;
use std::collections::BTreeMap;

use super::{change_order, line_names::line_states, page_of_order, refunds};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::Diff,
        large_refunds::{needs_password, require_password},
        nav_badges::NavBadges,
    },
    audit::AuditAction,
    fulfillment::{self, ArrivedUnits, OpenReturn, ReturnKind, ReturnLine, ReturnStatus, ReturnView},
    kernel::{Money, OrderLineId, OrderNumber, ReturnId},
    lifecycle::{self, RefundedPart, ReturnRefund, ReturnStep},
    messages::Messages,
    orders::{self, LineState, forms},
    platform::{clock, db::DbError},
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

/// The maximum length of what staff write to the shopper about a return, in characters.
const MAX_WORDS_LEN: usize = 500;
/// The maximum number of returns in the list; the longest-waiting ones are shown.
const MAX_LISTED: i64 = 200;

#[derive(Template)]
#[template(path = "admin/orders/returns.html")]
struct ReturnsPage {
    page: AdminPage,
    returns: Vec<OpenReturn>,
    zone: FixedOffset,
}

/// `GET /admin/returns`: the returns that are not closed; those that have waited longest come first.
pub async fn returns(staff: StaffRequest) -> PageResult {
    let (badges, returns) = staff
        .db
        .run(|conn| {
            let returns = fulfillment::open_returns(conn, MAX_LISTED)?;
            Ok::<_, DbError>((NavBadges::load_with(conn)?, returns))
        })
        .await?;
    let zone = staff.config.zone;
    web::html(&ReturnsPage { page: AdminPage::new(staff.page, badges), returns, zone })
}

#[derive(Template)]
#[template(path = "admin/orders/return.html")]
struct ReturnPage {
    page: AdminPage,
    number: OrderNumber,
    view: ReturnView,
    lines: Vec<LineState>,
    freight_left: Money,
    by_hand: bool,
    form: Form,
    zone: FixedOffset,
}

/// `GET /admin/orders/{number}/returns/{return}`: the page of a return; an unknown number or return redirects to the
/// list of orders with a message.
pub async fn return_page(staff: StaffRequest, path: Path<(String, i64)>) -> PageResult {
    let (typed, id) = path.into_inner();
    let page = async |number| ReturnPage::load(staff, number, ReturnId(id), Form::default()).await;
    page_of_order(&typed, page).await
}

/// `GET /admin/orders/{number}/returns/{return}/pictures/{position}`: a picture that the shopper has added to a return.
pub async fn picture(staff: StaffRequest, path: Path<(String, i64, i32)>) -> PageResult {
    let (typed, id, position) = path.into_inner();
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let picture = staff
        .db
        .run(move |conn| {
            let order = orders::id_of_number(conn, &number)?.ok_or(DbError::Missing)?;
            fulfillment::return_picture(conn, order, ReturnId(id), position)?.ok_or(DbError::Missing)
        })
        .await?;
    Ok(HttpResponse::Ok().content_type(picture.content_type()).body(picture.body))
}

/// `POST /admin/orders/{number}/returns/{return}/answer`: approves a return if `accepted` is `yes`, otherwise declines
/// it. `answer` is the text for the shopper; it is required to decline.
pub async fn answer(staff: StaffRequest, path: Path<(String, i64)>, fields: Fields) -> PageResult {
    let (number, id) = parsed(path)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let is_approved = form.value("accepted") == "yes";
    let Some(words) = form.lines("answer", usize::from(!is_approved)..=MAX_WORDS_LEN, t) else {
        return web::unprocessable(&ReturnPage::load(staff, number, id, form).await?);
    };
    let target = number.to_string();
    let step = change_order(&staff, &number, move |conn, order, audit| {
        let by = (audit.staff_id, words.as_str());
        let step = lifecycle::answer_return(conn, (order, id), is_approved, by, clock::now())?;
        if matches!(step, ReturnStep::Done(_)) {
            let after = json!({ "accepted": is_approved, "answer": words });
            audit.record(conn, AuditAction::AnswerReturn, &target, Diff::after(after))?;
        }
        Ok(step)
    });
    let done = if is_approved { t.return_approved_done() } else { t.return_declined_done() };
    let flash = flash(t, &step.await?, done);
    Ok(flash.see_other(&return_path(&number, id), &staff.config))
}

/// `POST /admin/orders/{number}/returns/{return}/arrival`: records how many units came back that can be sold again, and
/// how many are damaged.
pub async fn arrival(staff: StaffRequest, path: Path<(String, i64)>, fields: Fields) -> PageResult {
    let (number, id) = parsed(path)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let sellable = forms::units(&mut form, "sellable", t.refund_count_wrong());
    let damaged = forms::units(&mut form, "damaged", t.refund_count_wrong());
    let (Some(sellable), Some(damaged)) = (sellable, damaged) else {
        return web::unprocessable(&ReturnPage::load(staff, number, id, form).await?);
    };
    let mut arrived = Vec::with_capacity(sellable.len());
    for (line, sellable) in sellable {
        arrived.push(ArrivedUnits { line, sellable, damaged: damaged.get(&line).copied().unwrap_or_default() });
    }
    let target = number.to_string();
    let step = change_order(&staff, &number, move |conn, order, audit| {
        let step = lifecycle::receive_return(conn, (order, id), &arrived, audit.staff_id, clock::now())?;
        if matches!(step, ReturnStep::Done(_)) {
            let units: i32 = arrived.iter().map(|units| units.sellable + units.damaged).sum();
            audit.record(conn, AuditAction::ReceiveReturn, &target, Diff::after(json!({ "units": units })))?;
        }
        Ok(step)
    });
    let flash = match step.await? {
        ReturnStep::TooMany => {
            form.fail("sellable", t.return_too_many());
            return web::unprocessable(&ReturnPage::load(staff, number, id, form).await?);
        }
        step => flash(t, &step, t.return_arrived_done()),
    };
    Ok(flash.see_other(&return_path(&number, id), &staff.config))
}

/// `POST /admin/orders/{number}/returns/{return}/refund`: refunds units of a return and freight, and closes the return.
pub async fn refund(staff: StaffRequest, path: Path<(String, i64)>, fields: Fields) -> PageResult {
    let (number, id) = parsed(path)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let units = forms::units(&mut form, "count", t.refund_count_wrong());
    let freight = refunds::money(&mut form, "freight", t);
    let note = form.line("note", 0..=refunds::MAX_NOTE_LEN, t);
    let (Some(units), Some(note), false) = (units, note, form.has_errors()) else {
        return web::unprocessable(&ReturnPage::load(staff, number, id, form).await?);
    };
    let freight = freight.unwrap_or_default();
    let amount = planned(&staff, &number, units.clone(), freight).await?;
    if needs_password(&staff, amount).await? {
        return require_password(staff, form.fields(), amount).await;
    }
    let wanted = ReturnRefund { units, freight, note, staff: staff.user.id };
    let target = number.to_string();
    let step = change_order(&staff, &number, move |conn, order, audit| {
        let step = lifecycle::refund_return(conn, (order, id), &wanted, clock::now())?;
        if let ReturnStep::Done(Some(refund)) = &step {
            let after = json!({ "amount": refund.amount.plain(), "refund": refund.number, "note": wanted.note });
            audit.record(conn, AuditAction::RefundReturn, &target, Diff::after(after))?;
        }
        Ok(step)
    });
    let flash = match step.await? {
        ReturnStep::Refused(error) => {
            let (field, words) = refunds::refused(t, &error);
            form.fail(if field == "amount" { "count" } else { field }, words);
            return web::unprocessable(&ReturnPage::load(staff, number, id, form).await?);
        }
        ReturnStep::TooMany => {
            form.fail("count", t.return_too_many());
            return web::unprocessable(&ReturnPage::load(staff, number, id, form).await?);
        }
        ReturnStep::Done(Some(refund)) => Flash::success(t.refund_under_way(refund.amount)),
        step => flash(t, &step, t.return_closed_done()),
    };
    Ok(flash.see_other(&return_path(&number, id), &staff.config))
}

/// `POST /admin/orders/{number}/returns/{return}/closing`: closes a return without a refund, with a text for the
/// shopper.
pub async fn close(staff: StaffRequest, path: Path<(String, i64)>, fields: Fields) -> PageResult {
    let (number, id) = parsed(path)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some(words) = form.lines("closing", 1..=MAX_WORDS_LEN, t) else {
        return web::unprocessable(&ReturnPage::load(staff, number, id, form).await?);
    };
    let target = number.to_string();
    let step = change_order(&staff, &number, move |conn, order, audit| {
        let step = lifecycle::close_return(conn, (order, id), (audit.staff_id, &words), clock::now())?;
        if matches!(step, ReturnStep::Done(_)) {
            audit.record(conn, AuditAction::CloseReturn, &target, Diff::after(json!({ "answer": words })))?;
        }
        Ok(step)
    });
    let flash = flash(t, &step.await?, t.return_closed_done());
    Ok(flash.see_other(&return_path(&number, id), &staff.config))
}

fn parsed(path: Path<(String, i64)>) -> Result<(OrderNumber, ReturnId), PageError> {
    let (typed, id) = path.into_inner();
    Ok((typed.parse().map_err(|_| PageError::NotFound)?, ReturnId(id)))
}

fn return_path(number: &OrderNumber, id: ReturnId) -> String {
    format!("/admin/orders/{number}/returns/{id}")
}

fn flash(t: Messages, step: &ReturnStep, done: &str) -> Flash {
    match step {
        ReturnStep::Done(_) => Flash::success(done),
        ReturnStep::TooLate(status) => Flash::notice(t.return_is_now(status.name(&t))),
        ReturnStep::Refused(_) | ReturnStep::TooMany => Flash::error(t.return_too_many()),
    }
}

/// Returns the amount of a refund of these units and freight; 0 if it would be refused.
async fn planned(
    staff: &StaffRequest,
    number: &OrderNumber,
    units: BTreeMap<OrderLineId, i32>,
    freight: Money,
) -> Result<Money, PageError> {
    let (asked, part) = (number.clone(), RefundedPart::Lines { units, freight });
    let planned = staff.db.run(move |conn| {
        let id = orders::id_of_number(conn, &asked)?.ok_or(DbError::Missing)?;
        Ok::<_, DbError>(lifecycle::plan_refund(&lifecycle::refundable_order(conn, id)?, &part))
    });
    Ok(planned.await?.map_or(Money::ZERO, |plan| plan.amount))
}

impl ReturnsPage {
    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}

impl ReturnPage {
    async fn load(staff: StaffRequest, number: OrderNumber, id: ReturnId, form: Form) -> Result<Self, PageError> {
        let (asked, language) = (number.clone(), staff.page.language());
        let (badges, view, lines, refundable) = staff
            .db
            .run(move |conn| {
                let order = orders::id_of_number(conn, &asked)?.ok_or(DbError::Missing)?;
                let view = fulfillment::return_of(conn, order, id)?.ok_or(DbError::Missing)?;
                let refundable = lifecycle::refundable_order(conn, order)?;
                let lines = line_states(conn, order, language)?;
                Ok::<_, DbError>((NavBadges::load_with(conn)?, view, lines, refundable))
            })
            .await?;
        let (page, zone) = (AdminPage::new(staff.page, badges), staff.config.zone);
        let (freight_left, by_hand) = (refundable.freight_left, refundable.by_hand);
        Ok(Self { page, number, view, lines, freight_left, by_hand, form, zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    /// Returns the order line to which a line of the return belongs.
    fn line(&self, of: &ReturnLine) -> Option<&LineState> {
        self.lines.iter().find(|line| line.id == of.line)
    }

    fn can_be_answered(&self) -> bool {
        self.view.ret.status == ReturnStatus::Asked
    }

    fn can_arrive(&self) -> bool {
        let waits = matches!(self.view.ret.status, ReturnStatus::Approved | ReturnStatus::SentBack);
        waits && self.view.ret.kind == ReturnKind::GoodsBack
    }

    fn can_be_refunded(&self) -> bool {
        matches!(self.view.ret.status, ReturnStatus::Approved | ReturnStatus::SentBack | ReturnStatus::Arrived)
    }

    /// Returns the number typed in a field of this line; at first the units that came back, or those that the shopper
    /// wants to return.
    fn count(&self, field: &str, of: &ReturnLine) -> String {
        let typed = forms::typed_units(&self.form, field, of.line);
        let first = match (field, self.view.ret.status) {
            ("damaged", _) => 0,
            ("count", ReturnStatus::Arrived) => of.arrived(),
            _ => of.count,
        };
        typed.map_or_else(|| first.to_string(), str::to_owned)
    }
}
