//! The one connection to Redis, shared by everybody and reconnecting by itself.

use redis::{
    Client, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use std::time::Duration;

/// A handle on Redis; cheap to clone, commands of all holders travel over one pipelined connection.
pub type Redis = ConnectionManager;

/// What Redis could not do.
pub type Error = RedisError;

/// How long anything may wait for Redis: a shopper is better told than kept.
const PATIENCE: Duration = Duration::from_secs(2);

/// Connects once, so that a wrong address is known at start.
///
/// # Errors
/// The address is not one, or nobody answers there.
pub async fn connect(url: &str) -> RedisResult<Redis> {
    let settings = ConnectionManagerConfig::new()
        .set_connection_timeout(PATIENCE)
        .set_response_timeout(PATIENCE)
        .set_number_of_retries(1)
        .set_max_delay(500);
    ConnectionManager::new_with_config(Client::open(url)?, settings).await
}

/// Answers when Redis does.
///
/// # Errors
/// Redis is away.
pub async fn ping(redis: &Redis) -> RedisResult<()> {
    redis::cmd("PING").query_async(&mut redis.clone()).await
}
