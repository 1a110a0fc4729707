//! The low-stock threshold of SKUs without one of their own: that of their category, or of the nearest ancestor that
//! has one. `skus.low_stock_at` always stores the effective threshold, so that orders and lists need no lookup. A
//! change of a category's threshold enqueues a job that writes it to the SKUs; a change of an SPU's category writes it
//! at once. Both lock the category tree before any SKU, so that neither misses the other's change and they cannot
//! deadlock.

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
        outbox::{self, Job},
    },
};

/// The kind of the job in the outbox that writes thresholds to SKUs.
pub const LOW_STOCK_DEFAULTS: &str = "low_stock_defaults";
/// The number of SKUs that one statement updates; small, so that orders wait only a few milliseconds for the row locks.
const BATCH_SIZE: i64 = 500;

/// Locks the table of categories against other writers until the transaction ends. Orders only read categories and do
/// not wait.
pub(in crate::catalog) fn lock_category_tree(conn: &mut PgConnection) -> QueryResult<()> {
    diesel::sql_query("lock table categories in share row exclusive mode").execute(conn)?;
    Ok(())
}

/// Locks the table of categories against writers until the transaction ends; several transactions may hold this lock at
/// once.
pub(in crate::catalog) fn lock_category_tree_shared(conn: &mut PgConnection) -> QueryResult<()> {
    diesel::sql_query("lock table categories in share mode").execute(conn)?;
    Ok(())
}

statement! {
    CategoryDefault(category: i64 as BigInt) -> (Integer,) = "select low_stock_of_category(" category ")"
}

/// Looks up the low-stock threshold of those SKUs in this category that have none of their own.
pub(in crate::catalog) fn default_low_stock_at(conn: &mut PgConnection, category: CategoryId) -> QueryResult<i32> {
    CategoryDefault { category: category.0 }.get_result(conn).map(|(low,): (i32,)| low)
}

/// Enqueues a job that writes the low-stock threshold of a category to the SKUs in it and its descendants.
pub(super) fn enqueue_low_stock_defaults(
    conn: &mut PgConnection,
    category: CategoryId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    outbox::enqueue(conn, LOW_STOCK_DEFAULTS, vec![json!({ "category": category.0 })], now)?;
    Ok(())
}

statement! {
    /// Writes the category's low-stock threshold to the next `most` SKUs after the id `after` that store another one.
    /// Returns the id of the last of them; null if there was none.
    WriteLowStockDefaults(category: i64 as BigInt, after: i64 as BigInt, most: i64 as BigInt) -> (diesel::sql_types::Nullable<BigInt>,) =
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

/// Performs a job of the kind [`LOW_STOCK_DEFAULTS`]: writes a category's low-stock threshold to the SKUs in it and its
/// descendants, in batches. Idempotent.
///
/// # Errors
/// The message to store with the failed job.
pub async fn write_low_stock_defaults(job: Job, db: &Db) -> Result<(), String> {
    let category = job.payload.get("category").and_then(Value::as_i64).ok_or("which category?")?;
    let mut after = 0;
    while let Some(last) =
        write_next_low_stock_defaults(db, category, after).await.map_err(|error| error.to_string())?
    {
        after = last;
    }
    Ok(())
}

async fn write_next_low_stock_defaults(db: &Db, category: i64, after: i64) -> Result<Option<i64>, DbError> {
    db.run(move |conn: &mut Connection| {
        db::transaction(conn, |conn| {
            db::set_lock_timeout(conn, db::BACKGROUND_LOCK_TIMEOUT)?;
            lock_category_tree(conn)?;
            let (last,): (Option<i64>,) =
                WriteLowStockDefaults { category, after, most: BATCH_SIZE }.get_result(conn)?;
            Ok::<_, DbError>(last)
        })
    })
    .await
}
