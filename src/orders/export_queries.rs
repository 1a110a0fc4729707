//! Loads orders and their lines with all columns of an export.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use std::collections::HashMap;

use super::model::Status;
use crate::{
    kernel::{Money, OrderId, OrderNumber, PayMethod, SkuId},
    schema::{order_goods, orders, shipments, skus, users},
};

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub struct ExportedOrder {
    pub id: OrderId,
    pub number: OrderNumber,
    pub status: Status,
    pub pay_method: PayMethod,
    pub total_count: i32,
    pub goods_amount: Money,
    pub freight: Money,
    pub discount: Money,
    pub total_amount: Money,
    pub paid_amount: Money,
    pub refunded_amount: Money,
    pub recipient: String,
    pub phone: String,
    pub region: String,
    pub street: String,
    pub postcode: String,
    pub note: String,
    pub placed_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    pub received_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub canceled_at: Option<DateTime<Utc>>,
    #[diesel(select_expression = users::username)]
    pub username: String,
}

/// Loads these orders for an export, in the given order. An unknown order is left out.
pub fn exported_orders(conn: &mut PgConnection, ids: &[OrderId]) -> QueryResult<Vec<ExportedOrder>> {
    let found = orders::table.inner_join(users::table).filter(orders::id.eq_any(ids));
    let mut found: Vec<ExportedOrder> = found.select(ExportedOrder::as_select()).load(conn)?;
    let places: HashMap<OrderId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    found.sort_by_key(|order| places.get(&order.id).copied());
    Ok(found)
}

/// Returns the tracking numbers of the parcels of these orders, by order; without parcels that were recorded by
/// mistake.
pub fn tracking_numbers(conn: &mut PgConnection, ids: &[OrderId]) -> QueryResult<HashMap<OrderId, Vec<String>>> {
    let sent = shipments::table.filter(shipments::order_id.eq_any(ids).and(shipments::status.ne("undone")));
    let rows: Vec<(OrderId, String)> =
        sent.order(shipments::id).select((shipments::order_id, shipments::number)).load(conn)?;
    let mut numbers: HashMap<OrderId, Vec<String>> = HashMap::new();
    for (order, number) in rows {
        numbers.entry(order).or_default().push(number);
    }
    Ok(numbers)
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = order_goods)]
pub struct ExportedLine {
    pub order_id: OrderId,
    #[diesel(select_expression = orders::number)]
    pub number: OrderNumber,
    #[diesel(select_expression = orders::status)]
    pub status: Status,
    #[diesel(select_expression = orders::placed_at)]
    pub placed_at: DateTime<Utc>,
    pub sku_id: SkuId,
    #[diesel(select_expression = skus::code)]
    pub code: String,
    pub name: String,
    pub options: String,
    pub price: Money,
    pub count: i32,
    pub discount: Money,
    pub sent_count: i32,
    pub withdrawn_count: i32,
    pub returned_count: i32,
    pub refunded_amount: Money,
}

/// Loads the lines of these orders for an export, in the given order of the orders.
pub fn exported_lines(conn: &mut PgConnection, ids: &[OrderId]) -> QueryResult<Vec<ExportedLine>> {
    let found = order_goods::table.inner_join(orders::table).inner_join(skus::table);
    let found = found.filter(order_goods::order_id.eq_any(ids)).order(order_goods::id);
    let mut found: Vec<ExportedLine> = found.select(ExportedLine::as_select()).load(conn)?;
    let places: HashMap<OrderId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    found.sort_by_key(|line| places.get(&line.order_id).copied());
    Ok(found)
}
