//! Records the amounts of confirmed sheets with collected cash, each order in its own transaction.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::cash::{CashOutcome, record_cash};
use crate::fulfillment::{self, ClaimedCash, RecordedCash};

/// Records the amount of the next order of a confirmed sheet, in the caller's transaction, and stores what became of
/// it. Returns the order with its amount and that result; `None` if no order waits. An order that was paid meanwhile is
/// not changed.
pub fn record_sheet_cash(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> QueryResult<Option<(ClaimedCash, RecordedCash)>> {
    let Some(cash) = fulfillment::claim_cash(conn)? else { return Ok(None) };
    let outcome = match record_cash(conn, cash.order, (cash.staff, cash.amount), now)? {
        CashOutcome::Recorded => RecordedCash::Recorded,
        CashOutcome::Strange => RecordedCash::Strange,
        CashOutcome::Repeated => RecordedCash::Already,
        CashOutcome::NotDue => RecordedCash::NotDue,
    };
    fulfillment::finish_cash(conn, &cash, outcome)?;
    Ok(Some((cash, outcome)))
}
