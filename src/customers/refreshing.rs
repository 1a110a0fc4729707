//! Keeps the table `customers` up to date, with which staff search and sort customers. A job writes it a few seconds
//! later; sign-ups and orders do not, so that they stay fast.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Timestamptz},
};

use crate::{
    kernel::UserId,
    platform::db::{self, DbError, statement},
};

/// The maximum number of new accounts, of new orders, and of new order events that one call reads.
const WINDOW: i64 = 2_000;
/// The number of customers that one call checks in turn, whether they changed or not.
const SWEPT: i64 = 500;
/// After this many seconds, all transactions that have drawn an id before are assumed to be committed.
const SETTLED_SECONDS: i64 = 20;

/// Updates the rows of customers who are new or whose orders changed, and of the next [`SWEPT`] customers in turn. Does
/// nothing if another process is doing it. Returns true if it should be called again at once.
pub fn refresh_customers_once(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<bool, DbError> {
    db::transaction(conn, |conn| {
        let (is_alone,): (bool,) = LockRefreshing {}.get_result(conn)?;
        if !is_alone {
            return Ok(false);
        }
        let changed: Vec<(i64,)> = Changed { window: WINDOW }.load(conn)?;
        let mut users: Vec<i64> = changed.into_iter().map(|(id,)| id).collect();
        let swept: Vec<(i64,)> = NextSwept { swept: SWEPT }.load(conn)?;
        let through = swept.last().map_or(0, |(id,)| *id);
        users.extend(swept.into_iter().map(|(id,)| id));
        Refresh { users }.execute(conn)?;
        let (has_more,): (bool,) =
            Advance { window: WINDOW, through, now, settled: SETTLED_SECONDS }.get_result(conn)?;
        Ok(has_more)
    })
}

/// Updates the row of one customer, or deletes it if the account was erased.
pub(super) fn refresh_customer(conn: &mut PgConnection, id: UserId) -> QueryResult<()> {
    Refresh { users: vec![id.0] }.execute(conn).map(drop)
}

statement! {
    LockRefreshing() -> (Bool,) = "select pg_try_advisory_xact_lock(hashtext('till customers'))"
}

statement! {
    Refresh(users: Vec<i64> as Array<BigInt>) -> () = "select refresh_customers(" users ")"
}

statement! {
    Changed(window: i64 as BigInt) -> (BigInt,) =
    "select u.id from customers_progress p join users u on u.id > p.user_id and u.id <= p.user_id + " window "
     union
     select o.user_id from customers_progress p join orders o on o.id > p.order_id and o.id <= p.order_id + " window "
     union
     select o.user_id
     from customers_progress p
     join order_events e on e.id > p.event_id and e.id <= p.event_id + " window "
     join orders o on o.id = e.order_id"
}

statement! {
    NextSwept(swept: i64 as BigInt) -> (BigInt,) =
    "select u.id from customers_progress p join users u on u.id > p.swept_through order by u.id limit " swept
}

statement! {
    /// Stores how far accounts, orders and events were read, but not beyond the newest of some seconds ago, because a
    /// row with a lower id may be committed later. `through` is the last customer checked in turn; 0 begins again with
    /// the first. Returns whether there is more to read.
    Advance(window: i64 as BigInt, through: i64 as BigInt, now: DateTime<Utc> as Timestamptz, settled: i64 as BigInt)
        -> (Bool,) =
    "with progress as (
        select *, newest_at < " now " - " settled "::bigint * interval '1 second' as is_settled from customers_progress
     ),
     goal as (
        select is_settled,
            case when is_settled then least(user_id + " window ", newest_user_id) else user_id end as users,
            case when is_settled then least(order_id + " window ", newest_order_id) else order_id end as orders,
            case when is_settled then least(event_id + " window ", newest_event_id) else event_id end as events
        from progress
     ),
     reached as (
        select g.*, g.is_settled
            and (g.users, g.orders, g.events) = (p.newest_user_id, p.newest_order_id, p.newest_event_id) as is_reached
        from goal g cross join progress p
     )
     update customers_progress p
     set user_id = r.users, order_id = r.orders, event_id = r.events, swept_through = " through ",
        newest_user_id = case when is_reached then (select coalesce(max(id), 0) from users) else newest_user_id end,
        newest_order_id = case when is_reached then (select coalesce(max(id), 0) from orders) else newest_order_id end,
        newest_event_id =
            case when is_reached then (select coalesce(max(id), 0) from order_events) else newest_event_id end,
        newest_at = case when is_reached then " now " else newest_at end
     from reached r
     returning r.is_settled and not r.is_reached"
}
