//! How often is too often. The counters live in Redis, so that all servers count together.

use redis::Script;
use std::{sync::LazyLock, time::Duration};

use super::PageError;
use crate::platform::redis::Redis;

/// Whether one more is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on; this one is counted.
    Allowed,
    /// So many seconds until the next is allowed.
    Wait(u64),
}

/// Counts and asks in one step, so that many at once are counted one by one. One that is refused is not counted:
/// otherwise giving back those that were let in would not open the way again.
static SPEND: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local n = redis.pcall('incr', KEYS[1])
         if type(n) ~= 'number' then
            -- It holds something that is no count.
            redis.call('del', KEYS[1])
            n = redis.call('incr', KEYS[1])
         end
         if n == 1 or redis.call('pttl', KEYS[1]) < 0 then redis.call('pexpire', KEYS[1], ARGV[2]) end
         if n > tonumber(ARGV[1]) then
            redis.call('decr', KEYS[1])
            return redis.call('pttl', KEYS[1])
         end
         return -n",
    )
});

/// Takes one of `most` tries that `key` has within `window`.
///
/// # Errors
/// Redis is away; then nobody is let in on trust.
pub async fn spend(redis: &Redis, key: &str, most: u32, window: Duration) -> Result<Verdict, PageError> {
    Ok(match spend_counted(redis, key, most, window).await? {
        Spent::Nth(_) => Verdict::Allowed,
        Spent::Wait(seconds) => Verdict::Wait(seconds),
    })
}

/// What became of a try that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// Allowed: the so many-th in its window.
    Nth(u64),
    /// So many seconds until the next is allowed.
    Wait(u64),
}

/// [`spend`], for whoever wants to know how many have been taken.
///
/// # Errors
/// Redis is away.
pub async fn spend_counted(redis: &Redis, key: &str, most: u32, window: Duration) -> Result<Spent, PageError> {
    let window = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
    let left: i64 = SPEND.key(name(key)).arg(most).arg(window).invoke_async(&mut redis.clone()).await?;
    Ok(u64::try_from(left).map_or(Spent::Nth(left.unsigned_abs()), |ms| Spent::Wait(ms.div_ceil(1000).max(1))))
}

/// A try that has run out meanwhile is not given back.
static FORGIVE_ONE: LazyLock<Script> =
    LazyLock::new(|| Script::new("if redis.call('exists', KEYS[1]) == 1 then redis.pcall('decr', KEYS[1]) end"));

/// Gives back the try just taken.
///
/// # Errors
/// Redis is away.
pub async fn forgive_one(redis: &Redis, key: &str) -> Result<(), PageError> {
    Ok(FORGIVE_ONE.key(name(key)).invoke_async(&mut redis.clone()).await?)
}

fn name(key: &str) -> String {
    format!("limit:{key}")
}
