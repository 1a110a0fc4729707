//! Asks gateways about open payment attempts, closes expired ones there, and sends refunds. Attempts and refunds are
//! queues of their own, so that a gateway that hangs delays no job of the outbox.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use std::time::Duration;

use crate::{
    lifecycle::{self, PaymentOutcome},
    payments::{self, Gateways, Payment, Refund, RefundState, RefundStatus, RefundTerms},
    platform::{
        clock,
        db::{Db, DbError},
    },
};

/// The maximum number of payment attempts, or of refunds, for which gateways are called at the same time.
const MAX_CLAIMED: i64 = 64;
/// How long staff may try to find the goods of an order that was paid after it had been canceled for non-payment,
/// before its payment is refunded.
const OUT_OF_STOCK_REFUND_AFTER: TimeDelta = TimeDelta::hours(24);
/// The delay before a refund with an unknown outcome is tried again; it doubles with each attempt.
const REFUND_RETRY: TimeDelta = TimeDelta::seconds(30);
const MAX_REFUND_RETRY: TimeDelta = TimeDelta::hours(1);

/// Asks gateways about payment attempts, sends refunds, and refunds late payments of orders whose goods staff have not
/// found, until the runtime ends. Returns at once if the shop has no gateway.
pub(super) async fn work(db: Db, gateways: Gateways) {
    if gateways.is_empty() {
        return;
    }
    tokio::join!(
        repeat("attempts to pay", || query_payments(&db, &gateways)),
        repeat("refunds", || send_refunds(&db, &gateways)),
        repeat("orders that were paid late", || refund_out_of_stock(&db)),
    );
}

async fn repeat<F: Future<Output = Result<usize, DbError>>>(what: &str, mut once: impl FnMut() -> F) {
    loop {
        match once().await {
            Ok(done) if i64::try_from(done) == Ok(MAX_CLAIMED) => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, what, "the database has to be asked again"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Asks the gateways about the payment attempts whose next query is due, at most [`MAX_CLAIMED`]. Returns how many
/// attempts were due.
pub async fn query_payments(db: &Db, gateways: &Gateways) -> Result<usize, DbError> {
    let due = db.run(|conn| Ok::<_, DbError>(payments::claim_payments(conn, clock::now(), MAX_CLAIMED)?)).await?;
    let count = due.len();
    for result in join_all(due.into_iter().map(|payment| query_payment(db, gateways, payment))).await {
        result?;
    }
    Ok(count)
}

/// Asks the gateway about a payment attempt and applies the answer. If the attempt is to be closed or has expired,
/// closes it at the gateway instead of asking. Returns [`PaymentOutcome::Unsure`] if the shop has no settings for the
/// gateway.
pub async fn query_payment(db: &Db, gateways: &Gateways, payment: Payment) -> Result<PaymentOutcome, DbError> {
    let Some(gateway) = gateways.of(payment.pay_method) else { return Ok(PaymentOutcome::Unsure) };
    let state = if payment.close_wanted || payment.expires_at <= clock::now() {
        gateway.close(&payment.number).await
    } else {
        gateway.query(&payment.number).await
    };
    let number = payment.number.clone();
    let outcome = db.run(move |conn| lifecycle::apply_gateway_result(conn, &payment, &state, clock::now())).await?;
    tracing::info!(number, outcome = outcome.code(), "asked the gateway about a payment");
    Ok(outcome)
}

/// Sends the refunds that are due, and asks the gateways about those with an unknown outcome. Returns how many refunds
/// were due.
pub async fn send_refunds(db: &Db, gateways: &Gateways) -> Result<usize, DbError> {
    let due = db.run(|conn| Ok::<_, DbError>(payments::claim_refunds(conn, clock::now(), MAX_CLAIMED)?)).await?;
    let count = due.len();
    for result in join_all(due.into_iter().map(|refund| send_refund(db, gateways, refund))).await {
        result?;
    }
    Ok(count)
}

async fn send_refund(db: &Db, gateways: &Gateways, refund: Refund) -> Result<(), DbError> {
    let (id, payment) = (refund.id, refund.payment_id);
    // From here on the gateway may know it, whatever happens to this process.
    let was_sent = refund.status == RefundStatus::Sent;
    let payment = db
        .run(move |conn| {
            payments::mark_refund_sent(conn, id, clock::now())?;
            Ok::<_, DbError>(payments::payment(conn, payment)?)
        })
        .await?;
    let Some(gateway) = gateways.of(payment.pay_method) else { return Ok(()) };
    let terms = RefundTerms {
        payment_number: payment.number,
        number: refund.number.clone(),
        amount: refund.amount,
        reason: refund.reason.code().to_owned(),
    };
    let asked = if was_sent { gateway.query_refund(&terms).await } else { RefundState::NotFound };
    let state = match asked {
        RefundState::NotFound => gateway.refund(&terms).await,
        asked => asked,
    };
    payments::REFUND_RESULTS.add(state.code());
    let number = refund.number;
    tracing::info!(number, ?state, "a refund at the gateway");
    let next = retry_at(refund.attempts, clock::now());
    db.run(move |conn| lifecycle::apply_refund_result(conn, id, &state, next, clock::now())).await
}

fn retry_at(attempts: i32, now: DateTime<Utc>) -> DateTime<Utc> {
    let doubled = REFUND_RETRY * 2_i32.saturating_pow(u32::try_from(attempts.clamp(0, 10)).unwrap_or_default());
    now + doubled.min(MAX_REFUND_RETRY)
}

async fn refund_out_of_stock(db: &Db) -> Result<usize, DbError> {
    db.run(|conn| {
        let now = clock::now();
        lifecycle::refund_out_of_stock(conn, now - OUT_OF_STOCK_REFUND_AFTER, MAX_CLAIMED, now)
    })
    .await
}
