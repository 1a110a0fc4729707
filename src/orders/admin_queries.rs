//! Queries of admin pages about the orders of all shoppers.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Nullable, Timestamptz},
};
use std::collections::HashMap;

use super::{
    model::{Order, OrderLine, OrderView, Status},
    queries::with_goods,
};
use crate::{
    kernel::{Money, OrderId, OrderNumber, PayMethod, SkuId, UserId},
    platform::db::statement,
    schema::{order_goods, order_holds, orders, skus, users},
};

pub const MAX_PENDING_COUNT: i64 = 10_000;

/// An order in the list of orders for staff.
#[derive(Clone, Debug, Queryable)]
pub struct OrderListItem {
    pub id: OrderId,
    pub number: OrderNumber,
    pub status: Status,
    pub pay_method: PayMethod,
    pub total_count: i32,
    pub total_amount: Money,
    pub recipient: String,
    pub phone: String,
    pub placed_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub packing_at: Option<DateTime<Utc>>,
    pub username: String,
    /// Why staff have put the order on hold, so that it must not be sent for now; `None` if it is not on hold.
    pub hold: Option<String>,
}

/// Loads these orders for the list of orders for staff, in the given order. An unknown order is left out.
pub fn order_list_items(conn: &mut PgConnection, ids: &[OrderId]) -> QueryResult<Vec<OrderListItem>> {
    let mut items: Vec<OrderListItem> = orders::table
        .inner_join(users::table)
        .left_join(order_holds::table)
        .filter(orders::id.eq_any(ids))
        .select((
            orders::id,
            orders::number,
            orders::status,
            orders::pay_method,
            orders::total_count,
            orders::total_amount,
            orders::recipient,
            orders::phone,
            orders::placed_at,
            orders::paid_at,
            orders::packing_at,
            users::username,
            order_holds::reason.nullable(),
        ))
        .load(conn)?;
    items.sort_by_key(|item| ids.iter().position(|id| *id == item.id));
    Ok(items)
}

/// Loads the lines of these orders, sorted by order and then by SKU id.
pub fn lines_of(conn: &mut PgConnection, ids: &[OrderId]) -> QueryResult<Vec<OrderLine>> {
    let of_orders = order_goods::table.filter(order_goods::order_id.eq_any(ids));
    of_orders.order((order_goods::order_id, order_goods::sku_id)).select(OrderLine::as_select()).load(conn)
}

/// A shopper with the recipient and phone number of the shopper's last order.
#[derive(Clone, Debug, Queryable)]
pub struct LastRecipient {
    pub user_id: UserId,
    pub recipient: String,
    pub phone: String,
}

/// Loads the shoppers of these orders, each with the recipient of the last one among these orders.
pub fn shoppers_of(conn: &mut PgConnection, ids: &[OrderId]) -> QueryResult<Vec<LastRecipient>> {
    orders::table
        .filter(orders::id.eq_any(ids))
        .distinct_on(orders::user_id)
        .order((orders::user_id, orders::id.desc()))
        .select((orders::user_id, orders::recipient, orders::phone))
        .load(conn)
}

/// Loads the recipient of the shopper's last order; `None` if the shopper has no order.
pub fn last_recipient(conn: &mut PgConnection, shopper: UserId) -> QueryResult<Option<LastRecipient>> {
    let own = orders::table.filter(orders::user_id.eq(shopper)).order(orders::id.desc());
    own.select((orders::user_id, orders::recipient, orders::phone)).first(conn).optional()
}

#[derive(Clone, Debug)]
pub struct AdminOrder {
    pub view: OrderView,
    pub user_id: UserId,
    pub username: String,
    /// The codes of the ordered SKUs, by SKU.
    pub codes: HashMap<SkuId, String>,
}

/// Loads the order with this number, whoever placed it; `None` if there is none.
pub fn admin_order(conn: &mut PgConnection, number: &OrderNumber) -> QueryResult<Option<AdminOrder>> {
    let found: Option<(Order, UserId, String)> = orders::table
        .inner_join(users::table)
        .filter(orders::number.eq(number))
        .select((Order::as_select(), users::id, users::username))
        .first(conn)
        .optional()?;
    let Some((order, user_id, username)) = found else {
        return Ok(None);
    };
    let Some(view) = with_goods(conn, vec![order])?.pop() else {
        return Ok(None);
    };
    let ids: Vec<SkuId> = view.goods.iter().map(|line| line.sku_id).collect();
    let codes = skus::table.filter(skus::id.eq_any(ids)).select((skus::id, skus::code)).load(conn)?;
    Ok(Some(AdminOrder { view, user_id, username, codes: codes.into_iter().collect() }))
}

/// How many orders wait to be sent, and to be paid. Each is counted up to `MAX_PENDING_COUNT` + 1, which means "more".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct PendingOrders {
    #[diesel(sql_type = BigInt)]
    pub unsent: i64,
    /// When the oldest order that waits to be sent was placed.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub unsent_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    pub unpaid: i64,
    /// The earliest payment deadline of the orders that wait to be paid.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub unpaid_until: Option<DateTime<Utc>>,
}

/// Counts the orders that wait to be sent or paid. It reads only partial indexes.
pub fn pending_orders(conn: &mut PgConnection) -> QueryResult<PendingOrders> {
    CountPending { most: MAX_PENDING_COUNT + 1 }.get_result(conn)
}

statement! {
    CountPending(most: i64 as BigInt) -> [PendingOrders] =
    "select (select count(*) from (select from orders where status = 'unsent' limit " most ") s) as unsent,
        (select min(placed_at) from orders where status = 'unsent') as unsent_since,
        (select count(*) from (select from orders where status = 'unpaid' limit " most ") s) as unpaid,
        (select min(expires_at) from orders where status = 'unpaid') as unpaid_until"
}
