//! Removes ordered goods from the cart: a job of the outbox, performed right after the commit, or else later by a
//! worker.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::Arc};

use super::model::Token;
use crate::{
    cart::{self, Bought, CartVersion, Owner, Purchase},
    kernel::{OrderNumber, SkuId, UserId},
    orders,
    platform::{
        batch_loader::{BatchError, BatchLoader, batched},
        clock,
        db::{Db, DbError},
        outbox::{self, Failure, Job},
        redis::{Redis, is_transient},
        store_error::StoreError,
    },
};

/// The kind of the outbox job that removes ordered goods from a cart.
pub const CLEAR_CART: &str = "clear_cart";

#[derive(Serialize, Deserialize)]
struct Payload {
    user: i64,
    order: String,
    cart: CartVersion,
    /// The ordered goods, as (SKU id, number of units).
    bought: Vec<(i64, i32)>,
}

/// Enqueues a job for each of these orders, in the transaction of the orders. Returns the ids of the jobs, in the same
/// order.
pub(super) fn enqueue(conn: &mut PgConnection, purchases: &[&Purchase], now: DateTime<Utc>) -> QueryResult<Vec<i64>> {
    if purchases.is_empty() {
        return Ok(Vec::new());
    }
    let mut payloads = Vec::with_capacity(purchases.len());
    for purchase in purchases {
        let payload = Payload {
            user: purchase.user.0,
            order: purchase.order.to_string(),
            cart: purchase.cart_version.clone(),
            bought: purchase.bought.iter().map(|bought| (bought.sku_id.0, bought.count)).collect(),
        };
        payloads.push(serde_json::to_value(payload).map_err(|error| Error::SerializationError(error.into()))?);
    }
    outbox::enqueue(conn, CLEAR_CART, payloads, now)
}

/// Removes what these orders bought from their carts. If that fails, the jobs that were enqueued with the orders do it
/// later.
pub(super) async fn clear_carts(redis: &Redis, purchases: &[&Purchase]) -> redis::RedisResult<()> {
    if purchases.is_empty() {
        return Ok(());
    }
    cart::remove_purchased(redis, purchases).await
}

/// Releases claims on carts, given as (user, token of the checkout, number of claims). If that fails, the claims expire
/// by themselves.
pub(super) async fn release_carts(redis: &Redis, checkouts: &[(UserId, &Token, usize)]) {
    if checkouts.is_empty() {
        return;
    }
    let checkouts = checkouts.iter().copied();
    let claims: Vec<_> = checkouts.map(|(user, token, presses)| (Owner::User(user), token.as_str(), presses)).collect();
    if let Err(error) = cart::release(redis, &claims).await {
        tracing::warn!(%error, carts = claims.len(), "carts stay claimed until the claims expire");
    }
}

/// Loads the unfinished jobs that remove ordered goods from the carts of shoppers; most shoppers have none. Lookups
/// made at the same time share one query.
#[derive(Clone)]
pub struct CartClearingLoader(BatchLoader<UserId, Vec<Job>, DbError>);

impl CartClearingLoader {
    pub fn open(db: &Db) -> Self {
        Self(batched(db, unfinished_jobs))
    }

    pub(super) async fn jobs_of(&self, user: UserId) -> Result<Arc<Vec<Job>>, BatchError<DbError>> {
        Ok(self.0.get(user).await?.unwrap_or_default())
    }
}

fn unfinished_jobs(conn: &mut PgConnection, users: &[UserId]) -> QueryResult<HashMap<UserId, Vec<Job>>> {
    let users: Vec<String> = users.iter().map(UserId::to_string).collect();
    let mut jobs: HashMap<UserId, Vec<Job>> = HashMap::new();
    for job in outbox::unfinished(conn, CLEAR_CART, "user", &users)? {
        if let Some(user) = job.payload.get("user").and_then(serde_json::Value::as_i64) {
            jobs.entry(UserId(user)).or_default().push(job);
        }
    }
    Ok(jobs)
}

/// Removes the goods of this order from the cart, unless Redis remembers that this was done. Returns `false` if it
/// failed.
pub(super) async fn clear_cart_again(
    db: &Db,
    redis: &Redis,
    user: UserId,
    order: &OrderNumber,
) -> Result<bool, StoreError> {
    if cart::remembers(redis, user, order).await? {
        return Ok(true);
    }
    let (order, since) = (order.clone(), clock::now() - cart::REMEMBERED);
    let job = db
        .run(move |conn| {
            // Redis does not remember older orders anyway.
            if !orders::was_placed_since(conn, user, &order, since)? {
                return Ok::<_, DbError>(None);
            }
            Ok(outbox::enqueued_since(conn, CLEAR_CART, ("order", order.as_str()), since)?)
        })
        .await?;
    match job {
        Some(job) => Ok(clear_cart(job, redis).await.is_ok()),
        None => Ok(true),
    }
}

/// Performs a job of the kind [`CLEAR_CART`]. Fails with [`Failure::Away`] if Redis is unavailable.
pub async fn clear_cart(job: Job, redis: &Redis) -> Result<(), Failure> {
    let payload: Payload = serde_json::from_value(job.payload).map_err(|error| error.to_string())?;
    let purchase = Purchase {
        user: UserId(payload.user),
        cart_version: payload.cart,
        order: payload.order.parse().map_err(|_| "not an order number".to_owned())?,
        bought: payload.bought.into_iter().map(|(sku, count)| Bought { sku_id: SkuId(sku), count }).collect(),
    };
    clear_carts(redis, &[&purchase]).await.map_err(|error| {
        if is_transient(&error) { Failure::Away(error.to_string()) } else { Failure::Failed(error.to_string()) }
    })
}
