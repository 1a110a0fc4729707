//! Sends the parcels of confirmed files with tracking numbers in the background. The table of parcels is the queue, so
//! any process can continue a file.

use serde_json::json;
use std::time::Duration;

use super::repeat;
use crate::{
    audit::{self, AuditAction, NewAuditEntry},
    fulfillment::{self, ClaimedParcel, ParcelResult},
    lifecycle, orders,
    platform::{
        clock,
        db::{self, Connection, Db, DbError},
    },
};

const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Sends the parcels of confirmed files one after another until the runtime ends; polls every second for confirmed
/// files.
pub async fn run_shipment_imports(db: Db) {
    repeat(POLL_INTERVAL, "parcels of a file could not be sent", || run_shipment_import_step(&db)).await;
}

/// Sends one parcel of a confirmed file. Returns false if no parcel waited.
pub async fn run_shipment_import_step(db: &Db) -> Result<bool, DbError> {
    db.run_in_line(|conn| db::transaction(conn, step)).await
}

fn step(conn: &mut Connection) -> Result<bool, DbError> {
    db::set_lock_timeout(conn, db::BACKGROUND_LOCK_TIMEOUT)?;
    match lifecycle::send_imported_parcel(conn, clock::now())? {
        Some((parcel, ParcelResult::Sent)) => record(conn, &parcel).map(|()| true),
        Some(_) => Ok(true),
        None => {
            fulfillment::finish_shipment_imports(conn, clock::now())?;
            Ok(false)
        }
    }
}

/// Records in the audit log that a parcel was sent, in the name of the member of staff who confirmed its file.
fn record(conn: &mut Connection, parcel: &ClaimedParcel) -> Result<(), DbError> {
    let entry = NewAuditEntry {
        staff_id: parcel.staff,
        action: AuditAction::SendParcel,
        target: orders::number_of(conn, parcel.order)?.to_string(),
        before: None,
        after: Some(json!({ "number": parcel.number, "import": parcel.import.0 })),
        ip_address: None,
    };
    Ok(audit::record(conn, &entry)?)
}
