//! Applies what a gateway says about a payment attempt to the attempt and its order, while the order's row is locked.
//! All ways to learn that end here: the notification, the browser that returns from the gateway, the scheduled query,
//! and a button for staff.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    actions::revive_order,
    refunds::{record_done, want_back},
    refused_refunds::release_refund,
    rules::{PaidDecision, decide_paid},
    staff::refund_paid_late,
    units::complete_refunds,
};
use crate::{
    kernel::{OrderId, PaymentId, RefundId, codes},
    orders::{self, Actor, CanceledBy, EventKind, LockedOrder, Status},
    payments::{
        self, GatewayState, OUT_OF_STOCK, PaidAttempt, PaidTrade, Payment, PaymentStatus, RefundReason, RefundState,
        RefundStatus,
    },
    platform::db::{self, DbError},
};

codes! {
    /// What a gateway's answer about a payment attempt led to.
    pub enum PaymentOutcome {
        /// The order became paid.
        OrderPaid = "order_paid",
        /// The order had been canceled for non-payment. Its goods were taken from the stock again, and it is paid.
        OrderRevived = "order_revived",
        /// The order had been canceled for non-payment, and its goods are not in stock any more. The payment waits
        /// until staff make the order valid again or refund the payment.
        OutOfStock = "out_of_stock",
        /// The payment is refunded, because another one pays the order, or because the order was canceled for another
        /// reason than non-payment.
        GoesBack = "goes_back",
        /// The same answer was applied before; nothing was changed.
        Repeated = "repeated",
        /// The amount or the gateway's number of the payment is not that of the attempt. Staff must look at the
        /// payment; the order was not changed.
        Strange = "strange",
        Closed = "closed",
        /// The attempt can still be paid.
        StillOpen = "still_open",
        /// It is unknown whether the attempt was paid. The gateway is asked again later.
        Unsure = "unsure",
    }
}

/// By how much the gateway's clock may be behind the shop's.
const CLOCK_GRACE: TimeDelta = TimeDelta::minutes(2);

/// Applies what a gateway says about a payment attempt to the attempt and its order. If the same is applied again,
/// nothing changes.
pub fn apply_gateway_result(
    conn: &mut PgConnection,
    payment: &Payment,
    state: &GatewayState,
    now: DateTime<Utc>,
) -> Result<PaymentOutcome, DbError> {
    db::transaction(conn, |conn| apply_in_transaction(conn, payment, state, now)).map_err(DbError::from)
}

/// Does what [`apply_gateway_result`] does, in the caller's transaction.
pub(super) fn apply_in_transaction(
    conn: &mut PgConnection,
    payment: &Payment,
    state: &GatewayState,
    now: DateTime<Utc>,
) -> QueryResult<PaymentOutcome> {
    let order = orders::lock_order(conn, payment.order_id)?.ok_or(diesel::result::Error::NotFound)?;
    let payment = payments::lock_payment(conn, payment.id)?;
    Ok(match state {
        GatewayState::Paid(trade) => apply_paid(conn, order, PaidAttempt { payment, trade: trade.clone() }, now)?,
        _ if payment.status != PaymentStatus::Open => PaymentOutcome::Repeated,
        GatewayState::Closed => {
            payments::mark_closed(conn, payment.id, now)?;
            PaymentOutcome::Closed
        }
        // The buyer's page may still be open: only after the expiry, by the gateway's clock, no trade can appear.
        GatewayState::NotFound if payment.expires_at + CLOCK_GRACE <= now => {
            payments::mark_closed(conn, payment.id, now)?;
            PaymentOutcome::Closed
        }
        GatewayState::NotFound | GatewayState::Waiting => {
            payments::record_query(conn, &payment, None, now)?;
            PaymentOutcome::StillOpen
        }
        GatewayState::Unsure(why) => {
            payments::record_query(conn, &payment, Some(why), now)?;
            PaymentOutcome::Unsure
        }
    })
}

fn apply_paid(
    conn: &mut PgConnection,
    order: LockedOrder,
    paid: PaidAttempt,
    now: DateTime<Utc>,
) -> QueryResult<PaymentOutcome> {
    let PaidAttempt { payment, trade } = &paid;
    let known = payments::payments_by_trade(conn, payment.pay_method, &[&trade.trade_no])?;
    match decide_paid(&order, payment, trade, known.get(&trade.trade_no).copied()) {
        PaidDecision::Repeated => compare_refunds(conn, payment, trade),
        PaidDecision::Strange(why) => {
            payments::mark_strange(conn, payment.id, &why)?;
            Ok(PaymentOutcome::Strange)
        }
        PaidDecision::PaysOrder => {
            pay_orders(conn, &[paid], now)?;
            Ok(PaymentOutcome::OrderPaid)
        }
        PaidDecision::NotAwaited => apply_not_awaited(conn, order, paid, now),
    }
}

/// Marks orders as paid by payment attempts for which the decision was [`PaidDecision::PaysOrder`], and marks the
/// orders' other attempts to be closed at the gateway. The caller has locked orders and attempts.
pub(super) fn pay_orders(conn: &mut PgConnection, paid: &[PaidAttempt], now: DateTime<Utc>) -> QueryResult<()> {
    if paid.is_empty() {
        return Ok(());
    }
    let mut events = Vec::new();
    for PaidAttempt { payment, .. } in paid {
        events.push((payment.order_id, json!({ "payment": payment.number })));
    }
    orders::apply_paid(conn, &events, Actor::Gateway, now)?;
    payments::mark_paid(conn, paid, true, now)?;
    let orders: Vec<OrderId> = events.into_iter().map(|(order, _)| order).collect();
    payments::want_closed(conn, &orders, now).map(drop)
}

/// Applies a payment to an order that does not wait for one. If the order was canceled for non-payment and its goods
/// are still in stock, it becomes valid again; otherwise the payment waits for staff or is refunded.
fn apply_not_awaited(
    conn: &mut PgConnection,
    mut order: LockedOrder,
    paid: PaidAttempt,
    now: DateTime<Utc>,
) -> QueryResult<PaymentOutcome> {
    let payment = &paid.payment;
    let details = json!({ "payment": payment.number });
    let outcome = if revive_order(conn, &mut order, (Actor::Gateway, &details), now)? {
        PaymentOutcome::OrderRevived
    } else if is_waiting_for_stock(&order) {
        PaymentOutcome::OutOfStock
    } else {
        PaymentOutcome::GoesBack
    };
    payments::mark_paid(conn, std::slice::from_ref(&paid), outcome == PaymentOutcome::OrderRevived, now)?;
    payments::want_closed(conn, &[order.id], now)?;
    match outcome {
        PaymentOutcome::GoesBack => want_back(conn, payment, RefundReason::Surplus, now)?,
        PaymentOutcome::OutOfStock => payments::mark_strange(conn, payment.id, OUT_OF_STOCK).map(drop)?,
        _ => {}
    }
    Ok(outcome)
}

/// Compares the sum of refunds that the gateway reports with that of the shop. If the gateway has refunded more (by
/// hand on its pages, or before a backup of the shop was restored), marks the payment for staff, unless it is marked
/// already.
fn compare_refunds(conn: &mut PgConnection, payment: &Payment, trade: &PaidTrade) -> QueryResult<PaymentOutcome> {
    let sent = payments::sent_sum(conn, payment.id)?;
    if trade.refunded <= sent || payment.strange.is_some() {
        return Ok(PaymentOutcome::Repeated);
    }
    let why =
        format!("{} has gone back at the gateway, {} of it by refunds from here", trade.refunded.plain(), sent.plain());
    payments::mark_strange(conn, payment.id, &why)?;
    Ok(PaymentOutcome::Strange)
}

/// Returns whether a late payment may make the order valid again: it was canceled only because it was not paid by its
/// deadline, and its shopper was not erased since, so that it still has an address.
fn is_waiting_for_stock(order: &LockedOrder) -> bool {
    order.status == Status::Canceled && order.canceled_by == Some(CanceledBy::Expiry) && !order.is_erased
}

/// Refunds at most `most` payments that came before `paid_before` and still wait because the goods were out of stock:
/// their orders had been canceled because they were not paid in time.
pub fn refund_out_of_stock(
    conn: &mut PgConnection,
    paid_before: DateTime<Utc>,
    most: i64,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let waiting: Vec<PaymentId> = payments::strange_payments(conn, OUT_OF_STOCK, paid_before, most)?;
    for id in &waiting {
        db::transaction(conn, |conn| refund_paid_late(conn, *id, now))
            .map_err(|error: diesel::result::Error| DbError::from(error))?;
    }
    Ok(waiting.len())
}

/// Applies what a gateway says about a refund. If that is unclear, the refund is tried again at the time `next`.
pub fn apply_refund_result(
    conn: &mut PgConnection,
    refund: RefundId,
    state: &RefundState,
    next: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    db::transaction(conn, |conn| {
        let payment = payments::payment_of_refund(conn, refund)?;
        let mut order = orders::lock_order(conn, payment.order_id)?.ok_or(diesel::result::Error::NotFound)?;
        let refund = payments::lock_refund(conn, refund)?;
        if matches!(refund.status, RefundStatus::Done | RefundStatus::Elsewhere | RefundStatus::Refused) {
            return Ok(());
        }
        match state {
            RefundState::Done => {
                payments::record_refund(conn, refund.id, RefundStatus::Done, (None, None), now)?;
                record_done(conn, &order, &refund, Actor::Gateway, now)?;
                complete_refunds(conn, &mut order, &payment, Actor::Gateway, now)?;
            }
            RefundState::Refused { .. } => {
                payments::record_refund(conn, refund.id, RefundStatus::Refused, (state.error(), None), now)?;
                release_refund(conn, &payment, &refund)?;
                let details = json!({ "refund": refund.id.0, "amount": refund.amount.plain() });
                orders::record_event(conn, order.id, EventKind::RefundRefused, (Actor::Gateway, &details))?;
            }
            RefundState::NotFound | RefundState::Pending | RefundState::Unsure(_) => {
                let pending = (state.error(), Some(next));
                payments::record_refund(conn, refund.id, RefundStatus::Sent, pending, now)?;
            }
        }
        Ok(())
    })
    .map_err(|error: diesel::result::Error| error.into())
}
