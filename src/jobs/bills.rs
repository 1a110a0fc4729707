//! Compares a payment gateway's bill of each day (its list of payments and refunds) with those of the shop, as soon as
//! the gateway has the bill.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::time::Duration;

use crate::{
    kernel::PayMethod,
    payments::{self, BillOutcome, BillReconciliation, ClaimedBill, Gateway, Gateways},
    platform::{
        clock,
        db::{Db, DbError},
    },
};

const INTERVAL: Duration = Duration::from_secs(60);

/// Compares the gateways' bills with the shop's payments until the runtime ends. Returns at once if the shop has no
/// gateway.
pub(super) async fn work(db: &Db, gateways: &Gateways) {
    while !gateways.is_empty() {
        if let Err(error) = reconcile_bills(db, gateways, clock::now()).await {
            tracing::warn!(%error, "bills could not be compared");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Compares the bills that are due at `now` with the shop's payments, and stores the results. Returns how many bills it
/// tried to compare. Several processes may call it at once: each bill is claimed by one of them.
pub async fn reconcile_bills(db: &Db, gateways: &Gateways, now: DateTime<Utc>) -> Result<usize, DbError> {
    let mut asked = 0;
    for (pay_method, gateway) in gateways.all() {
        let Some(last) = last_due(now, gateway.bill_time(), gateway.bill_zone()) else { continue };
        db.run(move |conn| Ok::<_, DbError>(payments::want_bills(conn, pay_method, last, now)?)).await?;
        while let Some(bill) = claim(db, pay_method, now).await? {
            reconcile(db, &gateway, bill, now).await?;
            asked += 1;
        }
    }
    Ok(asked)
}

async fn claim(db: &Db, pay_method: PayMethod, now: DateTime<Utc>) -> Result<Option<ClaimedBill>, DbError> {
    db.run(move |conn| Ok(payments::claim_bill(conn, pay_method, now)?)).await
}

/// Returns the last day whose bill the gateway has at `now`. The gateway has the bill of a day on the next day, from
/// the time of day `time`.
fn last_due(now: DateTime<Utc>, time: NaiveTime, zone: FixedOffset) -> Option<NaiveDate> {
    let local = now.with_timezone(&zone);
    let yesterday = local.date_naive().pred_opt()?;
    if local.time() >= time { Some(yesterday) } else { yesterday.pred_opt() }
}

async fn reconcile(db: &Db, gateway: &Gateway, bill: ClaimedBill, now: DateTime<Utc>) -> Result<(), DbError> {
    let zone = gateway.bill_zone();
    // Until the day after is over, a bill that is not there may be late.
    let is_final = clock::day_range(bill.day, zone).is_some_and(|(_, end)| end + TimeDelta::days(1) <= now);
    let due = payments::bill_due_at(bill.day, gateway.bill_time(), zone).unwrap_or(now);
    let failure = match payments::reconcile_bill(db, gateway, bill, is_final).await? {
        BillOutcome::Compared(found) => return record(db, bill, found, now).await,
        BillOutcome::NotFound(_) if !is_final => None,
        BillOutcome::NotFound(expected) => {
            Some(format!("the gateway has no bill of this day, but payments and refunds of it are here: {expected}"))
        }
        BillOutcome::Unsure(why) => Some(why),
    };
    let next = payments::retry_bill_at(due, now);
    tracing::warn!(day = %bill.day, failure, ?next, "a bill could not be compared");
    db.run(move |conn| {
        payments::record_bill_failure(conn, bill, failure.as_deref(), next)?;
        Ok(())
    })
    .await
}

async fn record(db: &Db, bill: ClaimedBill, found: BillReconciliation, now: DateTime<Utc>) -> Result<(), DbError> {
    let mismatches: usize = found.results.iter().map(|result| result.mismatches.len()).sum();
    if mismatches > 0 {
        tracing::error!(day = %bill.day, mismatches, "a bill and the shop do not agree");
    } else {
        tracing::info!(day = %bill.day, payments = found.totals.payments, "a bill agrees with the shop");
    }
    db.run(move |conn| {
        payments::record_bill(conn, bill, &found, None, now)?;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_is_due_at_ten_on_the_next_day_of_its_gateway() {
        let beijing = FixedOffset::east_opt(8 * 3600).unwrap();
        let ten = NaiveTime::from_hms_opt(10, 0, 0).unwrap();
        let due = |time: &str| last_due(time.parse().unwrap(), ten, beijing).unwrap().to_string();
        assert_eq!(due("2026-11-30T01:59:59Z"), "2026-11-28");
        assert_eq!(due("2026-11-30T02:00:00Z"), "2026-11-29");
        assert_eq!(due("2026-11-30T15:59:59Z"), "2026-11-29");
        assert_eq!(due("2026-11-30T16:00:00Z"), "2026-11-29", "it is the first of December in Beijing");
        assert_eq!(due("2026-12-01T02:00:00Z"), "2026-11-30");
    }
}
