//! What a gateway says about an attempt to pay changes the order: the notification, the browser that comes back, the
//! scheduled query and the button of staff all end here, under the lock of the order's row.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    actions::revive_order,
    refunds::{complete_refunds, release_refund, want_back},
    rules::{PaidDecision, decide_paid},
    staff::refund_paid_late,
};
use crate::{
    kernel::{OrderId, PaymentId, RefundId, codes},
    orders::{self, Actor, CanceledBy, LockedOrder, Status},
    payments::{
        self, GatewayState, OUT_OF_STOCK, PaidAttempt, PaidTrade, Payment, PaymentStatus, RefundReason, RefundState,
        RefundStatus,
    },
    platform::db::{self, DbError},
};

codes! {
    /// What the state of an attempt led to.
    pub enum PaymentOutcome {
        /// The order is paid.
        OrderPaid = "order_paid",
        /// The order had expired, and has taken its goods again.
        OrderRevived = "order_revived",
        /// The order has expired, and its goods are not all there: the money waits for staff.
        OutOfStock = "out_of_stock",
        /// The money goes back: the order is paid otherwise, or was canceled.
        GoesBack = "goes_back",
        /// It was known before.
        Repeated = "repeated",
        /// Amount or trade are not those of the attempt: a person must look at it, and no order was changed.
        Strange = "strange",
        Closed = "closed",
        /// It can still be paid.
        StillOpen = "still_open",
        /// The gateway is asked again.
        Unsure = "unsure",
    }
}

/// How far the gateway's clock may be behind.
const CLOCK_GRACE: TimeDelta = TimeDelta::minutes(2);

/// Applies what a gateway says about an attempt. Saying the same again changes nothing.
pub fn apply_gateway_result(
    conn: &mut PgConnection,
    payment: &Payment,
    state: &GatewayState,
    now: DateTime<Utc>,
) -> Result<PaymentOutcome, DbError> {
    db::transaction(conn, |conn| apply_in_transaction(conn, payment, state, now)).map_err(DbError::from)
}

/// [`apply_gateway_result`] in the caller's transaction.
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

/// Pays orders whose attempts are [`PaidDecision::PaysOrder`], under the locks of both, and has their other attempts closed.
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

/// The order had expired, and is revived if its goods are there; or the money goes back.
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

/// More may have gone back than this shop has sent: by the gateway's back office, or before a backup was restored. That is
/// shown to staff, unless another thing about the payment already waits for them.
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

/// Whether an order was canceled by its expiry alone: whoever pays it late wants the goods.
fn is_waiting_for_stock(order: &LockedOrder) -> bool {
    order.status == Status::Canceled && order.canceled_by == Some(CanceledBy::Expiry)
}

/// Gives the money of orders back that were paid late and whose goods are still not there after so long, at most `most`.
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

/// Applies what a gateway says about a refund. A refund that is not decided is tried again at `next`.
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
                complete_refunds(conn, &mut order, &payment, Actor::Gateway, now)?;
            }
            RefundState::Refused { .. } => {
                payments::record_refund(conn, refund.id, RefundStatus::Refused, (state.error(), None), now)?;
                release_refund(conn, &payment, &refund)?;
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
