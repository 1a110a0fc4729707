use prometheus_client::registry::Registry;
use redis::{
    Arg, Client, Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
};
use std::{
    future::Future,
    io,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout_at};

use super::{deadline, metrics::Counters};

/// A handle on one multiplexed, reconnecting connection to Redis; cheap to clone. A command fails after
/// [`COMMAND_TIMEOUT`] or at the request's deadline; after a timeout, all commands fail immediately until Redis answers
/// a PING.
#[derive(Clone)]
pub struct Redis {
    connection: ConnectionManager,
    is_silent: Arc<AtomicBool>,
    last_away: Arc<Mutex<Option<Instant>>>,
    repeats: bool,
}

static ERRORS: LazyLock<Counters> = LazyLock::new(|| Counters::new("reason", &["away", "busy", "wrong_type", "other"]));

pub fn register_metrics(registry: &mut Registry) {
    registry.register("till_redis_errors", "Commands that Redis did not carry out, by reason", ERRORS.family());
}

pub type Error = RedisError;

/// How long a command may take. A shopper is better served with an error than with a longer wait.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(2);
/// After a command that waited at least this long in vain, Redis counts as down.
const SILENCE: Duration = Duration::from_secs(1);
/// The pause between two PINGs while Redis is down. A PING may take twice as long before it fails.
const PROBE_INTERVAL: Duration = Duration::from_millis(500);

/// Connects to Redis; fails if it cannot be reached, so that a wrong URL is noticed when the program starts.
pub async fn connect(url: &str) -> RedisResult<Redis> {
    let settings = ConnectionManagerConfig::new()
        .set_connection_timeout(COMMAND_TIMEOUT)
        .set_response_timeout(COMMAND_TIMEOUT)
        // Each command on a broken connection triggers one attempt to reconnect.
        .set_number_of_retries(0)
        .set_max_delay(500);
    let connection = ConnectionManager::new_with_config(Client::open(url)?, settings).await?;
    Ok(Redis { connection, is_silent: Arc::default(), last_away: Arc::default(), repeats: false })
}

impl Redis {
    /// Returns a handle on the same connection for idempotent commands: if the connection breaks, a command is sent
    /// once more.
    #[must_use]
    pub fn repeating(&self) -> Self {
        Self { repeats: true, ..self.clone() }
    }

    /// Sends a command; sends it again if there was no connection, or if that broke and the command is `repeatable`.
    async fn ask<T, F>(&self, repeatable: bool, send: impl Fn() -> F) -> RedisResult<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        if self.is_silent.load(Ordering::Acquire) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "Redis does not answer").into());
        }
        let (until, asked) = (deadline::within(COMMAND_TIMEOUT), Instant::now());
        let mut answered = timeout_at(until, send()).await;
        // No connection: the command was not sent.
        let unsent = |error: &Error| error.is_connection_refusal();
        if matches!(&answered, Ok(Err(error)) if unsent(error) || repeatable && is_broken(error)) {
            answered = timeout_at(until, send()).await;
        }
        let answered = answered.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()));
        // A shorter wait, cut by the request's deadline, says nothing about Redis.
        if answered.as_ref().is_err_and(RedisError::is_timeout) && asked.elapsed() >= SILENCE {
            self.wait_for_answers();
        }
        answered
    }

    /// Returns whether a command failed within the last `time` because Redis was unavailable.
    pub fn was_away_within(&self, time: Duration) -> bool {
        self.last_away.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|away| away.elapsed() < time)
    }

    fn count_error(&self, error: &Error) {
        let is_away = is_transient(error);
        if is_away {
            *self.last_away.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        ERRORS.add(if is_away { "away" } else { "other" });
    }

    /// Makes all commands fail at once until Redis answers a PING.
    fn wait_for_answers(&self) {
        if self.is_silent.swap(true, Ordering::AcqRel) {
            return;
        }
        let (mut connection, is_silent) = (self.connection.clone(), Arc::clone(&self.is_silent));
        tokio::spawn(async move {
            tracing::error!("Redis does not answer");
            loop {
                let ping = redis::cmd("PING");
                let asked = tokio::time::timeout(PROBE_INTERVAL * 2, ping.query_async::<()>(&mut connection)).await;
                // An error reply is an answer, too.
                if asked.is_ok_and(|answered| !answered.is_err_and(|error| error.is_timeout())) {
                    break;
                }
                sleep(PROBE_INTERVAL).await;
            }
            is_silent.store(false, Ordering::Release);
        });
    }
}

/// Returns whether the error means that the connection broke; the last command may have been executed.
fn is_broken(error: &Error) -> bool {
    (error.is_io_error() && !error.is_timeout()) || error.is_connection_dropped()
}

fn only_reads(cmd: &Cmd) -> bool {
    const READS: [&[u8]; 10] =
        [b"EXISTS", b"GET", b"HGETALL", b"HLEN", b"LRANGE", b"MGET", b"PING", b"SMEMBERS", b"TTL", b"ZRANGE"];
    let Some(Arg::Simple(name)) = cmd.args_iter().next() else { return false };
    READS.iter().any(|read| name.eq_ignore_ascii_case(read))
}

impl ConnectionLike for Redis {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let send = || {
                let mut connection = self.connection.clone();
                async move { connection.req_packed_command(cmd).await }
            };
            let answered = self.ask(self.repeats || only_reads(cmd), send).await;
            match &answered {
                Ok(value) => count_refusal(value),
                Err(error) => self.count_error(error),
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
        Box::pin(async move {
            let send = || {
                let mut connection = self.connection.clone();
                async move { connection.req_packed_commands(cmd, offset, count).await }
            };
            let answered = self.ask(self.repeats || cmd.cmd_iter().all(only_reads), send).await;
            match &answered {
                Ok(values) => values.iter().for_each(count_refusal),
                Err(error) => self.count_error(error),
            }
            answered
        })
    }

    fn get_db(&self) -> i64 {
        self.connection.get_db()
    }
}

fn count_refusal(value: &Value) {
    let Value::ServerError(error) = value else { return };
    match error.code() {
        // Not an error: the client sends the whole script again.
        "NOSCRIPT" => {}
        "WRONGTYPE" => ERRORS.add("wrong_type"),
        code if BUSY.contains(&code) => ERRORS.add("busy"),
        _ => ERRORS.add("other"),
    }
}

/// Fails if Redis does not answer or does not accept writes: writes the key `readyz`.
pub async fn ping(redis: &Redis) -> RedisResult<()> {
    redis::cmd("SET").arg("readyz").arg(1).arg("EX").arg(60).query_async(&mut redis.repeating()).await
}

/// Returns whether the error means that a key has a value of another type or form than this program writes. Such a key
/// can be deleted, because Redis holds only data that may be lost.
pub fn is_unreadable_value(error: &Error) -> bool {
    error.kind() == ErrorKind::TypeError || error.code() == Some("WRONGTYPE")
}

/// Codes of Redis's errors after which the same command may succeed soon.
const BUSY: [&str; 8] = ["BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "OOM", "READONLY", "TRYAGAIN"];

/// Returns whether the command that failed with this error may succeed soon: Redis is down, starting, read-only or
/// full.
pub fn is_transient(error: &Error) -> bool {
    error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.code().is_some_and(|code| BUSY.contains(&code))
}

/// Deletes all keys that match a Redis pattern such as `limit:*`. Goes through all keys of Redis, about a thousand at a
/// time.
pub async fn delete_matching(redis: &Redis, pattern: &str) -> RedisResult<()> {
    let mut cursor = 0_u64;
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(1000);
        let (next, keys): (u64, Vec<String>) = scan.query_async(&mut redis.clone()).await?;
        for key in keys {
            redis::cmd("DEL").arg(key).query_async::<()>(&mut redis.clone()).await?;
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}
