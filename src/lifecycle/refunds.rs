//! Refunds of an order's payment. Each refund is stored first, while the order is locked, and its amount is subtracted
//! from what can still be refunded. If the gateway then refuses the refund, its amount is added again.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;
use std::collections::BTreeMap;

use super::{
    rules::{self, RefundError, RefundPlan, RefundableOrder, RefundedPart},
    units::{complete_refunds, finish_sending, take_out},
};
use crate::{
    fapiao,
    kernel::{Money, OrderId, PayMethod, UserId},
    orders::{self, Actor, EventKind, LineState, LockedOrder, Status},
    payments::{self, NewRefund, Payment, Refund, RefundReason, RefundStatus},
};

/// Stores a refund of the part of a payment that is not refunded yet.
pub(super) fn want_back(
    conn: &mut PgConnection,
    payment: &Payment,
    reason: RefundReason,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let new = NewRefund {
        payment: payment.id,
        amount: payment.amount,
        freight: Money::ZERO,
        reason,
        note: String::new(),
        staff: None,
        token: None,
    };
    if let Some(refund) = payments::want_refund(conn, payment, &new, now)? {
        record_wanted(conn, payment, &refund, None)?;
    }
    Ok(())
}

fn record_wanted(
    conn: &mut PgConnection,
    payment: &Payment,
    refund: &Refund,
    staff: Option<UserId>,
) -> QueryResult<usize> {
    let details = json!({ "refund": refund.id.0, "amount": refund.amount.plain() });
    let actor = staff.map_or(Actor::System, Actor::Staff);
    orders::record_event(conn, payment.order_id, EventKind::RefundWanted, (actor, &details))
}

/// Records in the history of the order that the money of a refund is back with the shopper. If the order's fapiao was
/// issued for more than is left of the payment, also marks it as to be reversed.
pub(super) fn record_done(
    conn: &mut PgConnection,
    order: &LockedOrder,
    refund: &Refund,
    actor: Actor,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    fapiao::mark_to_reverse(conn, order.id, now)?;
    let details = json!({ "refund": refund.id.0, "amount": refund.amount.plain() });
    orders::record_event(conn, order.id, EventKind::RefundDone, (actor, &details))
}

/// A refund that staff ask for.
#[derive(Clone, Debug)]
pub struct RefundRequest {
    pub part: RefundedPart,
    pub note: String,
    pub staff: UserId,
    /// The idempotency token of the form: the form sent twice makes one refund.
    pub token: String,
}

/// A refund that staff have asked for, and whether an earlier request with the same token has made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedRefund {
    pub refund: Refund,
    pub is_repeated: bool,
}

/// Loads what can be refunded of an order.
pub fn refundable_order(conn: &mut PgConnection, id: OrderId) -> QueryResult<RefundableOrder> {
    let (paid, refunded, freight) = orders::amounts_of(conn, id)?;
    let left = Money::new(paid.amount() - refunded.amount()).unwrap_or_default();
    let payment = payments::counting_payment(conn, id)?;
    refundable(conn, id, (left, freight), payment.as_ref())
}

pub(super) fn refundable(
    conn: &mut PgConnection,
    order: OrderId,
    (left, freight): (Money, Money),
    payment: Option<&Payment>,
) -> QueryResult<RefundableOrder> {
    let lines = orders::line_states(conn, order)?;
    let Some(payment) = payment else {
        let lines = lines.into_iter().map(|line| (line, 0)).collect();
        return Ok(RefundableOrder { lines, ..RefundableOrder::default() });
    };
    let units = payments::refunded_units(conn, payment.id)?;
    let refunded_freight = payments::refunded_freight(conn, payment.id)?;
    let with_units = |line: LineState| {
        let refunded = units.get(&line.id).copied().unwrap_or_default();
        let unpaid = rules::waived_units(&line);
        (line, refunded + unpaid)
    };
    Ok(RefundableOrder {
        left,
        freight_left: Money::new(freight.amount() - refunded_freight.amount()).unwrap_or_default(),
        lines: lines.into_iter().map(with_units).collect(),
        by_hand: payment.pay_method == PayMethod::Cod,
    })
}

/// Stores a refund of a part of an order's payment, in the caller's transaction. The inner `Err` says why it cannot be
/// refunded; then nothing is written.
pub fn refund_order(
    conn: &mut PgConnection,
    order: OrderId,
    request: &RefundRequest,
    now: DateTime<Utc>,
) -> QueryResult<Result<RequestedRefund, RefundError>> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    if let Some(refund) = payments::refund_by_token(conn, &request.token)? {
        return Ok(Ok(RequestedRefund { refund, is_repeated: true }));
    }
    if order.is_erased {
        return Ok(Err(RefundError::Erased));
    }
    let Some(payment) = payments::counting_payment(conn, order.id)? else { return Ok(Err(RefundError::NothingLeft)) };
    let refundable = refundable(conn, order.id, (order.left(), order.freight), Some(&payment))?;
    let plan = match rules::plan_refund(&refundable, &request.part) {
        Ok(plan) => plan,
        Err(error) => return Ok(Err(error)),
    };
    if refundable.by_hand && request.note.is_empty() {
        return Ok(Err(RefundError::NoteNeeded));
    }
    if let Err(error) = withdraw_refunded(conn, &mut order, &refundable, &plan, (request.staff, now))? {
        return Ok(Err(error));
    }
    let reason = match request.part {
        RefundedPart::Lines { .. } => RefundReason::Lines,
        RefundedPart::Amount(_) => RefundReason::Amount,
    };
    let by = (Some(request.staff), request.note.as_str(), Some(request.token.as_str()));
    let Some(refund) = want_part(conn, &payment, &plan, (reason, by), now)? else {
        return Ok(Err(RefundError::NothingLeft));
    };
    record_by_hand(conn, &mut order, (&payment, &refund), request.staff, now)?;
    Ok(Ok(RequestedRefund { refund, is_repeated: false }))
}

/// Takes those units out of an unsent order that are refunded before they were sent: they will not be sent any more.
/// The inner `Err` says why that is not possible; then nothing is written.
fn withdraw_refunded(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    refundable: &RefundableOrder,
    plan: &RefundPlan,
    (staff, now): (UserId, DateTime<Utc>),
) -> QueryResult<Result<(), RefundError>> {
    if order.status != Status::Unsent {
        return Ok(Ok(()));
    }
    let mut units = BTreeMap::new();
    let mut lines = Vec::new();
    for (line, refunded) in &refundable.lines {
        let part = plan.lines.iter().find(|part| part.line == line.id);
        let count = part.map_or(0, |part| part.count);
        // Units that were sent or withdrawn, and are not refunded, are refunded first.
        let others = (line.sent_count + line.withdrawn_count - refunded).max(0);
        let unsent = (count - others).clamp(0, line.unsent());
        if unsent > 0 {
            units.insert(line.id, unsent);
        }
        lines.push(line.clone());
    }
    if units.is_empty() {
        return Ok(Ok(()));
    }
    if rules::withdraws_all(&lines, &units) {
        return Ok(Err(RefundError::CancelInstead));
    }
    take_out(conn, order, (&lines, &units), false, Some(staff))?;
    let details = json!({ "units": units.values().sum::<i32>() });
    orders::record_event(conn, order.id, EventKind::Withdrawn, (Actor::Staff(staff), &details))?;
    finish_sending(conn, order, Actor::Staff(staff), now)?;
    Ok(Ok(()))
}

/// Computes a refund of a locked order's payment; the inner `Err` says why there can be none.
pub(super) fn plan_for(
    conn: &mut PgConnection,
    order: &LockedOrder,
    part: &RefundedPart,
) -> QueryResult<Result<(Payment, RefundPlan), RefundError>> {
    let Some(payment) = payments::counting_payment(conn, order.id)? else { return Ok(Err(RefundError::NothingLeft)) };
    let refundable = refundable(conn, order.id, (order.left(), order.freight), Some(&payment))?;
    Ok(rules::plan_refund(&refundable, part).map(|plan| (payment, plan)))
}

/// (member of staff who asks for a refund, `None` if the program does; note; idempotency token of the form).
type RequestedBy<'a> = (Option<UserId>, &'a str, Option<&'a str>);

/// Stores a refund, and subtracts its amount from what can still be refunded of the order and its lines. `None` if a
/// refund with the same token was stored before.
pub(super) fn want_part(
    conn: &mut PgConnection,
    payment: &Payment,
    plan: &RefundPlan,
    (reason, (staff, note, token)): (RefundReason, RequestedBy<'_>),
    now: DateTime<Utc>,
) -> QueryResult<Option<Refund>> {
    let new = NewRefund {
        payment: payment.id,
        amount: plan.amount,
        freight: plan.freight,
        reason,
        note: note.to_owned(),
        staff,
        token: token.map(str::to_owned),
    };
    let Some(refund) = payments::want_refund(conn, payment, &new, now)? else { return Ok(None) };
    payments::save_refund_lines(conn, refund.id, &plan.lines)?;
    orders::change_refunded_amount(conn, payment.order_id, plan.amount.amount())?;
    for line in &plan.lines {
        orders::change_line_refunded_amount(conn, line.line, line.amount.amount())?;
    }
    record_wanted(conn, payment, &refund, staff)?;
    Ok(Some(refund))
}

/// Records a refund of cash, which no gateway can pay back, as paid back by this member of staff. Does nothing if the
/// payment was not cash.
pub(super) fn record_by_hand(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    (payment, refund): (&Payment, &Refund),
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if payment.pay_method != PayMethod::Cod {
        return Ok(());
    }
    payments::record_refund(conn, refund.id, RefundStatus::Elsewhere, (None, None), now)?;
    record_done(conn, order, refund, Actor::Staff(staff), now)?;
    complete_refunds(conn, order, payment, Actor::Staff(staff), now)
}
