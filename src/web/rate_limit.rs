//! Rate limits: counters in Redis for windows of fixed length, which all servers share.

use actix_web::{HttpRequest, web::Data};
use redis::Script;
use std::{sync::LazyLock, time::Duration};

use super::{PageError, client_address, is_shared_address, reached_limits};
use crate::{
    config::{Config, Rate},
    kernel::UserId,
    platform::redis::Redis,
};

/// A limit on requests of one kind; the numbers for each account and each IP address are in
/// [`Limits`](crate::config::Limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Checkout,
    Cart,
    Search,
    /// Suggestions shown while a visitor types a search.
    Suggestion,
    SignUp,
    /// Asking questions, replying, adding pictures, and asking for a fapiao.
    Question,
    /// Requests of pages on which an order is paid without signing in.
    PayLink,
    /// Writing and editing reviews, and adding pictures to them.
    Review,
    /// Pages with personal data of customers that staff open, except pages of orders.
    Customers,
}

/// The account or guest who makes a request. All requests of the same account or guest are counted together; those of
/// the client's address are counted, too.
#[derive(Clone, Copy, Debug)]
pub enum Asker<'a> {
    User(UserId),
    /// A client without an account, identified by the id of its cart, or by its question.
    Guest(&'a str),
    /// A client that is neither signed in nor has a cart: only the requests of its address are counted.
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
            Self::Suggestion => (suggestions(limits.search), minute),
            Self::PayLink => (Rate { per_account: 0, ..limits.checkout }, minute),
            Self::SignUp => (Rate { per_account: 0, per_address: limits.sign_ups }, hour),
            Self::Question => (limits.question, hour),
            Self::Review => (limits.review, hour),
            Self::Customers => (Rate { per_account: limits.customers, per_address: 0 }, hour),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Cart => "cart",
            Self::Search => "search",
            Self::Suggestion => "suggestion",
            Self::SignUp => "sign-up",
            Self::Question => "question",
            Self::PayLink => "pay-link",
            Self::Review => "review",
            Self::Customers => "customers",
        }
    }

    /// Returns the names in logs and metrics of the limit for an account, and of that for an address.
    fn codes(self) -> [&'static str; 2] {
        match self {
            Self::Checkout => ["checkout_by_account", "checkout_by_address"],
            Self::Cart => ["cart_by_account", "cart_by_address"],
            Self::Search | Self::Suggestion => ["search_by_account", "search_by_address"],
            Self::SignUp => ["sign_up_by_account", "sign_up_by_address"],
            Self::Question => ["question_by_account", "question_by_address"],
            Self::PayLink => ["pay_link_by_account", "pay_link_by_address"],
            Self::Review => ["review_by_account", "review_by_address"],
            Self::Customers => ["customers_by_account", "customers_by_address"],
        }
    }

    /// Counts a request for its account and its address, in one round trip. If one of these limits is reached, counts
    /// it for neither, records the refusal, and returns [`RateLimit::Wait`].
    ///
    /// # Errors
    /// Redis is down: the request must be refused.
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
            // Many clients share an unknown address.
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
            // With the hash tag in braces, Redis Cluster stores all keys of the script on one node.
            call.key(format!("limit:{{{}}}:{counter}", self.name())).arg(most);
        }
        let (which, left): (usize, i64) = call.invoke_async(&mut redis.clone()).await?;
        if which == 0 {
            return Ok(RateLimit::Allowed);
        }
        let [of_account, of_address] = self.codes();
        let user = if let Asker::User(id) = by { Some(id) } else { None };
        reached_limits::record(req, redis, if which <= by_account { of_account } else { of_address }, user).await;
        Ok(RateLimit::Wait(seconds(left)))
    }

    /// Counts a request like [`Limit::hit`], and fails with [`PageError::TooMany`] if a limit is reached. If Redis
    /// fails, or does not answer within [`UNCOUNTED_AFTER`], allows the request uncounted.
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

    /// Counts a request like [`Limit::hit`], and fails with [`PageError::TooMany`] if a limit is reached.
    pub async fn hit_or_refuse(self, req: &HttpRequest, redis: &Redis, by: Asker<'_>) -> Result<(), PageError> {
        match self.hit(req, redis, by).await? {
            RateLimit::Allowed => Ok(()),
            RateLimit::Wait(seconds) => Err(PageError::TooMany(seconds)),
        }
    }
}

/// The factor by which the limit of suggestions exceeds that of searches: one search that is typed causes several
/// requests.
const SUGGESTIONS_PER_SEARCH: u32 = 4;
/// The factor by which the limit of an address is multiplied if that address stands for all clients whose address is
/// unknown.
const SHARED_FACTOR: u32 = 10;
/// How long [`Limit::hit_if_counted`] waits for Redis before it allows the request.
const UNCOUNTED_AFTER: Duration = Duration::from_millis(250);

/// A Redis script that counts a request in several counters. Counts in all and returns 0; or, if one is at its limit,
/// counts in none and returns the index of that counter from 1, and the milliseconds to wait.
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

fn suggestions(searches: Rate) -> Rate {
    Rate {
        per_account: searches.per_account.saturating_mul(SUGGESTIONS_PER_SEARCH),
        per_address: searches.per_address.saturating_mul(SUGGESTIONS_PER_SEARCH),
    }
}

fn seconds(left: i64) -> u64 {
    u64::try_from(left).unwrap_or_default().div_ceil(1000).max(1)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    Allowed,
    /// The request is refused; holds the seconds until the next one is allowed.
    Wait(u64),
}

/// A Redis script that counts a request, unless the limit is reached. Returns the new count as a negative number, or
/// the milliseconds to wait. Refused requests are not counted, so that [`refund_hit`] makes room for the next one.
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

/// Counts a request under `key`; `most` are allowed in each `window`.
///
/// # Errors
/// Redis is down: the request must be refused.
pub async fn hit(redis: &Redis, key: &str, most: u32, window: Duration) -> Result<RateLimit, PageError> {
    Ok(match hit_counted(redis, key, most, window).await? {
        CountedHit::Nth(_) => RateLimit::Allowed,
        CountedHit::Wait(seconds) => RateLimit::Wait(seconds),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedHit {
    /// The request is allowed; holds how many were counted in this window, including this one.
    Nth(u64),
    /// The request is refused; holds the seconds until the next one is allowed.
    Wait(u64),
}

/// Counts a request like [`hit`], and also returns how many were counted in this window.
pub async fn hit_counted(redis: &Redis, key: &str, most: u32, window: Duration) -> Result<CountedHit, PageError> {
    let window = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
    let left: i64 = HIT.key(name(key)).arg(most).arg(window).invoke_async(&mut redis.clone()).await?;
    Ok(u64::try_from(left)
        .map_or(CountedHit::Nth(left.unsigned_abs()), |ms| CountedHit::Wait(ms.div_ceil(1000).max(1))))
}

/// A Redis script that subtracts one from a counter, unless it has expired or is 0.
static REFUND_HIT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local count = redis.pcall('get', KEYS[1])
         if type(count) == 'string' and (tonumber(count) or 0) > 0 then redis.pcall('decr', KEYS[1]) end",
    )
});

/// Takes back a request that was counted under `key`, if the window has not ended.
pub async fn refund_hit(redis: &Redis, key: &str) -> Result<(), PageError> {
    Ok(REFUND_HIT.key(name(key)).invoke_async(&mut redis.clone()).await?)
}

fn name(key: &str) -> String {
    format!("limit:{key}")
}
