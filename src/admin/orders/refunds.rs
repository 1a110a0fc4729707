//! The form that refunds a part of an order.

use actix_web::web::Path;
use askama::Template;
use serde_json::json;

use super::{line_names::rename, page_of_order, typed_count};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        large_refunds::{needs_password, require_password},
        nav_badges::NavBadges,
    },
    audit::AuditAction,
    kernel::{Money, OrderNumber},
    lifecycle::{self, RefundError, RefundRequest, RefundableOrder, RefundedPart, RequestedRefund},
    messages::Messages,
    orders::{self, LineState, forms},
    payments,
    platform::{
        clock,
        db::{self, DbError},
        random,
    },
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

/// The maximum length of the note that staff write about a refund, in characters.
pub(super) const MAX_NOTE_LEN: usize = 200;

#[derive(Template)]
#[template(path = "admin/orders/refunds.html")]
struct RefundPage {
    page: AdminPage,
    number: OrderNumber,
    order: RefundableOrder,
    form: Form,
    /// The idempotency token of the form: the form sent twice makes one refund.
    token: String,
}

/// `GET /admin/orders/{number}/refunds`: the form that refunds a part of an order; an unknown number redirects to the
/// list of orders with a message.
pub async fn refunds(staff: StaffRequest, typed: Path<String>) -> PageResult {
    page_of_order(&typed, async |number| RefundPage::load(staff, number, Form::default()).await).await
}

/// `POST /admin/orders/{number}/refunds`: refunds units of order lines and the freight, or an amount.
pub async fn refund(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let (number, t): (OrderNumber, _) = (typed.parse().map_err(|_| PageError::NotFound)?, staff.page.t);
    let mut form = Form::from(fields);
    let token = form.value("token").to_owned();
    if !random::is_token(&token) {
        return Err(PageError::BadRequest);
    }
    let (Some(part), Some(note)) = (part(&mut form, t), form.line("note", 0..=MAX_NOTE_LEN, t)) else {
        return web::unprocessable(&RefundPage::load(staff, number, form).await?);
    };
    let (asked, wanted, by_token) = (number.clone(), part.clone(), token.clone());
    let (id, planned, is_repeated) = staff
        .db
        .run(move |conn| {
            let id = orders::id_of_number(conn, &asked)?.ok_or(DbError::Missing)?;
            let planned = lifecycle::plan_refund(&lifecycle::refundable_order(conn, id)?, &wanted);
            Ok::<_, DbError>((id, planned, payments::refund_by_token(conn, &by_token)?.is_some()))
        })
        .await?;
    let amount = planned.map_or(Money::ZERO, |plan| plan.amount);
    if !is_repeated && needs_password(&staff, amount).await? {
        return require_password(staff, form.fields(), amount).await;
    }
    let request = RefundRequest { part, note, staff: staff.user.id, token };
    let (path, target, audit) = (format!("/admin/orders/{number}"), number.to_string(), AuditContext::of(&staff));
    let made = staff
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let made = lifecycle::refund_order(conn, id, &request, clock::now())?;
                if let Ok(RequestedRefund { refund, is_repeated: false }) = &made {
                    let amount = refund.amount.plain();
                    let after = json!({ "amount": amount, "refund": refund.number, "note": request.note });
                    audit.record(conn, AuditAction::RefundOrder, &target, Diff::after(after))?;
                }
                Ok::<_, DbError>(made)
            })
        })
        .await?;
    match made {
        Ok(RequestedRefund { refund, is_repeated: false }) => {
            Ok(Flash::success(t.refund_under_way(refund.amount)).see_other(&path, &staff.config))
        }
        Ok(_) => Ok(Flash::notice(t.refund_made_before()).see_other(&path, &staff.config)),
        Err(error) => {
            let (field, words) = refused(t, &error);
            form.fail(field, words);
            web::unprocessable(&RefundPage::load(staff, number, form).await?)
        }
    }
}

/// Reads what to refund: units and freight, or an amount. Returns `None`, with errors in the form, if a field is
/// invalid.
fn part(form: &mut Form, t: Messages) -> Option<RefundedPart> {
    let units = forms::units(form, "count", t.refund_count_wrong());
    let (freight, amount) = (money(form, "freight", t), money(form, "amount", t));
    let units = units.filter(|_| !form.has_errors())?;
    let Some(amount) = amount else {
        return Some(RefundedPart::Lines { units, freight: freight.unwrap_or_default() });
    };
    if freight.is_some_and(|freight| !freight.is_zero()) || units.values().any(|count| *count > 0) {
        form.fail("amount", t.refund_either());
        return None;
    }
    Some(RefundedPart::Amount(amount))
}

/// Reads an amount that may be missing. Returns `None` if the field is empty or, with an error in the form, if it is
/// invalid.
pub(super) fn money(form: &mut Form, field: &'static str, t: Messages) -> Option<Money> {
    if form.value(field).is_empty() {
        return None;
    }
    let amount = Money::typed(form.value(field)).ok().filter(|_| !form.has_controls(field));
    if amount.is_none() {
        form.fail(field, t.refund_amount_wrong());
    }
    amount
}

/// Returns (name of the form field to which the refusal belongs, error message).
pub(super) fn refused(t: Messages, error: &RefundError) -> (&'static str, String) {
    match error {
        RefundError::NothingLeft => ("amount", t.refund_nothing_left().to_owned()),
        RefundError::NothingChosen => ("amount", t.refund_nothing_chosen().to_owned()),
        RefundError::TooManyUnits { line, left } => ("count", t.refund_too_many(line, left)),
        RefundError::TooMuchFreight { left } => ("freight", t.refund_too_much(left)),
        RefundError::TooMuch { left } => ("amount", t.refund_too_much(left)),
        RefundError::CancelInstead => ("count", t.withdraw_cancel_instead().to_owned()),
        RefundError::NoteNeeded => ("note", t.refund_by_hand_words().to_owned()),
        RefundError::Erased => ("amount", t.order_erased().to_owned()),
    }
}

impl RefundPage {
    async fn load(staff: StaffRequest, number: OrderNumber, form: Form) -> Result<Self, PageError> {
        let (asked, language) = (number.clone(), staff.page.language());
        let (badges, order) = staff
            .db
            .run(move |conn| {
                let id = orders::id_of_number(conn, &asked)?.ok_or(DbError::Missing)?;
                let mut order = lifecycle::refundable_order(conn, id)?;
                rename(conn, order.lines.iter_mut().map(|(line, _)| line).collect(), language)?;
                Ok::<_, DbError>((NavBadges::load_with(conn)?, order))
            })
            .await?;
        let token = random::token_or_new(form.value("token"));
        Ok(Self { page: AdminPage::new(staff.page, badges), number, order, form, token })
    }

    /// Returns the number of units of this line to refund, as typed.
    fn count(&self, line: &LineState) -> &str {
        typed_count(&self.form, line.id)
    }
}
