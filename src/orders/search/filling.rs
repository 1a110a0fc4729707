//! Fills the table `order_search`, with which staff find orders by words.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Bool},
};

use crate::{
    kernel::OrderId,
    platform::db::{self, DbError, statement},
};

/// The maximum number of orders that one step adds to the table, which takes about 0.1 seconds.
const MAX_ADDED: i64 = 500;
/// How many of the newest orders each step checks for missing rows.
const NEWEST: i64 = 20_000;
/// How many orders one step of the check of all orders looks at for missing rows; the next step continues where this
/// one ended.
const SWEPT: i64 = 5_000;

/// Writes the row of an order in the search table again, after its address or its parcels have changed. Call it after
/// the change, in the same transaction.
pub fn refresh_search(conn: &mut PgConnection, order: OrderId) -> QueryResult<usize> {
    RefreshRows { orders: vec![order.0] }.execute(conn)
}

/// Adds rows to the search table for orders that have none: first for orders of the last minutes, then for the next
/// orders of a check that goes through all orders in small steps. Does nothing while another process runs it. Returns
/// whether there is more to do at once. Must not be called in a transaction.
///
/// # Errors
/// Those of the database; nothing is written then.
pub fn fill_search(conn: &mut PgConnection) -> Result<bool, DbError> {
    db::transaction(conn, |conn| {
        let is_alone: bool = LockFilling {}.get_result::<(bool,)>(conn)?.0;
        if !is_alone {
            return Ok(false);
        }
        let added = AddNewest { newest: NEWEST, most: MAX_ADDED }.execute(conn)?;
        if added > 0 {
            BeginPart {}.execute(conn)?;
        }
        NoteNewest {}.execute(conn)?;
        let swept: Option<SweepStep> = Sweep { swept: SWEPT, most: MAX_ADDED }.get_result(conn).optional()?;
        // Also what staff have changed: each search would read it from the list again.
        MergeRows {}.execute(conn)?;
        let Some(step) = swept else { return Ok(i64::try_from(added) == Ok(MAX_ADDED)) };
        let is_step_done = step.added < MAX_ADDED;
        if is_step_done {
            NoteSwept { through: step.through.unwrap_or_default() }.execute(conn)?;
        }
        Ok(step.added > 0 || i64::try_from(added) == Ok(MAX_ADDED))
    })
}

/// What one step of the check of all orders has done.
#[derive(QueryableByName)]
struct SweepStep {
    /// The lowest id of an order that the step has checked; `None` if no order was left.
    #[diesel(sql_type = diesel::sql_types::Nullable<BigInt>)]
    through: Option<i64>,
    #[diesel(sql_type = BigInt)]
    added: i64,
}

statement! {
    RefreshRows(orders: Vec<i64> as Array<BigInt>) -> () = "select refresh_order_search(" orders ")"
}

statement! {
    /// Moves new rows from the pending list of the word index (a GIN index) into its main structure.
    MergeRows() -> () = "select merge_order_search()"
}

statement! {
    /// Tries to take the lock that lets only one transaction at a time fill the table, until that transaction ends.
    /// Returns whether it was free.
    LockFilling() -> (Bool,) = "select pg_try_advisory_xact_lock(hashtext('till order search'))"
}

statement! {
    /// Adds rows for orders of the last minutes that have none. A row that exists is not changed, because it may be
    /// newer than what this statement reads.
    AddNewest(newest: i64 as BigInt, most: i64 as BigInt) -> () =
    "insert into order_search select n.* from order_search_now n where n.order_id = any(array(
        select newest.id
        from (
            select o.id from orders o where o.id > (select checked_through from order_search_progress)
            order by o.id desc limit " newest "
        ) newest
        where not exists (select from order_search s where s.order_id = newest.id)
        order by newest.id desc limit " most "
     ))
     on conflict (order_id) do nothing"
}

statement! {
    /// Begins a new part of the table (some thousand orders of a range of times) when the newest part is full. It
    /// begins a minute from now, so that no order belongs to it yet.
    BeginPart() -> () =
    "insert into order_search_parts
     select max(id) + 1, greatest(now(), (select max(placed_at) from orders)) + interval '1 minute'
     from order_search_parts
     having (
        select count(*)
        from (
            select from orders where placed_at >= (select max(begins) from order_search_parts) limit 8193
        ) o
     ) > 8192"
}

statement! {
    /// Records that orders older than two minutes do not have to be checked as new ones any more: the transactions that
    /// placed them have ended by now. If a transaction takes longer, the check of all orders adds its orders.
    NoteNewest() -> () =
    "update order_search_progress
     set checked_through = newest_id, newest_id = coalesce((select max(id) from orders), 0), newest_at = now()
     where newest_at < now() - interval '2 minutes'"
}

statement! {
    /// Checks the next orders in the check of all orders, and adds rows to the search table for those that have none.
    /// Returns no row if the last check of all orders ended less than an hour ago.
    Sweep(swept: i64 as BigInt, most: i64 as BigInt) -> [SweepStep] =
    "with step as materialized (
        select o.id from orders o, order_search_progress p
        where o.id < p.swept_from and coalesce(p.swept_at < now() - interval '1 hour', true)
        order by o.id desc limit " swept "
     ), added as (
        insert into order_search select n.* from order_search_now n where n.order_id = any(array(
            select step.id from step where not exists (select from order_search s where s.order_id = step.id)
            order by step.id desc limit " most "
        ))
        on conflict (order_id) do nothing
        returning order_id
     )
     select (select min(id) from step) as through, (select count(*) from added) as added
     from order_search_progress p where coalesce(p.swept_at < now() - interval '1 hour', true)"
}

statement! {
    /// Records down to which id all orders have been checked for missing rows; 0 if the check is complete.
    NoteSwept(through: i64 as BigInt) -> () =
    "update order_search_progress
     set swept_from = case when " through " = 0 then 9223372036854775807 else " through " end,
        swept_at = case when " through " = 0 then now() else swept_at end"
}
