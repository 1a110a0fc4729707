//! Cash on delivery: what the courier collected, and parcels that the recipient refused.

use actix_web::web::Path;
use askama::Template;
use serde_json::json;

use super::{change_order, line_names::lines_page, order::AdminOrderPage, order_path, page_of_order};
use crate::{
    accounts::StaffRequest,
    admin::{admin_page::AdminPage, audit_context::Diff},
    audit::AuditAction,
    kernel::{Money, OrderNumber},
    lifecycle::{self, CashOutcome, RefusalOutcome},
    orders::{LineState, forms},
    platform::clock,
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

/// `POST /admin/orders/{number}/cash`: records that the courier collected the amount of a cash-on-delivery order.
pub async fn record_cash(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let collected = Money::typed(form.value("collected")).ok().filter(|amount| !amount.is_zero());
    let Some(collected) = collected.filter(|_| !form.has_controls("collected")) else {
        form.fail("collected", t.refund_amount_wrong());
        return web::unprocessable(&AdminOrderPage::load(staff, number, form).await?);
    };
    let target = number.to_string();
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let outcome = lifecycle::record_cash(conn, id, (audit.staff_id, collected), clock::now())?;
        if matches!(outcome, CashOutcome::Recorded | CashOutcome::Strange) {
            let after = json!({ "amount": collected.plain() });
            audit.record(conn, AuditAction::RecordCash, &target, Diff::after(after))?;
        }
        Ok(outcome)
    });
    let flash = match outcome.await? {
        CashOutcome::Recorded => Flash::success(t.order_cash_done()),
        CashOutcome::Strange => Flash::error(t.order_cash_strange()),
        CashOutcome::Repeated => Flash::notice(t.order_cash_repeated()),
        CashOutcome::NotDue => Flash::error(t.order_cash_not_due()),
    };
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

#[derive(Template)]
#[template(path = "admin/orders/refusal.html")]
struct RefusalPage {
    page: AdminPage,
    number: OrderNumber,
    lines: Vec<LineState>,
    form: Form,
}

/// `GET /admin/orders/{number}/refusal`: the form that records how many units of a refused order can be sold again.
pub async fn refusal_page(staff: StaffRequest, typed: Path<String>) -> PageResult {
    page_of_order(&typed, async |number| RefusalPage::load(staff, number, Form::default()).await).await
}

/// `POST /admin/orders/{number}/refusal`: records that the recipient refused the order and its parcel is back.
pub async fn record_refusal(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let Some(sellable) = forms::units(&mut form, "count", t.refund_count_wrong()) else {
        return web::unprocessable(&RefusalPage::load(staff, number, form).await?);
    };
    let target = number.to_string();
    let outcome = change_order(&staff, &number, move |conn, id, audit| {
        let outcome = lifecycle::record_refusal(conn, id, &sellable, audit.staff_id, clock::now())?;
        if outcome == RefusalOutcome::Canceled {
            let after = json!({ "units": sellable.values().sum::<i32>() });
            audit.record(conn, AuditAction::RecordRefusal, &target, Diff::after(after))?;
        }
        Ok(outcome)
    });
    let flash = match outcome.await? {
        RefusalOutcome::Canceled => Flash::success(t.refusal_done()),
        RefusalOutcome::NotDue => Flash::notice(t.order_changed_meanwhile()),
        RefusalOutcome::TooMany => {
            form.fail("count", t.refusal_too_many());
            return web::unprocessable(&RefusalPage::load(staff, number, form).await?);
        }
    };
    Ok(flash.see_other(&order_path(&number), &staff.config))
}

impl RefusalPage {
    async fn load(staff: StaffRequest, number: OrderNumber, form: Form) -> Result<Self, PageError> {
        let (badges, lines) = lines_page(&staff, &number).await?;
        Ok(Self { page: AdminPage::new(staff.page, badges), number, lines, form })
    }

    /// Returns the number of units of this line that can be sold again, as typed; at first all units that were sent.
    fn count(&self, line: &LineState) -> String {
        if self.form.all("line").next().is_none() {
            return line.sent_count.to_string();
        }
        super::typed_count(&self.form, line.id).to_owned()
    }
}
