//! Records the amounts of confirmed sheets with collected cash in the background. The table of their orders is the
//! queue, so any process can continue a sheet.

use serde_json::json;
use std::time::Duration;

use super::repeat;
use crate::{
    audit::{self, AuditAction, NewAuditEntry},
    fulfillment::{self, ClaimedCash, RecordedCash},
    lifecycle, orders,
    platform::{
        clock,
        db::{self, Connection, Db, DbError},
    },
};

const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Records the amounts of confirmed sheets with collected cash, one after another, until the runtime ends; polls every
/// second for confirmed sheets.
pub async fn run_cash_sheets(db: Db) {
    repeat(POLL_INTERVAL, "amounts of a sheet could not be recorded", || run_cash_sheet_step(&db)).await;
}

/// Records the amount of one order of a confirmed sheet. Returns false if no order waited.
pub async fn run_cash_sheet_step(db: &Db) -> Result<bool, DbError> {
    db.run_in_line(|conn| db::transaction(conn, step)).await
}

fn step(conn: &mut Connection) -> Result<bool, DbError> {
    db::set_lock_timeout(conn, db::BACKGROUND_LOCK_TIMEOUT)?;
    match lifecycle::record_sheet_cash(conn, clock::now())? {
        Some((cash, RecordedCash::Recorded | RecordedCash::Strange)) => record(conn, &cash).map(|()| true),
        Some(_) => Ok(true),
        None => {
            fulfillment::finish_cash_sheets(conn, clock::now())?;
            Ok(false)
        }
    }
}

/// Records in the audit log what was collected, in the name of the member of staff who confirmed the sheet.
fn record(conn: &mut Connection, cash: &ClaimedCash) -> Result<(), DbError> {
    let entry = NewAuditEntry {
        staff_id: cash.staff,
        action: AuditAction::RecordCash,
        target: orders::number_of(conn, cash.order)?.to_string(),
        before: None,
        after: Some(json!({ "amount": cash.amount.plain(), "sheet_id": cash.sheet.0 })),
        ip_address: None,
    };
    Ok(audit::record(conn, &entry)?)
}
