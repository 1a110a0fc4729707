//! Staff take units out of an order before they are sent (a withdrawal): the units go back to the stock or are written
//! off, and their price is refunded or not collected.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::json;
use std::collections::BTreeMap;

use super::{
    refunds::{record_by_hand, refundable, want_part},
    rules::{self, RefundError},
    units::{finish_sending, take_out},
};
use crate::{
    kernel::{OrderId, OrderLineId, PayMethod, UserId},
    orders::{self, Actor, EventKind, LineState, LockedOrder, Status},
    payments::{self, Refund, RefundReason, worth_of_units},
};

/// The units that staff take out of an order, and why.
#[derive(Clone, Debug)]
pub struct Withdrawal {
    pub units: BTreeMap<OrderLineId, i32>,
    /// True if the units are damaged or missing, so that they cannot be sold again.
    pub is_written_off: bool,
    pub reason: String,
    pub staff: UserId,
    /// The idempotency token of the form: the form sent twice takes the units out once.
    pub token: String,
}

/// The outcome of taking units out of an order. Only `Done` has written anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WithdrawOutcome {
    /// The units were taken out; holds the refund, if the order was paid.
    Done(Option<Refund>),
    /// The same form has taken these units out before.
    Repeated,
    /// The order does not wait to be sent, but has this status.
    WrongStatus(Status),
    Refused(RefundError),
    /// Nothing would be left of the order: staff have to cancel it instead.
    CancelInstead,
}

/// Takes units out of an unsent order, in the caller's transaction. If all other units were sent, the order becomes
/// unreceived.
pub fn withdraw_units(
    conn: &mut PgConnection,
    order: OrderId,
    withdrawal: &Withdrawal,
    now: DateTime<Utc>,
) -> QueryResult<WithdrawOutcome> {
    let mut order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    if orders::has_event_of_form(conn, order.id, &withdrawal.token)? {
        return Ok(WithdrawOutcome::Repeated);
    }
    if order.status != Status::Unsent {
        return Ok(WithdrawOutcome::WrongStatus(order.status));
    }
    let lines = orders::line_states(conn, order.id)?;
    let units = match rules::units_to_withdraw(&lines, &withdrawal.units) {
        Ok(units) => units,
        Err(error) => return Ok(WithdrawOutcome::Refused(error)),
    };
    if rules::withdraws_all(&lines, &units) {
        return Ok(WithdrawOutcome::CancelInstead);
    }
    let refund = match refund_units(conn, &mut order, (&units, withdrawal), now)? {
        Ok(refund) => refund,
        Err(error) => return Ok(WithdrawOutcome::Refused(error)),
    };
    if order.pay_method == PayMethod::Cod && order.paid_amount.is_zero() {
        waive(conn, &order, &lines, &units)?;
    }
    take_out(conn, &order, (&lines, &units), withdrawal.is_written_off, Some(withdrawal.staff))?;
    let details = json!({
        "reason": withdrawal.reason,
        "token": withdrawal.token,
        "written_off": withdrawal.is_written_off,
        "units": units.values().sum::<i32>(),
    });
    let actor = Actor::Staff(withdrawal.staff);
    orders::record_event(conn, order.id, EventKind::Withdrawn, (actor, &details))?;
    finish_sending(conn, &mut order, actor, now)?;
    Ok(WithdrawOutcome::Done(refund))
}

/// Stores the refund of units that are taken out of a paid order before they are sent; `None` if nothing is left to be
/// refunded. The inner `Err` says why the units cannot be refunded; then nothing is written.
fn refund_units(
    conn: &mut PgConnection,
    order: &mut LockedOrder,
    (units, withdrawal): (&BTreeMap<OrderLineId, i32>, &Withdrawal),
    now: DateTime<Utc>,
) -> QueryResult<Result<Option<Refund>, RefundError>> {
    if order.left().is_zero() {
        return Ok(Ok(None));
    }
    let Some(payment) = payments::counting_payment(conn, order.id)? else { return Ok(Ok(None)) };
    let refundable = refundable(conn, order.id, (order.left(), order.freight), Some(&payment))?;
    let plan = match rules::plan_withdrawal(&refundable, units) {
        Ok(plan) => plan,
        Err(error) => return Ok(Err(error)),
    };
    if plan.amount.is_zero() {
        return Ok(Ok(None));
    }
    if refundable.by_hand && withdrawal.reason.is_empty() {
        return Ok(Err(RefundError::NoteNeeded));
    }
    let by = (Some(withdrawal.staff), withdrawal.reason.as_str(), None);
    let refund = want_part(conn, &payment, &plan, (RefundReason::Withdrawn, by), now)?;
    if let Some(refund) = &refund {
        record_by_hand(conn, order, (&payment, refund), withdrawal.staff, now)?;
    }
    Ok(Ok(refund))
}

/// Lowers the amount that the courier collects by the worth of these units.
fn waive(
    conn: &mut PgConnection,
    order: &LockedOrder,
    lines: &[LineState],
    units: &BTreeMap<OrderLineId, i32>,
) -> QueryResult<()> {
    for line in lines {
        let Some(count) = units.get(&line.id) else { continue };
        let up_to = worth_of_units(line.net(), line.count, 0, line.withdrawn_count + count);
        orders::waive_amount(conn, order.id, line.id, up_to.amount() - line.waived_amount.amount())?;
    }
    Ok(())
}
