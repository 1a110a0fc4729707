//! Cancels orders that were not paid by their deadline.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, RunQueryDsl,
    sql_types::{Array, BigInt, Timestamptz},
};
use serde_json::json;
use std::collections::HashSet;

use super::actions::cancel_order;
use crate::{
    kernel::OrderId,
    orders::{self, Actor, OrderEvent},
    platform::db::{self, DbError, statement},
};

statement! {
    /// Selects (order, deadline, ascending SKU ids) of unpaid orders past their payment deadline, after the cursor,
    /// earliest first. Leaves out an order with payment attempts for two minutes after its deadline; as long as one of
    /// the attempts is open at the gateway, for up to 15 minutes.
    Expired(
        now: DateTime<Utc> as Timestamptz, after: DateTime<Utc> as Timestamptz, after_id: i64 as BigInt, most: i64 as BigInt
    ) -> (BigInt, Timestamptz, Array<BigInt>) =
    "select o.id, o.expires_at, array(select sku_id from order_goods where order_id = o.id order by sku_id)
     from orders o
     where o.status = 'unpaid' and o.expires_at <= " now " and not exists (
            select from payments p
            where p.order_id = o.id and (o.expires_at > " now " - interval '2 minutes'
                or p.status = 'open' and o.expires_at > " now " - interval '15 minutes')
        ) and (o.expires_at, o.id) > (" after ", " after_id ")
     order by o.expires_at, o.id limit " most
}

/// Cancels up to `most` orders that were not paid by their deadline, each in its own transaction, and returns their
/// goods to the stock; returns how many. Several processes may run it at once. An order that fails is logged; an order
/// whose rows stay locked beyond [`db::LOCK_TIMEOUT`] is left for the next run; the others are canceled nevertheless.
///
/// # Errors
/// If the database is unavailable; orders canceled before that stay canceled.
pub fn cancel_expired(conn: &mut PgConnection, now: DateTime<Utc>, most: i64) -> Result<usize, DbError> {
    let wanted = usize::try_from(most).unwrap_or_default();
    let mut canceled = 0;
    let mut held: HashSet<Vec<i64>> = HashSet::new();
    let (mut after, mut after_id) = (DateTime::UNIX_EPOCH, 0);
    loop {
        let due: Vec<(OrderId, DateTime<Utc>, Vec<i64>)> = Expired { now, after, after_id, most }.load(conn)?;
        let is_last = due.len() < wanted;
        for (order, due_at, skus) in due {
            (after, after_id) = (due_at, order.0);
            // An order with the same SKUs has timed out on a lock in this run.
            if held.contains(&skus) {
                continue;
            }
            let ended = db::transaction(conn, |conn| {
                db::set_lock_timeout(conn, db::LOCK_TIMEOUT)?;
                let Some(mut order) = orders::try_lock_order(conn, order)? else { return Ok(false) };
                cancel_order(conn, &mut order, OrderEvent::Expired, (Actor::System, &json!({})), now)
            });
            match ended.map_err(DbError::from) {
                Ok(done) => canceled += usize::from(done),
                Err(DbError::Late(_)) => drop(held.insert(skus)),
                Err(error @ (DbError::Lost(_) | DbError::Busy(_))) => return Err(error),
                Err(error) => tracing::error!(%error, order = order.0, "an unpaid order could not be canceled"),
            }
            if canceled == wanted {
                return Ok(canceled);
            }
        }
        if is_last {
            return Ok(canceled);
        }
    }
}
