//! Queries of admin pages: the orders of all shoppers.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, define_sql_function,
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, Text, Timestamptz},
};
use std::collections::HashMap;

use super::{
    daily_revenue::TimeRange,
    model::{Order, OrderView, Status},
    queries::with_goods,
};
use crate::{
    kernel::{Money, OrderId, OrderNumber, PayMethod, SkuId, UserId},
    platform::{cursor::Cursor, db::statement},
    schema::{orders, skus, users},
};

define_sql_function! {
    /// SQL's `lower`, which the unique index on usernames uses too.
    fn lower(text: Text) -> Text;
}

/// The statuses of orders that do not count as revenue.
const VOID_STATUSES: [Status; 2] = [Status::Canceled, Status::Refunded];
pub const MAX_PENDING_COUNT: i64 = 10_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderFilter {
    #[default]
    All,
    /// Orders that count as revenue: neither canceled nor refunded.
    Counting,
    Of(Status),
}

impl OrderFilter {
    /// Returns the code of the filter in URLs; empty for `All`.
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Counting => "counting",
            Self::Of(status) => status.code(),
        }
    }

    /// Returns the filter with this code; `None` if no filter has it.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "" => Some(Self::All),
            "counting" => Some(Self::Counting),
            code => Status::from_code(code).map(Self::Of),
        }
    }
}

#[derive(Clone, Debug)]
pub struct OrderSearch {
    /// Finds only orders with this order number, or of the user with this username. Case is ignored.
    pub words: Option<String>,
    pub show: OrderFilter,
    /// Finds only orders placed in this range, its end excluded.
    pub period: Option<TimeRange>,
    pub cursor: Cursor<OrderId>,
}

#[derive(Clone, Debug, Queryable)]
pub struct OrderListItem {
    pub id: OrderId,
    pub number: OrderNumber,
    pub status: Status,
    pub pay_method: PayMethod,
    pub total_count: i32,
    pub total_amount: Money,
    pub recipient: String,
    pub placed_at: DateTime<Utc>,
    pub username: String,
}

/// Loads at most `limit` orders that match the search, newest first.
pub fn orders_matching(conn: &mut PgConnection, search: &OrderSearch, limit: i64) -> QueryResult<Vec<OrderListItem>> {
    let mut found = orders::table
        .inner_join(users::table)
        .select((
            orders::id,
            orders::number,
            orders::status,
            orders::pay_method,
            orders::total_count,
            orders::total_amount,
            orders::recipient,
            orders::placed_at,
            users::username,
        ))
        .limit(limit)
        .into_boxed();
    if let Some(words) = &search.words {
        if let Ok(number) = words.to_uppercase().parse::<OrderNumber>() {
            found = found.filter(orders::number.eq(number));
        } else {
            // Looked up first, so that the index on `user_id` is used.
            let id: Option<UserId> = users::table
                .filter(lower(users::username).eq(lower(words)))
                .select(users::id)
                .first(conn)
                .optional()?;
            let Some(id) = id else {
                return Ok(Vec::new());
            };
            found = found.filter(orders::user_id.eq(id));
        }
    }
    match search.show {
        OrderFilter::All => {}
        OrderFilter::Counting => found = found.filter(orders::status.ne_all(VOID_STATUSES.map(Status::code))),
        OrderFilter::Of(status) => found = found.filter(orders::status.eq(status.code())),
    }
    if let Some((from, to)) = search.period {
        found = found.filter(orders::placed_at.ge(from)).filter(orders::placed_at.lt(to));
    }
    let newest_first = (orders::placed_at.desc(), orders::id.desc());
    match search.cursor {
        Cursor::Newest => found.order(newest_first).load(conn),
        Cursor::OlderThan(order) => {
            let older =
                sql::<Bool>("(orders.placed_at, orders.id) < (select t.placed_at, t.id from orders t where t.id = ");
            found.filter(older.bind::<BigInt, _>(order).sql(")")).order(newest_first).load(conn)
        }
        Cursor::NewerThan(order) => {
            let newer =
                sql::<Bool>("(orders.placed_at, orders.id) > (select t.placed_at, t.id from orders t where t.id = ");
            let found = found.filter(newer.bind::<BigInt, _>(order).sql(")")).order((orders::placed_at, orders::id));
            let mut found: Vec<OrderListItem> = found.load(conn)?;
            found.reverse();
            Ok(found)
        }
    }
}

#[derive(Clone, Debug)]
pub struct AdminOrder {
    pub view: OrderView,
    pub username: String,
    /// The codes of the ordered SKUs.
    pub codes: HashMap<SkuId, String>,
}

/// Loads the order with this number, of any shopper; `None` if there is none.
pub fn admin_order(conn: &mut PgConnection, number: &OrderNumber) -> QueryResult<Option<AdminOrder>> {
    let found: Option<(Order, String)> = orders::table
        .inner_join(users::table)
        .filter(orders::number.eq(number))
        .select((Order::as_select(), users::username))
        .first(conn)
        .optional()?;
    let Some((order, username)) = found else {
        return Ok(None);
    };
    let Some(view) = with_goods(conn, vec![order])?.pop() else {
        return Ok(None);
    };
    let ids: Vec<SkuId> = view.goods.iter().map(|line| line.sku_id).collect();
    let codes = skus::table.filter(skus::id.eq_any(ids)).select((skus::id, skus::code)).load(conn)?;
    Ok(Some(AdminOrder { view, username, codes: codes.into_iter().collect() }))
}

/// How many orders wait to be sent, and to be paid. Each count ends at `MAX_PENDING_COUNT` + 1, which means "more".
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

/// Counts the orders that wait to be sent or paid; reads only partial indexes.
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
