//! Requests that a limit has refused: logged, counted, and listed in Redis, where staff can see them.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use prometheus_client::registry::Registry;
use redis::{AsyncCommands, Script};
use std::{collections::HashMap, sync::LazyLock};

use super::{SecurityEvent, Subject, client_address};
use crate::{
    kernel::UserId,
    platform::{clock, metrics::Counters, redis::Redis},
};

/// The codes of all limits, as in logs and metrics.
pub const LIMITS: [&str; 19] = [
    "open_orders",
    "open_pieces",
    "expired_orders",
    "checkout_by_account",
    "checkout_by_address",
    "cart_by_account",
    "cart_by_address",
    "search_by_account",
    "search_by_address",
    "sign_up_by_account",
    "sign_up_by_address",
    "question_by_account",
    "question_by_address",
    "pay_link_by_account",
    "pay_link_by_address",
    "review_by_account",
    "review_by_address",
    "customers_by_account",
    "customers_by_address",
];

static REJECTED_REQUESTS: LazyLock<Counters> = LazyLock::new(|| Counters::new("limit", &LIMITS));

pub fn register_reached_limits(registry: &mut Registry) {
    registry.register("till_limits_reached", "Requests that a limit has stopped, by limit", REJECTED_REQUESTS.family());
}

/// The maximum length of the list of refused requests. An entry stands for one limit, account and address.
pub const MAX_ENTRIES: usize = 200;
/// How many seconds an entry of the list is kept after its last refusal.
const RETENTION_SECONDS: i64 = 7 * 24 * 60 * 60;

const LATEST: &str = "stops:{stops}";
const TIMES: &str = "stops:{stops}:times";

/// An entry of the list of refused requests: a client that one limit has refused, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachedLimit {
    /// The code of the limit, one of [`LIMITS`].
    pub limit: String,
    /// The account of the client; `None` if it was not signed in.
    pub user: Option<UserId>,
    pub address: String,
    pub times: i64,
    pub at: DateTime<Utc>,
}

/// A Redis script that adds a refusal to the list, and deletes the oldest entries beyond [`MAX_ENTRIES`].
static ADD_ENTRY: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "redis.call('zadd', KEYS[1], ARGV[2], ARGV[1])
         redis.call('hincrby', KEYS[2], ARGV[1], 1)
         local over = redis.call('zcard', KEYS[1]) - tonumber(ARGV[3])
         if over > 0 then
            for _, old in ipairs(redis.call('zrange', KEYS[1], 0, over - 1)) do redis.call('hdel', KEYS[2], old) end
            redis.call('zremrangebyrank', KEYS[1], 0, over - 1)
         end
         redis.call('expire', KEYS[1], ARGV[4])
         redis.call('expire', KEYS[2], ARGV[4])",
    )
});

/// Logs, counts and lists a refused request. If Redis fails, the request is only logged and counted.
pub async fn record(req: &HttpRequest, redis: &Redis, limit: &'static str, user: Option<UserId>) {
    REJECTED_REQUESTS.add(limit);
    SecurityEvent::RateLimited.record(req, user.map_or(Subject::Nobody, Subject::User), limit);
    let who = user.map(|id| id.to_string()).unwrap_or_default();
    let entry = format!("{limit}|{who}|{}", client_address(req));
    let mut call = ADD_ENTRY.key(LATEST);
    let call = call.key(TIMES).arg(entry).arg(clock::now().timestamp_millis()).arg(MAX_ENTRIES).arg(RETENTION_SECONDS);
    if let Err(error) = call.invoke_async::<()>(&mut redis.clone()).await {
        tracing::warn!(%error, "a refused request could not be listed");
    }
}

/// Returns the entries of the last week, the latest refusal first.
pub async fn recent(redis: &Redis) -> redis::RedisResult<Vec<ReachedLimit>> {
    let mut redis = redis.clone();
    let latest: Vec<(String, i64)> = redis.zrange_withscores(LATEST, 0, -1).await?;
    let times: HashMap<String, i64> = redis.hgetall(TIMES).await?;
    let since = clock::now().timestamp() - RETENTION_SECONDS;
    let mut reached = Vec::new();
    for (entry, at) in latest.iter().rev() {
        if let Some(at) = DateTime::from_timestamp_millis(*at).filter(|at| at.timestamp() > since) {
            reached.extend(parse_entry(entry, times.get(entry).copied().unwrap_or(1), at));
        }
    }
    Ok(reached)
}

/// Parses an entry of the list as stored in Redis; `None` if another version of the program has written it in another
/// form.
fn parse_entry(entry: &str, times: i64, at: DateTime<Utc>) -> Option<ReachedLimit> {
    let mut parts = entry.splitn(3, '|');
    let (limit, user, address) = (parts.next()?.to_owned(), parts.next()?, parts.next()?.to_owned());
    Some(ReachedLimit { limit, user: user.parse().ok().map(UserId), address, times, at })
}
