use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};
use std::collections::HashMap;

use super::{
    model::{LeftOut, LeftOutReason, LineToPack, OrderToPack, OrdersToPack},
    rules::left_out,
};
use crate::{
    kernel::{Language, OrderId, OrderNumber, SkuId},
    orders::Status,
    platform::db::statement,
};

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = BigInt)]
    id: OrderId,
    #[diesel(sql_type = Text)]
    number: OrderNumber,
    #[diesel(sql_type = Text)]
    status: Status,
    #[diesel(sql_type = Text)]
    language: Language,
    #[diesel(sql_type = Timestamptz)]
    placed_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    packing_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Text)]
    recipient: String,
    #[diesel(sql_type = Text)]
    phone: String,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Text)]
    street: String,
    #[diesel(sql_type = Text)]
    postcode: String,
    #[diesel(sql_type = Text)]
    note: String,
    /// The reason why the order is on hold; `None` if it is not.
    #[diesel(sql_type = Nullable<Text>)]
    hold: Option<String>,
    #[diesel(sql_type = Bool)]
    cancellation_asked: bool,
}

statement! {
    ChosenOrders(numbers: Vec<String> as Array<Text>) -> [OrderRow] =
    "select o.id, o.number, o.status, o.language, o.placed_at, o.packing_at, o.recipient, o.phone, o.region, o.street,
        o.postcode, o.note, h.reason as hold,
        exists (select from cancellation_requests r where r.order_id = o.id and r.answered_at is null)
            as cancellation_asked
     from orders o
     left join order_holds h on h.order_id = o.id
     where o.number = any((select " numbers ")::text[])"
}

#[derive(QueryableByName)]
struct LineRow {
    #[diesel(sql_type = BigInt)]
    order_id: OrderId,
    #[diesel(sql_type = BigInt)]
    sku_id: SkuId,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Text)]
    shelf_place: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    options: String,
    #[diesel(sql_type = Integer)]
    count: i32,
}

statement! {
    UnsentLines(orders: Vec<i64> as Array<BigInt>) -> [LineRow] =
    "select g.order_id, g.sku_id, k.code, k.shelf_place, g.name, g.options,
        g.count - g.withdrawn_count - g.sent_count as count
     from order_goods g join skus k on k.id = g.sku_id
     where g.order_id = any((select " orders ")::bigint[]) and g.count > g.withdrawn_count + g.sent_count
     order by g.order_id, g.sku_id"
}

/// Loads the orders with these numbers, as typed, and the units of them that are to be sent. For an order that cannot
/// be packed, only the number and the reason are returned.
pub fn orders_to_pack(conn: &mut PgConnection, chosen: &[String]) -> QueryResult<OrdersToPack> {
    let numbers = chosen.iter().filter_map(|typed| typed.parse::<OrderNumber>().ok()).map(|number| number.to_string());
    let rows: Vec<OrderRow> = ChosenOrders { numbers: numbers.collect() }.load(conn)?;
    let ids: Vec<i64> = rows.iter().filter(|row| row.status == Status::Unsent).map(|row| row.id.0).collect();
    let mut lines: HashMap<OrderId, Vec<LineToPack>> = HashMap::new();
    for row in (UnsentLines { orders: ids }).load::<LineRow>(conn)? {
        let LineRow { order_id, sku_id, code, shelf_place, name, options, count } = row;
        lines.entry(order_id).or_default().push(LineToPack { sku_id, code, shelf_place, name, options, count });
    }
    let mut rows: HashMap<String, OrderRow> = rows.into_iter().map(|row| (row.number.to_string(), row)).collect();
    let mut found = OrdersToPack::default();
    for typed in chosen {
        let number = typed.parse::<OrderNumber>().map_or_else(|_| typed.clone(), |number| number.to_string());
        let Some(row) = rows.remove(&number) else {
            let is_twice = found.orders.iter().any(|order| order.number.as_str() == number)
                || found.left_out.iter().any(|left| left.number == number);
            if !is_twice {
                found.left_out.push(LeftOut { number, reason: LeftOutReason::Unknown });
            }
            continue;
        };
        let lines = lines.remove(&row.id).unwrap_or_default();
        let nothing = lines.is_empty().then_some(LeftOutReason::Sent);
        match left_out(row.status, row.hold.clone(), row.cancellation_asked).or(nothing) {
            Some(reason) => found.left_out.push(LeftOut { number, reason }),
            None => found.orders.push(order_of(row, lines)),
        }
    }
    Ok(found)
}

fn order_of(row: OrderRow, lines: Vec<LineToPack>) -> OrderToPack {
    let OrderRow {
        id, number, language, placed_at, packing_at, recipient, phone, region, street, postcode, note, ..
    } = row;
    OrderToPack { id, number, language, placed_at, packing_at, recipient, phone, region, street, postcode, note, lines }
}
