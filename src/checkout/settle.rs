//! What follows the commit: exactly what was bought leaves the cart. It is a promise in the outbox, kept at once by whoever
//! placed the order, or later by a worker.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, result::Error};
use serde::{Deserialize, Serialize};

use super::model::Token;
use crate::{
    cart::{self, Bought, Leaving, Owner},
    kernel::{OrderNumber, SkuId, UserId},
    orders,
    platform::{
        outbox::{self, Promise},
        redis::Redis,
    },
};

const KIND: &str = "clear_cart";

#[derive(Serialize, Deserialize)]
struct Payload {
    user: i64,
    order: String,
    /// The order's checkout token.
    token: String,
    /// SKU id and count.
    bought: Vec<(i64, i32)>,
}

/// What an order is to take out of its shopper's cart.
pub(super) struct Owing {
    pub(super) user: UserId,
    pub(super) token: Token,
    pub(super) number: OrderNumber,
    pub(super) bought: Vec<Bought>,
}

/// Promises it for these orders, in their transaction; gives the promises in the same order.
pub(super) fn promise(conn: &mut PgConnection, orders: &[Owing], now: DateTime<Utc>) -> QueryResult<Vec<i64>> {
    let payload = |owing: &Owing| {
        serde_json::to_value(Payload {
            user: owing.user.0,
            order: owing.number.to_string(),
            token: owing.token.as_str().to_owned(),
            bought: owing.bought.iter().map(|bought| (bought.sku_id.0, bought.count)).collect(),
        })
    };
    let payloads: Result<_, _> = orders.iter().map(payload).collect();
    outbox::promise(conn, KIND, payloads.map_err(|error| Error::SerializationError(error.into()))?, now)
}

/// Does it right after the commit: of each shopper's cart, by the checkout token, what was bought.
///
/// # Errors
/// Redis is away; then a worker does it.
pub(super) async fn clear_carts(redis: &Redis, orders: &[(UserId, &Token, &[Bought])]) -> redis::RedisResult<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let orders = orders.iter().copied();
    let leaving =
        orders.map(|(user, token, bought)| Leaving { owner: Owner::User(user), token: token.as_str(), bought });
    cart::subtract(redis, &leaving.collect::<Vec<_>>()).await
}

/// What orders of this shopper still owe the cart: nothing, unless a crash or an absent Redis came in between.
///
/// # Errors
/// The database's own.
pub(super) fn owed(conn: &mut PgConnection, user: UserId) -> QueryResult<Vec<Promise>> {
    outbox::unkept(conn, KIND, "user", &user.to_string())
}

/// What the order of this token bought.
///
/// # Errors
/// The database's own.
pub(super) fn bought(conn: &mut PgConnection, user: UserId, token: &Token) -> QueryResult<Vec<Bought>> {
    let goods = orders::goods_of_checkout(conn, user, token.as_str())?;
    Ok(goods.into_iter().map(|(sku_id, count)| Bought { sku_id, count }).collect())
}

/// Keeps a promise that nobody has kept yet.
///
/// # Errors
/// Why not this time.
pub async fn keep(promise: Promise, redis: &Redis) -> Result<(), String> {
    if promise.kind != KIND {
        return Err(format!("nobody knows how to keep \"{}\"", promise.kind));
    }
    let payload: Payload = serde_json::from_value(promise.payload).map_err(|error| error.to_string())?;
    let token: Token = payload.token.parse().map_err(|_| "not a checkout token".to_owned())?;
    let bought: Vec<Bought> =
        payload.bought.into_iter().map(|(sku, count)| Bought { sku_id: SkuId(sku), count }).collect();
    clear_carts(redis, &[(UserId(payload.user), &token, &bought)]).await.map_err(|error| error.to_string())
}
