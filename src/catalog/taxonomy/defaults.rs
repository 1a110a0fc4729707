//! From how many on a SKU is low where it says nothing itself: as its category says, or the next one above that does.
//!
//! `skus.low_stock_at` is always the answer, so that no order and no list looks for it. Whoever changes the answer for many
//! promises to write it; whoever changes where one SPU stands writes it at once. Both hold the tree still meanwhile, and
//! before they lock a SKU, so that neither misses the other and nobody waits in a circle.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Integer},
};
use serde_json::{Value, json};

use crate::{
    kernel::CategoryId,
    platform::{
        db::{self, Connection, Db, DbError, statement},
        outbox::{self, Promise},
    },
};

/// What the outbox calls the promise.
pub const LOW_STOCK_DEFAULTS: &str = "low_stock_defaults";
/// How many SKUs are written at once: an order that wants one of them waits a few milliseconds.
const AT_ONCE: i64 = 500;

/// Nobody else writes categories until the transaction ends; orders, which never do, are not in the way.
pub(in crate::catalog) fn lock_category_tree(conn: &mut PgConnection) -> QueryResult<()> {
    diesel::sql_query("lock table categories in share row exclusive mode").execute(conn)?;
    Ok(())
}

/// Nobody writes categories until the transaction ends, though many may read them so.
pub(in crate::catalog) fn lock_category_tree_shared(conn: &mut PgConnection) -> QueryResult<()> {
    diesel::sql_query("lock table categories in share mode").execute(conn)?;
    Ok(())
}

statement! {
    Default(category: i64 as BigInt) -> (Integer,) = "select low_stock_of_category(" category ")"
}

/// From how many on a SKU in this category is low, if it says nothing itself.
pub(in crate::catalog) fn default_low_stock_at(conn: &mut PgConnection, category: CategoryId) -> QueryResult<i32> {
    Default { category: category.0 }.get_result(conn).map(|(low,): (i32,)| low)
}

/// Promises that the SKUs in a category and below it follow what it says.
pub(super) fn enqueue_low_stock_defaults(
    conn: &mut PgConnection,
    category: CategoryId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    outbox::promise(conn, LOW_STOCK_DEFAULTS, vec![json!({ "category": category.0 })], now)?;
    Ok(())
}

statement! {
    /// The next SKUs in and below a category by their ids; which was the last, if there was one.
    Follow(category: i64 as BigInt, after: i64 as BigInt, most: i64 as BigInt) -> (diesel::sql_types::Nullable<BigInt>,) =
    "with recursive below (id) as (
        select " category "::bigint
        union
        select c.id from below join categories c on c.parent_id = below.id
     ),
     defaults as materialized (select id, low_stock_of_category(id) as low from below),
     wrong as (
        select k.id, d.low from defaults d
        join spus s on s.category_id = d.id
        join skus k on k.spu_id = s.id
        where k.id > " after " and not k.low_stock_own and k.low_stock_at <> d.low
        order by k.id limit " most "
        for no key update of k
     ),
     written as (
        update skus k set low_stock_at = w.low from wrong w
        where k.id = w.id and not k.low_stock_own
     )
     select max(id) from wrong"
}

/// Keeps a promise: the SKUs follow, a few at a time. Keeping it twice changes nothing.
///
/// # Errors
/// What to note beside the promise.
pub async fn follow_low_stock_defaults(promise: Promise, db: &Db) -> Result<(), String> {
    let category = promise.payload.get("category").and_then(Value::as_i64).ok_or("which category?")?;
    let mut after = 0;
    while let Some(last) = follow(db, category, after).await.map_err(|error| error.to_string())? {
        after = last;
    }
    Ok(())
}

async fn follow(db: &Db, category: i64, after: i64) -> Result<Option<i64>, DbError> {
    db.run(move |conn: &mut Connection| {
        db::transaction(conn, |conn| {
            db::wait_for_rows(conn, db::A_WHILE)?;
            lock_category_tree(conn)?;
            let (last,): (Option<i64>,) = Follow { category, after, most: AT_ONCE }.get_result(conn)?;
            Ok::<_, DbError>(last)
        })
    })
    .await
}
