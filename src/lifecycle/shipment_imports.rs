//! Sends the parcels of a confirmed file with tracking numbers, each in its own transaction.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::shipments::{SendOutcome, send_parcel};
use crate::{
    fulfillment::{self, ClaimedParcel, NewParcel, ParcelResult, ShipmentFault},
    orders,
};

/// Sends the next parcel of a confirmed file, in the caller's transaction, and stores what became of it. Returns the
/// parcel and that result; `None` if no parcel waits. If a parcel of the order with the same tracking number was sent
/// before, it is not sent again.
pub fn send_imported_parcel(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> QueryResult<Option<(ClaimedParcel, ParcelResult)>> {
    let Some(parcel) = fulfillment::claim_parcel(conn)? else { return Ok(None) };
    // Before its parcels are read: another file may name it too.
    orders::lock_order(conn, parcel.order)?;
    let parcels = fulfillment::shipments_of(conn, parcel.order)?;
    let is_there = parcels.iter().any(|view| view.shipment.status.counts() && view.shipment.number == parcel.number);
    let result = if is_there { ParcelResult::Failed(ShipmentFault::Already) } else { send(conn, &parcel, now)? };
    fulfillment::finish_parcel(conn, &parcel, &result)?;
    Ok(Some((parcel, result)))
}

fn send(conn: &mut PgConnection, parcel: &ClaimedParcel, now: DateTime<Utc>) -> QueryResult<ParcelResult> {
    let new = NewParcel {
        carrier: parcel.carrier,
        number: parcel.number.clone(),
        units: parcel.units.clone(),
        token: format!("shipment-import-{}-{}", parcel.import, parcel.position),
    };
    let fault = match send_parcel(conn, parcel.order, &new, parcel.staff, now)? {
        SendOutcome::Sent { .. } => return Ok(ParcelResult::Sent),
        SendOutcome::Repeated(_) => ShipmentFault::Already,
        SendOutcome::OnHold(reason) => ShipmentFault::OnHold(reason),
        SendOutcome::CancellationAsked => ShipmentFault::CancellationAsked,
        SendOutcome::WrongStatus(status) => ShipmentFault::Status(status),
        SendOutcome::TooMany { left, .. } => ShipmentFault::TooMany(left),
        SendOutcome::Nothing => ShipmentFault::TooMany(0),
        SendOutcome::UnknownCarrier => ShipmentFault::UnknownCarrier,
    };
    Ok(ParcelResult::Failed(fault))
}
