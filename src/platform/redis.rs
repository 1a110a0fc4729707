//! The one connection to Redis, shared by everybody and reconnecting by itself.

use redis::{
    Client, ErrorKind, RedisError, RedisResult,
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

/// Whether a key holds another kind of value than it should, or one that cannot be read: somebody else's hand. What is in
/// Redis may be lost, so such a key can go.
pub fn is_rubbish(error: &Error) -> bool {
    error.kind() == ErrorKind::TypeError || error.code() == Some("WRONGTYPE")
}

/// Whether the same may well work in a moment: Redis is away, starting, or has no room to write just now.
pub fn passes(error: &Error) -> bool {
    const BUSY: [&str; 8] = ["BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "OOM", "READONLY", "TRYAGAIN"];
    error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.code().is_some_and(|code| BUSY.contains(&code))
}
