//! Keeps the table `customers` up to date, with which staff search and sort customers. A job writes it a few seconds
//! later; sign-ups and orders do not, so that they stay fast.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, Bool, Integer},
};

use crate::{kernel::UserId, platform::db::statement};

/// Writes the rows of customers who are new, have ordered, or about whose orders something has happened: of at most
/// `rows` new accounts, orders and events each; and of the next `swept` customers while all are looked at in turn.
/// Returns whether there is more to do at once; `false` also while another process does it.
pub fn follow_customers(conn: &mut PgConnection, rows: i32, swept: i32) -> QueryResult<bool> {
    let (has_more,): (bool,) = FollowCustomers { rows, swept }.get_result(conn)?;
    Ok(has_more)
}

/// Updates the row of one customer, or deletes it if the account was erased.
pub(super) fn refresh_customer(conn: &mut PgConnection, id: UserId) -> QueryResult<()> {
    Refresh { users: vec![id.0] }.execute(conn).map(drop)
}

statement! {
    FollowCustomers(rows: i32 as Integer, swept: i32 as Integer) -> (Bool,) =
    "select follow_customers(" rows ", " swept ")"
}

statement! {
    Refresh(users: Vec<i64> as Array<BigInt>) -> () = "select refresh_customers(" users ")"
}
