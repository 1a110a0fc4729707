//! The form with which staff take units out of an order before they are sent.

use actix_web::web::Path;
use askama::Template;
use serde_json::json;

use super::{change_order, line_names::lines_page, order_path, page_of_order, refunds};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::Diff,
        large_refunds::{needs_password, require_password},
    },
    audit::AuditAction,
    kernel::{Money, OrderNumber},
    lifecycle::{self, RefundedPart, WithdrawOutcome, Withdrawal},
    orders::{self, LineState, forms},
    platform::{clock, db::DbError, random},
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

/// The maximum length of the reason for taking units out of an order, in characters.
const MAX_REASON_LEN: usize = 200;

#[derive(Template)]
#[template(path = "admin/orders/withdrawal.html")]
struct WithdrawalPage {
    page: AdminPage,
    number: OrderNumber,
    lines: Vec<LineState>,
    form: Form,
    /// The idempotency token of the form: the form sent twice takes the units out once.
    token: String,
}

/// `GET /admin/orders/{number}/withdrawals`: the form that takes units out of an order; an unknown number redirects to
/// the list of orders with a message.
pub async fn withdrawal_page(staff: StaffRequest, typed: Path<String>) -> PageResult {
    page_of_order(&typed, async |number| WithdrawalPage::load(staff, number, Form::default()).await).await
}

/// `POST /admin/orders/{number}/withdrawals`: takes units out of an order, back to the stock or written off as damaged,
/// and refunds them.
pub async fn withdraw(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let token = form.value("token").to_owned();
    if !random::is_token(&token) {
        return Err(PageError::BadRequest);
    }
    let units = forms::units(&mut form, "count", t.refund_count_wrong());
    let reason = form.line("reason", 1..=MAX_REASON_LEN, t);
    let (Some(units), Some(reason)) = (units, reason) else {
        return web::unprocessable(&WithdrawalPage::load(staff, number, form).await?);
    };
    let is_written_off = form.value("goods") == "write_off";
    let part = RefundedPart::Lines { units: units.clone(), freight: Money::ZERO };
    let asked = number.clone();
    let planned = staff.db.run(move |conn| {
        let id = orders::id_of_number(conn, &asked)?.ok_or(DbError::Missing)?;
        Ok::<_, DbError>(lifecycle::plan_refund(&lifecycle::refundable_order(conn, id)?, &part))
    });
    let amount = planned.await?.map_or(Money::ZERO, |plan| plan.amount);
    if needs_password(&staff, amount).await? {
        return require_password(staff, form.fields(), amount).await;
    }
    let withdrawal = Withdrawal { units, is_written_off, reason, staff: staff.user.id, token };
    let target = number.to_string();
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let outcome = lifecycle::withdraw_units(conn, id, &withdrawal, clock::now())?;
        if let WithdrawOutcome::Done(refund) = &outcome {
            let after = json!({
                "units": withdrawal.units.values().sum::<i32>(),
                "written_off": is_written_off,
                "reason": withdrawal.reason,
                "amount": refund.as_ref().map(|refund| refund.amount.plain()),
            });
            audit.record(conn, AuditAction::WithdrawUnits, &target, Diff::after(after))?;
        }
        Ok(outcome)
    });
    let flash = match outcome.await? {
        WithdrawOutcome::Done(Some(refund)) => Flash::success(t.withdraw_refunded(refund.amount)),
        WithdrawOutcome::Done(None) => Flash::success(t.withdraw_done()),
        WithdrawOutcome::Repeated => Flash::notice(t.order_changed_meanwhile()),
        WithdrawOutcome::WrongStatus(status) => Flash::error(t.parcel_wrong_status(status.name(&t))),
        WithdrawOutcome::Refused(error) => {
            let (_, words) = refunds::refused(t, &error);
            form.fail("count", words);
            return web::unprocessable(&WithdrawalPage::load(staff, number, form).await?);
        }
        WithdrawOutcome::CancelInstead => {
            form.fail("count", t.withdraw_cancel_instead());
            return web::unprocessable(&WithdrawalPage::load(staff, number, form).await?);
        }
    };
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

impl WithdrawalPage {
    async fn load(staff: StaffRequest, number: OrderNumber, form: Form) -> Result<Self, PageError> {
        let (badges, lines) = lines_page(&staff, &number).await?;
        let token = random::token_or_new(form.value("token"));
        Ok(Self { page: AdminPage::new(staff.page, badges), number, lines, form, token })
    }

    /// Returns the number of units of this line to take out, as typed.
    fn count(&self, line: &LineState) -> &str {
        super::typed_count(&self.form, line.id)
    }
}
