//! Compares the bill of a day with the shop's payments: downloads it outside of a transaction, then reads the shop's
//! payments in one snapshot.

use std::time::Instant;

use super::{
    model::{BillReconciliation, ClaimedBill},
    queries,
    rules::{self, BillNumbers},
};
use crate::{
    payments::{BillState, Gateway},
    platform::{
        clock,
        db::{self, Db, DbError},
    },
};

/// The outcome of comparing a gateway's bill with the shop's payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillOutcome {
    Compared(BillReconciliation),
    /// The gateway has no bill of the day; holds the number of payments and refunds that the shop expected in it.
    NotFound(usize),
    /// The bill could not be compared; holds the reason.
    Unsure(String),
}

/// Requests a gateway's bill and compares it with the shop's payments and refunds; stores nothing. If the gateway has
/// no bill, it may not have made the bill yet, so the outcome is [`BillOutcome::NotFound`]. If `is_final`, the gateway
/// would have made the bill by now: a missing bill then counts as empty, unless the shop expected payments or refunds
/// in it.
pub async fn reconcile_bill(
    db: &Db,
    gateway: &Gateway,
    bill: ClaimedBill,
    is_final: bool,
) -> Result<BillOutcome, DbError> {
    let started = Instant::now();
    let zone = gateway.bill_zone();
    let Some(range) = clock::day_range(bill.day, zone) else {
        return Ok(BillOutcome::Unsure(format!("there is no bill of {}", bill.day)));
    };
    let (lines, is_there) = match gateway.bill(bill.day).await {
        BillState::Ready(lines) => (lines, true),
        BillState::NotFound => (Vec::new(), false),
        BillState::Unsure(why) => return Ok(BillOutcome::Unsure(why)),
    };
    let listed = rules::numbers(&lines);
    let numbers = listed.clone();
    let known = db
        .run(move |conn| {
            let known = db::snapshot(conn, |conn| queries::known_entries(conn, bill.pay_method, &numbers, range));
            Ok::<_, DbError>(known?)
        })
        .await?;
    let expected = rules::expected(&known, range);
    if !is_there && (expected > 0 || !is_final) {
        return Ok(BillOutcome::NotFound(expected));
    }
    let mut earlier = BillNumbers::default();
    for day in rules::earlier_days(&known, &listed, bill.day, range, zone) {
        match gateway.bill(day).await {
            BillState::Ready(lines) => earlier.extend(rules::numbers(&lines)),
            BillState::NotFound => {}
            BillState::Unsure(why) => return Ok(BillOutcome::Unsure(format!("the bill of {day}: {why}"))),
        }
    }
    Ok(BillOutcome::Compared(BillReconciliation {
        totals: rules::totals(&lines),
        results: rules::compare(&lines, &known, &earlier, range),
        took: started.elapsed(),
    }))
}
