//! How often is too often. The counters live in Redis, so that all servers count together.

use actix_web::{HttpRequest, web::Data};
use redis::Script;
use std::{sync::LazyLock, time::Duration};

use super::{PageError, client_address, is_shared_address, stops};
use crate::{
    config::{Config, Rate},
    kernel::UserId,
    platform::redis::Redis,
};

/// What may be done only so often, by an account and from an address; how often is a setting of the shop's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// "Place order" is pressed.
    Checkout,
    /// A cart is changed.
    Cart,
    /// The catalog is searched.
    Search,
    /// An account is opened.
    SignUp,
}

/// Who does it, as far as that is known.
#[derive(Clone, Copy, Debug)]
pub enum Asker<'a> {
    /// Somebody with an account.
    User(UserId),
    /// Whose cart has this name.
    Guest(&'a str),
    /// Nobody is known: the address alone is counted.
    Nobody,
}

impl Limit {
    fn of(self, config: &Config) -> (Rate, Duration) {
        let limits = &config.limits;
        let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(60 * 60));
        match self {
            Self::Checkout => (limits.checkout, minute),
            Self::Cart => (limits.cart, minute),
            Self::Search => (limits.search, minute),
            Self::SignUp => (Rate { per_account: 0, per_address: limits.sign_ups }, hour),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Cart => "cart",
            Self::Search => "search",
            Self::SignUp => "sign-up",
        }
    }

    /// What logs, metrics and the list of who was stopped call it, by account and by address.
    fn codes(self) -> [&'static str; 2] {
        match self {
            Self::Checkout => ["checkout_by_account", "checkout_by_address"],
            Self::Cart => ["cart_by_account", "cart_by_address"],
            Self::Search => ["search_by_account", "search_by_address"],
            Self::SignUp => ["sign_up_by_account", "sign_up_by_address"],
        }
    }

    /// Counts this one, for whoever does it and for their address, in one round trip. Whoever is stopped is noted.
    ///
    /// # Errors
    /// Redis is away; then nobody is let in on trust.
    pub async fn hit(self, req: &HttpRequest, redis: &Redis, by: Asker<'_>) -> Result<RateLimit, PageError> {
        let Some(config) = req.app_data::<Data<Config>>() else { return Ok(RateLimit::Allowed) };
        let (rate, window) = self.of(config);
        let account = match by {
            Asker::User(id) => Some(format!("u{id}")),
            Asker::Guest(cart) => Some(format!("g{cart}")),
            Asker::Nobody => None,
        };
        let address = Some(rate.per_address).filter(|most| *most > 0).map(|most| {
            let address = client_address(req);
            // Where it cannot be told, many clients share what counts as theirs.
            let factor = if is_shared_address(&address) { SHARED_FACTOR } else { 1 };
            (address, most.saturating_mul(factor))
        });
        let mut counters = Vec::with_capacity(2);
        if let Some(account) = account.filter(|_| rate.per_account > 0) {
            counters.push((account, rate.per_account));
        }
        let by_account = counters.len();
        counters.extend(address.map(|(address, most)| (format!("from:{address}"), most)));
        if counters.is_empty() {
            return Ok(RateLimit::Allowed);
        }
        let mut call = HIT_ALL.prepare_invoke();
        call.arg(u64::try_from(window.as_millis()).unwrap_or(u64::MAX));
        for (counter, most) in &counters {
            // One name in braces: the counters of a limit lie together, so that one script may reach them.
            call.key(format!("limit:{{{}}}:{counter}", self.name())).arg(most);
        }
        let (which, left): (usize, i64) = call.invoke_async(&mut redis.clone()).await?;
        if which == 0 {
            return Ok(RateLimit::Allowed);
        }
        let [of_account, of_address] = self.codes();
        let user = if let Asker::User(id) = by { Some(id) } else { None };
        stops::note(req, redis, if which <= by_account { of_account } else { of_address }, user).await;
        Ok(RateLimit::Wait(seconds(left)))
    }

    /// The same for what a page may not fail for: where it cannot be counted, it is let pass.
    ///
    /// # Errors
    /// [`PageError::TooMany`].
    pub async fn hit_if_counted(self, req: &HttpRequest, redis: &Redis, by: Asker<'_>) -> Result<(), PageError> {
        match tokio::time::timeout(UNCOUNTED_AFTER, self.hit(req, redis, by)).await {
            Ok(Ok(RateLimit::Wait(seconds))) => Err(PageError::TooMany(seconds)),
            Ok(Ok(RateLimit::Allowed)) => Ok(()),
            Ok(Err(error)) => {
                tracing::warn!(%error, limit = self.name(), "not counted");
                Ok(())
            }
            Err(_) => {
                tracing::warn!(limit = self.name(), "not counted: Redis takes too long");
                Ok(())
            }
        }
    }

    /// The same where a refusal is an error page that says how long to wait.
    ///
    /// # Errors
    /// [`PageError::TooMany`], or Redis is away.
    pub async fn hit_or_refuse(self, req: &HttpRequest, redis: &Redis, by: Asker<'_>) -> Result<(), PageError> {
        match self.hit(req, redis, by).await? {
            RateLimit::Allowed => Ok(()),
            RateLimit::Wait(seconds) => Err(PageError::TooMany(seconds)),
        }
    }
}

/// So many times more is allowed to an address that stands for many clients.
const SHARED_FACTOR: u32 = 10;
/// A page that can do without Redis waits this long for a count.
const UNCOUNTED_AFTER: Duration = Duration::from_millis(250);

/// [`HIT`] for several counters: which of them, from 1, has run out and for how many milliseconds, or 0. Then none is
/// counted.
static HIT_ALL: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "for i, key in ipairs(KEYS) do
            local n = redis.pcall('incr', key)
            if type(n) ~= 'number' then
                redis.call('del', key)
                n = redis.call('incr', key)
            end
            if n == 1 then redis.call('pexpire', key, ARGV[1]) end
            if n > tonumber(ARGV[i + 1]) then
                for j = 1, i do redis.call('decr', KEYS[j]) end
                -- A counter that lost its time would stop everybody for ever.
                if redis.call('pttl', key) < 0 then redis.call('pexpire', key, ARGV[1]) end
                return {i, redis.call('pttl', key)}
            end
         end
         return {0, 0}",
    )
});

fn seconds(left: i64) -> u64 {
    u64::try_from(left).unwrap_or_default().div_ceil(1000).max(1)
}

/// Whether one more is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// Go on; this one is counted.
    Allowed,
    /// So many seconds until the next is allowed.
    Wait(u64),
}

/// Counts and asks in one step, so that many at once are counted one by one. One that is refused is not counted:
/// otherwise giving back those that were let in would not open the way again.
static HIT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local n = redis.pcall('incr', KEYS[1])
         if type(n) ~= 'number' then
            -- It holds something that is no count.
            redis.call('del', KEYS[1])
            n = redis.call('incr', KEYS[1])
         end
         if n == 1 then redis.call('pexpire', KEYS[1], ARGV[2]) end
         if n > tonumber(ARGV[1]) then
            redis.call('decr', KEYS[1])
            -- A counter that lost its time would stop everybody for ever.
            if redis.call('pttl', KEYS[1]) < 0 then redis.call('pexpire', KEYS[1], ARGV[2]) end
            return redis.call('pttl', KEYS[1])
         end
         return -n",
    )
});

/// Takes one of `most` tries that `key` has within `window`.
///
/// # Errors
/// Redis is away; then nobody is let in on trust.
pub async fn hit(redis: &Redis, key: &str, most: u32, window: Duration) -> Result<RateLimit, PageError> {
    Ok(match hit_counted(redis, key, most, window).await? {
        CountedHit::Nth(_) => RateLimit::Allowed,
        CountedHit::Wait(seconds) => RateLimit::Wait(seconds),
    })
}

/// What became of a try that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedHit {
    /// Allowed: the so many-th in its window.
    Nth(u64),
    /// So many seconds until the next is allowed.
    Wait(u64),
}

/// [`spend`], for whoever wants to know how many have been taken.
pub async fn hit_counted(redis: &Redis, key: &str, most: u32, window: Duration) -> Result<CountedHit, PageError> {
    let window = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
    let left: i64 = HIT.key(name(key)).arg(most).arg(window).invoke_async(&mut redis.clone()).await?;
    Ok(u64::try_from(left)
        .map_or(CountedHit::Nth(left.unsigned_abs()), |ms| CountedHit::Wait(ms.div_ceil(1000).max(1))))
}

/// An attempt that has expired or was never counted is not refunded.
static REFUND_HIT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local count = redis.pcall('get', KEYS[1])
         if type(count) == 'string' and (tonumber(count) or 0) > 0 then redis.pcall('decr', KEYS[1]) end",
    )
});

/// Gives back the try just taken.
pub async fn refund_hit(redis: &Redis, key: &str) -> Result<(), PageError> {
    Ok(REFUND_HIT.key(name(key)).invoke_async(&mut redis.clone()).await?)
}

fn name(key: &str) -> String {
    format!("limit:{key}")
}
