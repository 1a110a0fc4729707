//! What waits for staff to act: how many orders, and since when.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    pg::Pg,
    query_builder::QueryFragment,
    sql_types::{BigInt, Nullable, Timestamptz},
};

use super::{admin_queries::MAX_PENDING_COUNT, search::LATE_AFTER};
use crate::{kernel::OrderId, platform::db::statement};

/// How many orders wait for staff to act, and since when the oldest of them has waited. Each number is counted up to
/// [`MAX_PENDING_COUNT`] + 1, which means "more".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct WaitingOrders {
    /// The number of unsent orders that have waited to be sent for longer than [`LATE_AFTER`].
    #[diesel(sql_type = BigInt)]
    pub late: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub late_since: Option<DateTime<Utc>>,
    /// The number of sent cash-on-delivery orders whose money has not come in.
    #[diesel(sql_type = BigInt)]
    pub to_collect: i64,
    /// When the oldest of the orders whose money has not come in was placed.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub to_collect_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    pub cancellations: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub cancellations_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    pub returns_asked: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub returns_asked_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    pub returns_arrived: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub returns_arrived_since: Option<DateTime<Utc>>,
}

/// Counts the orders that wait for staff to act, from indexes that have few other rows.
pub fn waiting_orders(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<WaitingOrders> {
    CountWaiting { late_before: now - LATE_AFTER, most: MAX_PENDING_COUNT + 1 }.get_result(conn)
}

statement! {
    CountWaiting(late_before: DateTime<Utc> as Timestamptz, most: i64 as BigInt) -> [WaitingOrders] =
    "with late as (
        select coalesce(paid_at, placed_at) as since from orders
        where status = 'unsent' and placed_at < " late_before " and coalesce(paid_at, placed_at) < " late_before "
        order by placed_at, id limit " most "
     ), to_collect as (
        select o.placed_at as since
        from unnest(array['unreceived', 'unreviewed', 'finished']) as s (status)
        cross join lateral (
            select placed_at from orders
            where orders.status = s.status and pay_method = 'cod' and paid_at is null
            order by placed_at, id limit " most "
        ) o
        limit " most "
     ), cancellations as (
        select asked_at as since from cancellation_requests where answered_at is null limit " most "
     ), asked as (
        select distinct on (order_id) asked_at as since from returns where status = 'asked' and closed_at is null
        order by order_id, asked_at limit " most "
     ), arrived as (
        select distinct on (order_id) coalesce(arrived_at, asked_at) as since from returns
        where status = 'arrived' and closed_at is null
        order by order_id, asked_at limit " most "
     )
     select (select count(*) from late) as late, (select min(since) from late) as late_since,
        (select count(*) from to_collect) as to_collect, (select min(since) from to_collect) as to_collect_since,
        (select count(*) from cancellations) as cancellations,
        (select min(since) from cancellations) as cancellations_since,
        (select count(*) from asked) as returns_asked, (select min(since) from asked) as returns_asked_since,
        (select count(*) from arrived) as returns_arrived, (select min(since) from arrived) as returns_arrived_since"
}

/// Returns the statement whose column `newest_order` is the id of the newest order; 0 if there is none.
pub fn newest_order() -> impl QueryFragment<Pg> {
    NewestOrder {}
}

/// Returns how many orders were placed after the order with this id, counted up to `most`.
pub fn orders_after(conn: &mut PgConnection, id: OrderId, most: i64) -> QueryResult<i64> {
    OrdersAfter { id, most }.get_result::<(i64,)>(conn).map(|(n,)| n)
}

statement! {
    NewestOrder() -> (BigInt,) = "select coalesce(max(id), 0) as newest_order from orders"
}

statement! {
    OrdersAfter(id: OrderId as BigInt, most: i64 as BigInt) -> (BigInt,) =
    "select count(*) from (select from orders where id > " id " limit " most ") o"
}
