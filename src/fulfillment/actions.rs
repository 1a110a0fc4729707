//! Writes parcels, orders on hold and requests to cancel an order. The caller has locked the order.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use std::collections::BTreeMap;

use super::model::{CancellationRequest, Shipment, ShipmentStatus};
use crate::{
    kernel::{CarrierId, OrderId, OrderLineId, ShipmentId, UserId},
    schema::{cancellation_requests, carriers, order_holds, shipment_goods, shipments},
};

/// A parcel that staff send to the shopper.
#[derive(Clone, Debug)]
pub struct NewParcel {
    pub carrier: CarrierId,
    /// The tracking number, a result of [`tracking_number`](super::tracking_number).
    pub number: String,
    /// The number of units of each order line in the parcel; `None` for all units that are not sent yet.
    pub units: Option<BTreeMap<OrderLineId, i32>>,
    /// The idempotency token of the form: the form sent twice stores one parcel.
    pub token: String,
}

/// Stores a parcel with its units, given as (order line, number of units). Returns `None`, with nothing written, if
/// there is no such carrier.
pub fn save_shipment(
    conn: &mut PgConnection,
    order: OrderId,
    parcel: &NewParcel,
    units: &[(OrderLineId, i32)],
    (staff, now): (UserId, DateTime<Utc>),
) -> QueryResult<Option<Shipment>> {
    let carrier: Option<CarrierId> =
        carriers::table.find(parcel.carrier).select(carriers::id).first(conn).optional()?;
    let Some(carrier) = carrier else { return Ok(None) };
    let shipment: Shipment = diesel::insert_into(shipments::table)
        .values((
            shipments::order_id.eq(order),
            shipments::carrier_id.eq(carrier),
            shipments::number.eq(&parcel.number),
            shipments::sent_at.eq(now),
            shipments::staff_id.eq(staff),
            shipments::token.eq(&parcel.token),
        ))
        .returning(Shipment::as_returning())
        .get_result(conn)?;
    let mut rows = Vec::with_capacity(units.len());
    for (line, count) in units {
        rows.push((
            shipment_goods::shipment_id.eq(shipment.id),
            shipment_goods::order_goods_id.eq(line),
            shipment_goods::count.eq(count),
        ));
    }
    diesel::insert_into(shipment_goods::table).values(rows).execute(conn)?;
    Ok(Some(shipment))
}

/// Replaces the carrier and the tracking number of a parcel. Returns `None`, with nothing written, if there is no such
/// carrier or no such parcel.
pub fn correct_shipment(
    conn: &mut PgConnection,
    id: ShipmentId,
    carrier: CarrierId,
    number: &str,
) -> QueryResult<Option<Shipment>> {
    let carrier: Option<CarrierId> = carriers::table.find(carrier).select(carriers::id).first(conn).optional()?;
    let Some(carrier) = carrier else { return Ok(None) };
    diesel::update(shipments::table.find(id))
        .set((shipments::carrier_id.eq(carrier), shipments::number.eq(number)))
        .returning(Shipment::as_returning())
        .get_result(conn)
        .optional()
}

/// Marks a sent parcel as recorded by mistake (undone), lost, or lost and sent again (replaced).
pub fn end_shipment(
    conn: &mut PgConnection,
    id: ShipmentId,
    status: ShipmentStatus,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let undone = (status == ShipmentStatus::Undone).then_some(now);
    let lost = matches!(status, ShipmentStatus::Lost | ShipmentStatus::Replaced).then_some(now);
    diesel::update(shipments::table.find(id))
        .set((shipments::status.eq(status.code()), shipments::undone_at.eq(undone), shipments::lost_at.eq(lost)))
        .execute(conn)
}

/// Puts an order on hold, so that it is not sent for now. If the order is on hold already, replaces the reason.
pub fn hold(
    conn: &mut PgConnection,
    order: OrderId,
    (staff, reason): (UserId, &str),
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::insert_into(order_holds::table)
        .values((
            order_holds::order_id.eq(order),
            order_holds::reason.eq(reason),
            order_holds::staff_id.eq(staff),
            order_holds::since.eq(now),
        ))
        .on_conflict(order_holds::order_id)
        .do_update()
        .set((order_holds::reason.eq(reason), order_holds::staff_id.eq(staff)))
        .execute(conn)
}

/// Ends the hold of an order. Returns false if it was not on hold.
pub fn release(conn: &mut PgConnection, order: OrderId) -> QueryResult<bool> {
    diesel::delete(order_holds::table.find(order)).execute(conn).map(|rows| rows > 0)
}

/// Stores a shopper's request to cancel an order. Returns false, with nothing written, if an earlier request waits for
/// an answer.
pub fn ask_cancellation(
    conn: &mut PgConnection,
    order: OrderId,
    reason: &str,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    if super::open_cancellation_request(conn, order)?.is_some() {
        return Ok(false);
    }
    diesel::insert_into(cancellation_requests::table)
        .values((
            cancellation_requests::order_id.eq(order),
            cancellation_requests::reason.eq(reason),
            cancellation_requests::asked_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Stores the answer to the open request to cancel an order, and returns the request; `None` if there is none.
pub fn answer_cancellation_request(
    conn: &mut PgConnection,
    order: OrderId,
    accepted: bool,
    staff: Option<UserId>,
    now: DateTime<Utc>,
) -> QueryResult<Option<CancellationRequest>> {
    let of_order = cancellation_requests::table.filter(cancellation_requests::order_id.eq(order));
    diesel::update(of_order.filter(cancellation_requests::answered_at.is_null()))
        .set((
            cancellation_requests::answered_at.eq(now),
            cancellation_requests::accepted.eq(accepted),
            cancellation_requests::staff_id.eq(staff),
        ))
        .returning(CancellationRequest::as_returning())
        .get_result(conn)
        .optional()
}
