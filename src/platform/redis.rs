//! The one connection to Redis, shared by everybody and reconnecting by itself.

use redis::{
    Arg, Client, Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
};
use std::{
    future::Future,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout_at};

use super::{deadline, metrics::Counters};

/// A handle on Redis; cheap to clone, commands of all holders travel over one pipelined connection. It counts what goes
/// wrong. Commands wait for [`COMMAND_TIMEOUT`] at most, and no longer than the request that sends them; after one that was
/// not answered all fail at once until Redis answers again.
#[derive(Clone)]
pub struct Redis {
    connection: ConnectionManager,
    /// True while commands are not answered.
    is_silent: Arc<AtomicBool>,
    /// When a command last failed because Redis was away.
    last_away: Arc<Mutex<Option<Instant>>>,
    repeats: bool,
}

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
const COMMAND_TIMEOUT: Duration = Duration::from_secs(2);
/// Who has not answered for so long is taken not to answer at all.
const SILENCE: Duration = Duration::from_secs(1);
/// How often a Redis that does not answer is asked again, and how long it may take to answer that.
const PROBE_INTERVAL: Duration = Duration::from_millis(500);

/// Connects once, so that a wrong address is known at start.
///
/// # Errors
/// The address is not one, or nobody answers there.
pub async fn connect(url: &str) -> RedisResult<Redis> {
    let settings = ConnectionManagerConfig::new()
        .set_connection_timeout(COMMAND_TIMEOUT)
        .set_response_timeout(COMMAND_TIMEOUT)
        // Each command that finds Redis away tries to connect once more; none waits for another attempt.
        .set_number_of_retries(0)
        .set_max_delay(500);
    let connection = ConnectionManager::new_with_config(Client::open(url)?, settings).await?;
    Ok(Redis { connection, is_silent: Arc::default(), last_away: Arc::default(), repeats: false })
}

impl Redis {
    /// The same, for commands that change nothing more when they are carried out twice: where the connection breaks they are
    /// sent once more, since Redis may be as well as ever. Commands that only read are repeated anyway.
    #[must_use]
    pub fn repeating(&self) -> Self {
        Self { repeats: true, ..self.clone() }
    }

    /// Waits for an answer as long as may be, and sends the same once more where the connection broke and that does no harm.
    async fn ask<T, F>(&self, repeatable: bool, send: impl Fn() -> F) -> RedisResult<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        if self.is_silent.load(Ordering::Acquire) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "Redis does not answer").into());
        }
        let (until, asked) = (deadline::within(COMMAND_TIMEOUT), Instant::now());
        let mut answered = timeout_at(until, send()).await;
        // Where no connection could be made the command was never sent.
        let unsent = |error: &Error| error.is_connection_refusal();
        if matches!(&answered, Ok(Err(error)) if unsent(error) || repeatable && is_broken(error)) {
            answered = timeout_at(until, send()).await;
        }
        let answered = answered.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()));
        // Where the request had hardly any time left, that says nothing of Redis.
        if answered.as_ref().is_err_and(RedisError::is_timeout) && asked.elapsed() >= SILENCE {
            self.wait_for_answers();
        }
        answered
    }

    /// Whether a command failed in the last `time` because Redis was away.
    pub fn was_away_within(&self, time: Duration) -> bool {
        self.last_away.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|away| away.elapsed() < time)
    }

    fn count_error(&self, error: &Error) {
        let is_away = passes(error);
        if is_away {
            *self.last_away.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        ERRORS.add(if is_away { "away" } else { "other" });
    }

    /// Until Redis answers again, nobody else waits for it.
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
                // Any answer will do: one that says no is for whoever asks.
                if asked.is_ok_and(|answered| !answered.is_err_and(|error| error.is_timeout())) {
                    break;
                }
                sleep(PROBE_INTERVAL).await;
            }
            is_silent.store(false, Ordering::Release);
        });
    }
}

/// The connection broke; what was sent last may have been carried out.
fn is_broken(error: &Error) -> bool {
    (error.is_io_error() && !error.is_timeout()) || error.is_connection_dropped()
}

/// Commands that only read.
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

/// Answers when Redis does and takes writes.
///
/// # Errors
/// Redis is away, full, or read-only.
pub async fn ping(redis: &Redis) -> RedisResult<()> {
    redis::cmd("SET").arg("readyz").arg(1).arg("EX").arg(60).query_async(&mut redis.repeating()).await
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
