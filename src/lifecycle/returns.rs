//! Returns of goods: the shopper asks for one or gives it up, staff answer, the goods go back to the stock, the money
//! is refunded.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

use super::{
    refunds::{plan_for, record_by_hand, want_part},
    rules::{self, RefundError, RefundedPart, ReturnableLine},
    units::skus_of,
};
use crate::{
    fulfillment::{self, ArrivedUnits, NewReturn, Return, ReturnKind, ReturnPicture, ReturnStatus},
    kernel::{Money, OrderId, OrderLineId, PayMethod, ReturnId, UserId},
    orders::{self, Actor, EventKind, LineCounts, LockedOrder, Status},
    payments::{self, Refund, RefundReason},
    stock::{self, OrderMovement},
};

/// Which units of an order can be returned, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnableOrder {
    pub lines: Vec<ReturnableLine>,
    /// The last time at which the shopper can ask for a return; `None` before the order is received.
    pub until: Option<DateTime<Utc>>,
}

/// Loads which units of an order can be returned; `None` if none can, because the order was not sent or not paid, or
/// was received more than `days` ago.
pub fn returnable_order(
    conn: &mut PgConnection,
    order: &orders::Order,
    days: i32,
    now: DateTime<Utc>,
) -> QueryResult<Option<ReturnableOrder>> {
    let paid = !order.paid_amount.is_zero() || order.due().is_zero();
    let Some(until) = return_period(order.status, order.received_at, paid, days, now) else { return Ok(None) };
    let lines = returnable_lines(conn, order.id)?;
    Ok(lines.iter().any(|line| line.left > 0).then_some(ReturnableOrder { lines, until }))
}

/// Returns the last time at which the shopper can ask for a return (`Some(None)` if it is not known yet); `None` if a
/// return is not possible.
fn return_period(
    status: Status,
    received_at: Option<DateTime<Utc>>,
    is_paid: bool,
    days: i32,
    now: DateTime<Utc>,
) -> Option<Option<DateTime<Utc>>> {
    let has_left = matches!(status, Status::Unreceived | Status::Unreviewed | Status::Finished);
    let until = received_at.map(|at| at + TimeDelta::days(i64::from(days)));
    (has_left && is_paid && until.is_none_or(|until| now <= until)).then_some(until)
}

fn returnable_lines(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<ReturnableLine>> {
    let lines = orders::line_states(conn, order)?;
    let in_returns = fulfillment::open_return_units(conn, order)?;
    let refunded = match payments::counting_payment(conn, order)? {
        Some(payment) => payments::refunded_units(conn, payment.id)?,
        None => HashMap::new(),
    };
    Ok(rules::returnable_lines(lines, &refunded, &in_returns))
}

/// The outcome of a shopper's wish to return units. Only `Asked` has written anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReturnOutcome {
    Asked(Return),
    /// The same form was sent before; holds the return that it made.
    Repeated(Return),
    /// The order cannot be returned, or not any more.
    TooLate,
    /// The shopper wants to return more units of a line than can be returned.
    TooMany {
        line: String,
        left: i32,
    },
    Nothing,
}

/// Stores a shopper's wish to return units of an order, in the caller's transaction.
pub fn ask_return(
    conn: &mut PgConnection,
    order: OrderId,
    new: &NewReturn,
    (shopper, days): (UserId, i32),
    now: DateTime<Utc>,
) -> QueryResult<ReturnOutcome> {
    let order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    if let Some(before) = fulfillment::return_by_token(conn, order.id, &new.token)? {
        return Ok(ReturnOutcome::Repeated(before));
    }
    let is_paid = !order.paid_amount.is_zero() || order.due().is_zero();
    if return_period(order.status, order.received_at, is_paid, days, now).is_none() {
        return Ok(ReturnOutcome::TooLate);
    }
    let lines = returnable_lines(conn, order.id)?;
    let mut units: BTreeMap<OrderLineId, i32> = BTreeMap::new();
    for (line, count) in new.units.iter().filter(|(_, count)| *count > 0) {
        let wanted = units.entry(*line).or_default();
        *wanted = wanted.saturating_add(*count);
    }
    if units.is_empty() {
        return Ok(ReturnOutcome::Nothing);
    }
    for (id, count) in &units {
        let line = lines.iter().find(|line| line.state.id == *id).ok_or(Error::NotFound)?;
        if *count > line.left {
            return Ok(ReturnOutcome::TooMany { line: line.state.name.clone(), left: line.left });
        }
    }
    let new = NewReturn { units: units.into_iter().collect(), ..new.clone() };
    let asked = fulfillment::save_return(conn, order.id, &new, now)?;
    record(conn, &order, EventKind::ReturnAsked, Actor::Shopper(shopper), &asked, "")?;
    Ok(ReturnOutcome::Asked(asked))
}

/// The outcome of an act of staff or of the shopper that changes the status of a return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReturnStep {
    /// The status was changed; holds the refund, if one was made.
    Done(Option<Refund>),
    /// The return has this status, which does not allow the change: somebody else was faster. Nothing was done.
    TooLate(ReturnStatus),
    Refused(RefundError),
    /// More units came back than the shopper wanted to return; nothing was done.
    TooMany,
}

/// Adds a picture to a return that staff have not answered yet. Returns `None` if staff have answered it, and false if
/// the return has five pictures already.
pub fn add_return_picture(
    conn: &mut PgConnection,
    (order, id): (OrderId, ReturnId),
    picture: &ReturnPicture,
) -> QueryResult<Option<bool>> {
    let (_, ret) = lock(conn, order, id)?;
    if ret.status != ReturnStatus::Asked {
        return Ok(None);
    }
    fulfillment::add_return_picture(conn, id, picture).map(Some)
}

/// Records that the shopper does not want to return the goods any more, which is possible until they are sent back.
pub fn withdraw_return(
    conn: &mut PgConnection,
    (order, id): (OrderId, ReturnId),
    shopper: UserId,
    now: DateTime<Utc>,
) -> QueryResult<ReturnStep> {
    let (order, ret) = lock(conn, order, id)?;
    if !matches!(ret.status, ReturnStatus::Asked | ReturnStatus::Approved) {
        return Ok(ReturnStep::TooLate(ret.status));
    }
    fulfillment::withdraw_return(conn, id, now)?;
    record(conn, &order, EventKind::ReturnWithdrawn, Actor::Shopper(shopper), &ret, "")?;
    Ok(ReturnStep::Done(None))
}

/// Records the carrier and the tracking number with which the shopper sends the goods back.
pub fn send_back(
    conn: &mut PgConnection,
    (order, id): (OrderId, ReturnId),
    parcel: (&str, &str),
    shopper: UserId,
    now: DateTime<Utc>,
) -> QueryResult<ReturnStep> {
    let (order, ret) = lock(conn, order, id)?;
    let may = matches!(ret.status, ReturnStatus::Approved | ReturnStatus::SentBack);
    if !may || ret.kind != ReturnKind::GoodsBack {
        return Ok(ReturnStep::TooLate(ret.status));
    }
    fulfillment::record_sent_back(conn, id, parcel, now)?;
    record(conn, &order, EventKind::ReturnSentBack, Actor::Shopper(shopper), &ret, "")?;
    Ok(ReturnStep::Done(None))
}

/// Records the answer of staff to a return. If `is_approved`, the shopper may send the goods back; if the shopper wants
/// only money, staff then refund it by [`refund_return`].
pub fn answer_return(
    conn: &mut PgConnection,
    (order, id): (OrderId, ReturnId),
    is_approved: bool,
    (staff, words): (UserId, &str),
    now: DateTime<Utc>,
) -> QueryResult<ReturnStep> {
    let (order, ret) = lock(conn, order, id)?;
    if ret.status != ReturnStatus::Asked {
        return Ok(ReturnStep::TooLate(ret.status));
    }
    fulfillment::answer_return(conn, id, is_approved, words, now)?;
    let event = if is_approved { EventKind::ReturnApproved } else { EventKind::ReturnDeclined };
    record(conn, &order, event, Actor::Staff(staff), &ret, words)?;
    Ok(ReturnStep::Done(None))
}

/// Records which units of a return came back. Those that can be sold go back to the stock.
pub fn receive_return(
    conn: &mut PgConnection,
    (order, id): (OrderId, ReturnId),
    arrived: &[ArrivedUnits],
    staff: UserId,
    now: DateTime<Utc>,
) -> QueryResult<ReturnStep> {
    let (order, ret) = lock(conn, order, id)?;
    let may = matches!(ret.status, ReturnStatus::Approved | ReturnStatus::SentBack);
    if !may || ret.kind != ReturnKind::GoodsBack {
        return Ok(ReturnStep::TooLate(ret.status));
    }
    let asked = fulfillment::units_of_return(conn, id)?;
    if !rules::is_within_return(&asked, arrived) {
        return Ok(ReturnStep::TooMany);
    }
    fulfillment::record_arrival(conn, id, arrived, now)?;
    let mut sellable = BTreeMap::new();
    for units in arrived {
        let returned = units.sellable + units.damaged;
        orders::change_line_counts(conn, units.line, LineCounts { returned, ..LineCounts::default() })?;
        sellable.insert(units.line, units.sellable);
    }
    let lines = orders::line_states(conn, order.id)?;
    stock::move_order_units(conn, order.id, OrderMovement::Return, &skus_of(&lines, &sellable), Some(staff))?;
    record(conn, &order, EventKind::ReturnArrived, Actor::Staff(staff), &ret, "")?;
    Ok(ReturnStep::Done(None))
}

/// Which units and how much freight staff refund for a return.
#[derive(Clone, Debug)]
pub struct ReturnRefund {
    pub units: BTreeMap<OrderLineId, i32>,
    pub freight: Money,
    pub note: String,
    pub staff: UserId,
}

/// Refunds units of a return and a part of the freight, and closes the return. Staff may refund an approved return
/// before the goods have come back, or even if they never do.
pub fn refund_return(
    conn: &mut PgConnection,
    (order, id): (OrderId, ReturnId),
    wanted: &ReturnRefund,
    now: DateTime<Utc>,
) -> QueryResult<ReturnStep> {
    let (mut order, ret) = lock(conn, order, id)?;
    if !matches!(ret.status, ReturnStatus::Approved | ReturnStatus::SentBack | ReturnStatus::Arrived) {
        return Ok(ReturnStep::TooLate(ret.status));
    }
    let asked = fulfillment::units_of_return(conn, id)?;
    let is_asked =
        |line: &OrderLineId, count: i32| asked.iter().any(|units| units.line == *line && count <= units.count);
    if !wanted.units.iter().all(|(line, count)| *count == 0 || is_asked(line, *count)) {
        return Ok(ReturnStep::TooMany);
    }
    let part = RefundedPart::Lines { units: wanted.units.clone(), freight: wanted.freight };
    let (payment, plan) = match plan_for(conn, &order, &part)? {
        Ok(planned) => planned,
        Err(error) => return Ok(ReturnStep::Refused(error)),
    };
    if payment.pay_method == PayMethod::Cod && wanted.note.is_empty() {
        return Ok(ReturnStep::Refused(RefundError::NoteNeeded));
    }
    let by = (Some(wanted.staff), wanted.note.as_str(), None);
    let Some(refund) = want_part(conn, &payment, &plan, (RefundReason::Return, by), now)? else {
        return Ok(ReturnStep::Refused(RefundError::NothingLeft));
    };
    payments::set_return_of_refund(conn, refund.id, id)?;
    fulfillment::close_return(conn, id, "", now)?;
    record(conn, &order, EventKind::ReturnClosed, Actor::Staff(wanted.staff), &ret, "")?;
    record_by_hand(conn, &mut order, (&payment, &refund), wanted.staff, now)?;
    Ok(ReturnStep::Done(Some(refund)))
}

/// Closes an approved return without a refund, because nothing came back, or other goods than were sold.
pub fn close_return(
    conn: &mut PgConnection,
    (order, id): (OrderId, ReturnId),
    (staff, words): (UserId, &str),
    now: DateTime<Utc>,
) -> QueryResult<ReturnStep> {
    let (order, ret) = lock(conn, order, id)?;
    if !matches!(ret.status, ReturnStatus::Approved | ReturnStatus::SentBack | ReturnStatus::Arrived) {
        return Ok(ReturnStep::TooLate(ret.status));
    }
    fulfillment::close_return(conn, id, words, now)?;
    record(conn, &order, EventKind::ReturnClosed, Actor::Staff(staff), &ret, words)?;
    Ok(ReturnStep::Done(None))
}

fn lock(conn: &mut PgConnection, order: OrderId, id: ReturnId) -> QueryResult<(LockedOrder, Return)> {
    let order = orders::lock_order(conn, order)?.ok_or(Error::NotFound)?;
    let ret = fulfillment::lock_return(conn, order.id, id)?.ok_or(Error::NotFound)?;
    Ok((order, ret))
}

fn record(
    conn: &mut PgConnection,
    order: &LockedOrder,
    event: EventKind,
    actor: Actor,
    ret: &Return,
    words: &str,
) -> QueryResult<usize> {
    let details: Value =
        if words.is_empty() { json!({ "return": ret.id.0 }) } else { json!({ "return": ret.id.0, "reason": words }) };
    orders::record_event(conn, order.id, event, (actor, &details))
}
