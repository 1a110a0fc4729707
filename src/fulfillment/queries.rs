//! Queries of parcels, orders on hold and requests to cancel.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::model::{CancellationRequest, Hold, Shipment, ShipmentUnits, ShipmentView};
use crate::{
    kernel::{OrderId, OrderLineId, ShipmentId},
    orders::CanceledBy,
    schema::{cancellation_requests, carriers, order_holds, orders, shipment_goods, shipments, users},
};

/// Loads the parcels of an order, oldest first, including those recorded by mistake.
pub fn shipments_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<ShipmentView>> {
    let rows: Vec<ShipmentRow> = shipments::table
        .inner_join(carriers::table)
        .left_join(users::table)
        .filter(shipments::order_id.eq(order))
        .order(shipments::id)
        .select((
            Shipment::as_select(),
            carriers::name_en,
            carriers::name_zh,
            carriers::link,
            users::username.nullable(),
        ))
        .load(conn)?;
    let ids: Vec<ShipmentId> = rows.iter().map(|row| row.shipment.id).collect();
    let units = shipment_units(conn, &ids)?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        views.push(ShipmentView {
            units: units.iter().filter(|unit| unit.shipment == row.shipment.id).cloned().collect(),
            shipment: row.shipment,
            carrier_name_en: row.carrier_name_en,
            carrier_name_zh: row.carrier_name_zh,
            link_template: row.link_template,
            sent_by: row.sent_by,
        });
    }
    Ok(views)
}

#[derive(Queryable)]
struct ShipmentRow {
    shipment: Shipment,
    carrier_name_en: String,
    carrier_name_zh: String,
    link_template: String,
    sent_by: Option<String>,
}

/// Loads the units in these parcels, sorted by parcel and line.
pub fn shipment_units(conn: &mut PgConnection, shipments: &[ShipmentId]) -> QueryResult<Vec<ShipmentUnits>> {
    let rows: Vec<(ShipmentId, OrderLineId, i32)> = shipment_goods::table
        .filter(shipment_goods::shipment_id.eq_any(shipments))
        .order((shipment_goods::shipment_id, shipment_goods::order_goods_id))
        .select((shipment_goods::shipment_id, shipment_goods::order_goods_id, shipment_goods::count))
        .load(conn)?;
    Ok(rows.into_iter().map(|(shipment, line, count)| ShipmentUnits { shipment, line, count }).collect())
}

/// Loads the parcel of an order that the form with this token has stored; `None` if it has stored none.
pub fn shipment_by_token(conn: &mut PgConnection, order: OrderId, token: &str) -> QueryResult<Option<Shipment>> {
    let made = shipments::table.filter(shipments::order_id.eq(order).and(shipments::token.eq(token)));
    made.select(Shipment::as_select()).first(conn).optional()
}

pub fn hold_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Option<Hold>> {
    order_holds::table.find(order).select(Hold::as_select()).first(conn).optional()
}

/// Loads the request to cancel an order that staff have not answered yet; `None` if there is none.
pub fn open_cancellation_request(conn: &mut PgConnection, order: OrderId) -> QueryResult<Option<CancellationRequest>> {
    let of_order = cancellation_requests::table.filter(cancellation_requests::order_id.eq(order));
    let open = of_order.filter(cancellation_requests::answered_at.is_null());
    open.select(CancellationRequest::as_select()).first(conn).optional()
}

/// Returns how many orders with this phone number were canceled because the recipient refused the parcel.
pub fn refusals_of_phone(conn: &mut PgConnection, phone: &str) -> QueryResult<i64> {
    let refused = orders::canceled_by.eq(CanceledBy::Refusal.code());
    orders::table.filter(orders::phone.eq(phone).and(refused)).count().get_result(conn)
}
