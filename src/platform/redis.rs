//! The one connection to Redis, shared by everybody and reconnecting by itself.

use redis::{
    Client, Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
};
use std::time::Duration;

use super::metrics::Counters;

/// A handle on Redis; cheap to clone, commands of all holders travel over one pipelined connection. It counts what goes
/// wrong.
#[derive(Clone)]
pub struct Redis(ConnectionManager);

/// How often something went wrong.
pub static ERRORS: Counters<4> = Counters::new(
    "till_redis_errors_total",
    "Commands that Redis did not carry out, by reason",
    "reason",
    ["away", "busy", "wrong_type", "other"],
);

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
    Ok(Redis(ConnectionManager::new_with_config(Client::open(url)?, settings).await?))
}

impl ConnectionLike for Redis {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let answering = self.0.req_packed_command(cmd);
        Box::pin(async move {
            let answered = answering.await;
            match &answered {
                Ok(value) => count_refusal(value),
                Err(error) => count_error(error),
            }
            answered
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        cmd: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let answering = self.0.req_packed_commands(cmd, offset, count);
        Box::pin(async move {
            let answered = answering.await;
            match &answered {
                Ok(values) => values.iter().for_each(count_refusal),
                Err(error) => count_error(error),
            }
            answered
        })
    }

    fn get_db(&self) -> i64 {
        self.0.get_db()
    }
}

/// Redis answered, but that it would not.
fn count_refusal(value: &Value) {
    let Value::ServerError(error) = value else { return };
    match error.code() {
        // A script that Redis has not seen yet is sent once more, whole.
        "NOSCRIPT" => {}
        "WRONGTYPE" => ERRORS.add("wrong_type"),
        code if BUSY.contains(&code) => ERRORS.add("busy"),
        _ => ERRORS.add("other"),
    }
}

fn count_error(error: &Error) {
    ERRORS.add(if passes(error) { "away" } else { "other" });
}

/// Answers when Redis does.
pub async fn ping(redis: &Redis) -> RedisResult<()> {
    redis::cmd("PING").query_async(&mut redis.clone()).await
}

/// Whether a key holds another kind of value than it should, or one that cannot be read: somebody else's hand. What is in
/// Redis may be lost, so such a key can go.
pub fn is_rubbish(error: &Error) -> bool {
    error.kind() == ErrorKind::TypeError || error.code() == Some("WRONGTYPE")
}

/// How Redis begins to say that it cannot just now.
const BUSY: [&str; 8] = ["BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "OOM", "READONLY", "TRYAGAIN"];

/// Whether the same may well work in a moment: Redis is away, starting, or has no room to write just now.
pub fn passes(error: &Error) -> bool {
    error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.code().is_some_and(|code| BUSY.contains(&code))
}
