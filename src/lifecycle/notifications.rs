//! Applies notifications of payment gateways and stores them, in the same transaction: many at once, or one alone.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use std::{borrow::Borrow, collections::HashMap};

use super::{
    payments::{PaymentOutcome, apply_in_transaction, pay_orders},
    rules::{PaidDecision, decide_paid},
};
use crate::{
    kernel::{OrderId, PayMethod, PaymentId},
    orders::{self, LockedOrder, Status},
    payments::{self, AppliedNotification, GatewayState, PaidAttempt, Payment, PaymentStatus, ReceivedNotification},
    platform::db::{self, DbError},
};

/// The code for a notification about a payment attempt that this shop does not know.
const UNKNOWN_NUMBER: &str = "unknown_number";

/// Applies a notification of a gateway and stores it. Returns the code of the outcome.
pub fn apply_notification(
    conn: &mut PgConnection,
    received: &ReceivedNotification,
    now: DateTime<Utc>,
) -> Result<&'static str, DbError> {
    db::transaction(conn, |conn| {
        let payment = payments::payment_by_number(conn, &received.number)?;
        let outcome = match &payment {
            Some(payment) => apply_in_transaction(conn, payment, &received.state, now)?.code(),
            None => UNKNOWN_NUMBER,
        };
        let payment = payment.map(|payment| payment.id);
        payments::record_notifications(conn, &[AppliedNotification { received, payment, outcome }])?;
        Ok(outcome)
    })
    .map_err(|error: diesel::result::Error| error.into())
}

/// Applies the notifications that need little work, with a few statements for all of them: those by which an unpaid
/// order becomes paid, repetitions of such notifications, and those about an unknown payment attempt. Returns for each
/// notification what [`apply_notification`] would return if they were applied one after the other. `None` means that
/// the notification was not applied and is left to [`apply_notification`]: it needs other statements, or another
/// transaction has locked its order or payment attempt, for which a batch does not wait.
pub fn apply_notifications(
    conn: &mut PgConnection,
    received: &[impl Borrow<ReceivedNotification>],
    now: DateTime<Utc>,
) -> Result<Vec<Option<&'static str>>, DbError> {
    db::transaction(conn, |conn| {
        let mut batch = Batch::lock(conn, received)?;
        let mut outcomes = Vec::with_capacity(received.len());
        let mut applied = Vec::with_capacity(received.len());
        for received in received {
            let received = received.borrow();
            let payment = batch.numbers.get(&received.number).copied();
            let outcome = match payment {
                Some(payment) => batch.apply(payment, &received.state).map(PaymentOutcome::code),
                None => Some(UNKNOWN_NUMBER),
            };
            outcomes.push(outcome);
            applied.extend(outcome.map(|outcome| AppliedNotification { received, payment, outcome }));
        }
        pay_orders(conn, &batch.paid, now)?;
        payments::record_notifications(conn, &applied)?;
        Ok(outcomes)
    })
    .map_err(|error: diesel::result::Error| error.into())
}

/// The orders and payment attempts that a batch of notifications is about. Each notification changes them in memory;
/// what was paid is written to the database at the end.
struct Batch {
    numbers: HashMap<String, PaymentId>,
    orders: HashMap<OrderId, LockedOrder>,
    payments: HashMap<PaymentId, Payment>,
    trades: HashMap<String, PaymentId>,
    /// The payments that are still to be written to the database.
    paid: Vec<PaidAttempt>,
}

impl Batch {
    /// Loads the payment attempts that the notifications are about, and locks those rows that no other transaction has
    /// locked: orders by id, then attempts by id.
    fn lock(conn: &mut PgConnection, received: &[impl Borrow<ReceivedNotification>]) -> QueryResult<Self> {
        let (mut numbers, mut trade_nos) = (Vec::new(), Vec::new());
        for received in received {
            let received = received.borrow();
            numbers.push(received.number.as_str());
            if let GatewayState::Paid(trade) = &received.state {
                trade_nos.push(trade.trade_no.as_str());
            }
        }
        let found = payments::payments_by_number(conn, &numbers)?;
        let orders: Vec<OrderId> = found.iter().map(|payment| payment.order_id).collect();
        let orders = orders::try_lock_orders(conn, &orders)?;
        let orders: HashMap<OrderId, LockedOrder> = orders.into_iter().map(|order| (order.id, order)).collect();
        let of_locked = found.iter().filter(|payment| orders.contains_key(&payment.order_id));
        let of_locked: Vec<PaymentId> = of_locked.map(|payment| payment.id).collect();
        let payments = payments::try_lock_payments(conn, &of_locked)?;
        Ok(Self {
            numbers: found.into_iter().map(|payment| (payment.number, payment.id)).collect(),
            orders,
            payments: payments.into_iter().map(|payment| (payment.id, payment)).collect(),
            trades: payments::payments_by_trade(conn, PayMethod::Alipay, &trade_nos)?,
            paid: Vec::new(),
        })
    }

    /// Applies a notification to the rows in memory and returns what it leads to; `None`, with nothing changed, if it
    /// has to be applied alone.
    fn apply(&mut self, payment: PaymentId, state: &GatewayState) -> Option<PaymentOutcome> {
        let GatewayState::Paid(trade) = state else { return None };
        let payment = self.payments.get_mut(&payment)?;
        let order = self.orders.get_mut(&payment.order_id)?;
        match decide_paid(order, payment, trade, self.trades.get(&trade.trade_no).copied()) {
            PaidDecision::PaysOrder => {
                self.paid.push(PaidAttempt { payment: payment.clone(), trade: trade.clone() });
                order.status = Status::Unsent;
                payment.status = PaymentStatus::Paid;
                payment.trade_no = Some(trade.trade_no.clone());
                self.trades.insert(trade.trade_no.clone(), payment.id);
                Some(PaymentOutcome::OrderPaid)
            }
            // What has gone back is compared with the refunds.
            PaidDecision::Repeated if trade.refunded.is_zero() => Some(PaymentOutcome::Repeated),
            _ => None,
        }
    }
}
