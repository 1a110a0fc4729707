//! Orders as those behind the counter see them: anybody's.

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
    platform::db::statement,
    schema::{orders, skus, users},
    web::Turn,
};

define_sql_function! {
    /// As the unique key of usernames folds them.
    fn lower(text: Text) -> Text;
}

/// Orders that count no longer.
const UNDONE: [Status; 2] = [Status::Canceled, Status::Refunded];
/// A number above this is not told.
const MOST_WAITING: i64 = 10_000;

/// Which orders a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderFilter {
    /// All of them.
    All,
    /// Those that count: neither canceled nor refunded.
    Counting,
    /// Those of one status.
    Of(Status),
}

impl OrderFilter {
    /// As an address calls it.
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Counting => "counting",
            Self::Of(status) => status.code(),
        }
    }

    /// Everything, where nobody knows the code.
    pub fn from_code(code: &str) -> Self {
        match code {
            "counting" => Self::Counting,
            code => code.parse().map_or(Self::All, Self::Of),
        }
    }
}

/// What somebody looks for among the orders.
#[derive(Clone, Debug)]
pub struct OrderSearch {
    /// An order number, or the name of who ordered, whatever its capitals.
    pub words: Option<String>,
    /// Which of them.
    pub show: OrderFilter,
    /// Placed in this stretch of time.
    pub during: Option<TimeRange>,
    /// Which page.
    pub step: Turn<OrderId>,
}

/// An order on the list.
#[derive(Clone, Debug, Queryable)]
pub struct OrderListItem {
    /// Which.
    pub id: OrderId,
    /// What people call it.
    pub number: OrderNumber,
    /// How far it has come.
    pub status: Status,
    /// How it is paid.
    pub pay_method: PayMethod,
    /// Pieces in all.
    pub total_count: i32,
    /// What is to be paid.
    pub total_amount: Money,
    /// Who receives it.
    pub recipient: String,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// Who ordered.
    pub username: String,
}

/// At most `most` of the orders that somebody looks for, the newest first.
pub fn orders_matching(conn: &mut PgConnection, search: &OrderSearch, most: i64) -> QueryResult<Vec<OrderListItem>> {
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
        .limit(most)
        .into_boxed();
    if let Some(words) = &search.words {
        if let Ok(number) = words.to_uppercase().parse::<OrderNumber>() {
            found = found.filter(orders::number.eq(number));
        } else {
            // Asked first, so that the index of whose they are is used.
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
        OrderFilter::Counting => found = found.filter(orders::status.ne_all(UNDONE.map(Status::code))),
        OrderFilter::Of(status) => found = found.filter(orders::status.eq(status.code())),
    }
    if let Some((from, to)) = search.during {
        found = found.filter(orders::placed_at.ge(from)).filter(orders::placed_at.lt(to));
    }
    let newest_first = (orders::placed_at.desc(), orders::id.desc());
    match search.step {
        Turn::Newest => found.order(newest_first).load(conn),
        Turn::OlderThan(order) => {
            let older =
                sql::<Bool>("(orders.placed_at, orders.id) < (select t.placed_at, t.id from orders t where t.id = ");
            found.filter(older.bind::<BigInt, _>(order).sql(")")).order(newest_first).load(conn)
        }
        Turn::NewerThan(order) => {
            let newer =
                sql::<Bool>("(orders.placed_at, orders.id) > (select t.placed_at, t.id from orders t where t.id = ");
            let found = found.filter(newer.bind::<BigInt, _>(order).sql(")")).order((orders::placed_at, orders::id));
            let mut found: Vec<OrderListItem> = found.load(conn)?;
            found.reverse();
            Ok(found)
        }
    }
}

/// An order as its page behind the counter shows it.
#[derive(Clone, Debug)]
pub struct AdminOrder {
    /// The order with its goods.
    pub view: OrderView,
    /// Who ordered.
    pub username: String,
    /// The codes of its SKUs.
    pub codes: HashMap<SkuId, String>,
}

/// The order of this number, whoever's.
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

/// What waits to be done about orders; each number is counted up to ten thousand and one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingOrders {
    /// To be sent.
    pub unsent: i64,
    /// When the first of these was placed.
    pub unsent_since: Option<DateTime<Utc>>,
    /// To be paid.
    pub unpaid: i64,
    /// When the first of these is over.
    pub unpaid_until: Option<DateTime<Utc>>,
}

/// What waits to be done about orders, by the indexes of that.
pub fn pending_orders(conn: &mut PgConnection) -> QueryResult<PendingOrders> {
    let (unsent, unsent_since, unpaid, unpaid_until) = CountWaiting { most: MOST_WAITING + 1 }.get_result(conn)?;
    Ok(PendingOrders { unsent, unsent_since, unpaid, unpaid_until })
}

statement! {
    CountWaiting(most: i64 as BigInt) -> (BigInt, Nullable<Timestamptz>, BigInt, Nullable<Timestamptz>) =
    "select (select count(*) from (select from orders where status = 'unsent' limit " most ") s),
        (select min(placed_at) from orders where status = 'unsent'),
        (select count(*) from (select from orders where status = 'unpaid' limit " most ") s),
        (select min(expires_at) from orders where status = 'unpaid')"
}
