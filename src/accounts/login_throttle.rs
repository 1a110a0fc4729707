//! Login throttling: counts in Redis how often passwords and codes were wrong, in windows of 15 minutes.

use futures_util::future::{join_all, join3};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

use redis::AsyncCommands;

use super::{actions::NameTaken, model::User, passwords, queries};
use crate::{
    kernel::UserId,
    platform::{
        db::{Db, DbError},
        random::hex,
        redis::{Redis, delete_matching, is_unreadable_value},
    },
    web::{CountedHit, PageError, RateLimit, hit, hit_counted, is_shared_address, refund_hit},
};

const WINDOW: Duration = Duration::from_secs(15 * 60);
/// The maximum number of failed attempts within [`WINDOW`] for one account from one client address.
const MAX_PER_PAIR: u32 = 10;
/// The maximum instead of [`MAX_PER_PAIR`] for an address with at least [`MANY_PER_ADDRESS`] failures: enough for a
/// colleague who mistypes, too few for an attacker with a list of accounts.
const MAX_PER_PAIR_AFTER_MANY: u32 = 3;
/// The maximum number of failed attempts within [`WINDOW`] for one account from all addresses. It does not apply to an
/// address from which the account's owner has signed in before, so strangers cannot lock the owner out.
const MAX_PER_ACCOUNT: u32 = 100;
/// The maximum number of wrong second-factor codes within [`WINDOW`] for one account; small, because there are only a
/// million codes.
const MAX_CODES_PER_ACCOUNT: u32 = 20;
/// The number of failures within [`WINDOW`] from one address after which [`MAX_PER_PAIR_AFTER_MANY`] applies.
const MANY_PER_ADDRESS: u32 = 30;
/// The number of failures within [`WINDOW`] from one address after which every sign-in from there is refused, because
/// an attacker is trying a list of stolen passwords.
const MAX_PER_ADDRESS: u32 = 200;
/// All limits are multiplied by this for clients whose address is unknown, because all of them share one counter.
const SHARED_FACTOR: u32 = 10;
/// For how many seconds an address counts as known after the account's owner has signed in from it.
const KNOWN_ADDRESS_TTL: u64 = 30 * 24 * 60 * 60;

/// How often in an hour one client address may learn that an email address has an account.
const MAX_TAKEN_EMAILS: u32 = 10;
const HOUR: Duration = Duration::from_secs(60 * 60);

#[derive(Debug)]
pub enum PasswordCheck {
    Correct(User),
    /// The password is wrong, or there is no such account.
    Wrong,
    /// There were too many failures; the password was not checked. Holds the seconds to wait.
    RetryAfter(u64),
}

/// The user whose password is checked, and the password hash; `None` if there is no such account.
pub(super) type UserWithHash = Option<(User, String)>;

/// Checks `password` against the account `found`, which was looked up by `name`. `from` is the client's address. The
/// attempt is counted before the check, so that concurrent attempts cannot exceed the limit, and is subtracted again
/// after the check unless the password was wrong.
///
/// # Errors
/// [`PageError::Unavailable`] if no [`passwords::hash_permit`] is free in time.
pub(super) async fn verify_password(
    redis: &Redis,
    from: &str,
    name: &str,
    found: UserWithHash,
    password: String,
) -> Result<PasswordCheck, PageError> {
    let account = account_key(name, found.as_ref().map(|(user, _)| user));
    let counters = AttemptCounters::new("sign-in", &account, MAX_PER_ACCOUNT, from);
    // Counted after the permit, so that many correct sign-ins at once from one address do not reach the limit.
    let permit = passwords::hash_permit().await?;
    if let RateLimit::Wait(seconds) = counters.hit(redis).await? {
        return Ok(PasswordCheck::RetryAfter(seconds));
    }
    let (user, hash) = found.unzip();
    let right = passwords::verify(permit, password, hash).await;
    if !matches!(right, Ok(false)) {
        counters.refund(redis).await;
    }
    Ok(match user {
        Some(user) if right? => {
            counters.remember_address(redis).await?;
            PasswordCheck::Correct(user)
        }
        _ => PasswordCheck::Wrong,
    })
}

/// Checks the password of a signed-in user, with the same limits as signing in; `from` is the client's address.
pub async fn verify_own_password(
    (db, redis): (&Db, &Redis),
    from: &str,
    user: User,
    password: String,
) -> Result<PasswordCheck, PageError> {
    let id = user.id;
    let hash = db.run(move |conn| Ok::<_, DbError>(queries::password_hash(conn, id)?)).await?;
    verify_password(redis, from, "", hash.map(|hash| (user, hash)), password).await
}

/// The Redis keys of three counters of failed attempts: for the account from this address, for the account, and for the
/// address. The first has the lowest limit, so a user who mistypes is refused before colleagues at the same address
/// are.
#[derive(Debug)]
pub(super) struct AttemptCounters {
    pair: String,
    account: String,
    address: String,
    /// The Redis key that exists if the account's owner has signed in from this address in the last 30 days.
    known: String,
    max_per_account: u32,
    /// The factor of all limits: [`SHARED_FACTOR`] if all clients of unknown address share these counters, otherwise 1.
    factor: u32,
}

impl AttemptCounters {
    fn new(what: &str, account: &str, max_per_account: u32, from: &str) -> Self {
        Self {
            pair: format!("{what}:{account}:from:{from}"),
            account: format!("{what}:{account}"),
            address: format!("{what}:from:{from}"),
            known: format!("known-address:{account}:{from}"),
            max_per_account,
            factor: if is_shared_address(from) { SHARED_FACTOR } else { 1 },
        }
    }

    /// Returns the counters for second-factor codes of the user `of` from the client address `from`.
    pub(super) fn for_codes(of: UserId, from: &str) -> Self {
        Self::new("code", &user_key(of), MAX_CODES_PER_ACCOUNT, from)
    }

    /// Counts an attempt in all three counters, or in none if one of them is at its limit. If Redis fails in between,
    /// what was counted is taken back later.
    pub(super) async fn hit(&self, redis: &Redis) -> Result<RateLimit, PageError> {
        let mut counted = Vec::new();
        let verdict = self.hit_each(redis, &mut counted).await;
        if !matches!(verdict, Ok(RateLimit::Allowed)) {
            refund(redis, counted).await;
        }
        verdict
    }

    async fn hit_each(&self, redis: &Redis, counted: &mut Vec<String>) -> Result<RateLimit, PageError> {
        // Where the answer of Redis is lost, it may have counted.
        let of_address = hit_counted(redis, &self.address, MAX_PER_ADDRESS * self.factor, WINDOW).await;
        if !matches!(of_address, Ok(CountedHit::Wait(_))) {
            counted.push(self.address.clone());
        }
        let nth = match of_address? {
            CountedHit::Nth(nth) => nth,
            CountedHit::Wait(seconds) => return Ok(RateLimit::Wait(seconds)),
        };
        let many = nth > u64::from(MANY_PER_ADDRESS * self.factor);
        let most = if many { MAX_PER_PAIR_AFTER_MANY } else { MAX_PER_PAIR };
        // One round trip.
        let (of_pair, of_account, is_known) = join3(
            hit(redis, &self.pair, most, WINDOW),
            hit(redis, &self.account, self.max_per_account, WINDOW),
            self.is_known_address(redis),
        )
        .await;
        if !matches!(of_pair, Ok(RateLimit::Wait(_))) {
            counted.push(self.pair.clone());
        }
        if !matches!(of_account, Ok(RateLimit::Wait(_))) {
            counted.push(self.account.clone());
        }
        match (of_pair?, of_account?) {
            (RateLimit::Allowed, RateLimit::Allowed) => Ok(RateLimit::Allowed),
            (RateLimit::Allowed, _) if is_known? => Ok(RateLimit::Allowed),
            (RateLimit::Wait(seconds), _) | (_, RateLimit::Wait(seconds)) => Ok(RateLimit::Wait(seconds)),
        }
    }

    /// Takes back an attempt that [`AttemptCounters::hit`] has counted; if Redis is unavailable, does it later.
    pub(super) async fn refund(&self, redis: &Redis) {
        refund(redis, vec![self.address.clone(), self.pair.clone(), self.account.clone()]).await;
    }

    async fn is_known_address(&self, redis: &Redis) -> Result<bool, PageError> {
        let known: Result<Option<String>, _> = redis.clone().get(&self.known).await;
        match known {
            Err(error) if is_unreadable_value(&error) => Ok(false),
            known => Ok(known?.is_some()),
        }
    }

    async fn remember_address(&self, redis: &Redis) -> Result<(), PageError> {
        Ok(redis.clone().set_ex(&self.known, 1, KNOWN_ADDRESS_TTL).await?)
    }
}

/// Limits how many [`refund`] calls retry in the background at the same time while Redis fails. Further ones are not
/// retried.
static WAITING_REFUNDS: Semaphore = Semaphore::const_new(10_000);
const REFUND_INTERVAL: Duration = Duration::from_secs(1);

/// Takes back one attempt from each counter. If Redis fails, retries in the background until the counters expire:
/// otherwise a user with the correct password would be locked out after an outage.
async fn refund(redis: &Redis, counters: Vec<String>) {
    let left = try_refund(redis, counters).await;
    if left.is_empty() {
        return;
    }
    let Ok(permit) = WAITING_REFUNDS.try_acquire() else { return };
    let redis = redis.clone();
    tokio::spawn(async move {
        let _permit = permit;
        let (began, mut left) = (Instant::now(), left);
        while !left.is_empty() && began.elapsed() < WINDOW {
            sleep(REFUND_INTERVAL).await;
            left = try_refund(&redis, left).await;
        }
    });
}

/// Subtracts one from each counter. Returns the keys of the counters for which Redis failed.
async fn try_refund(redis: &Redis, counters: Vec<String>) -> Vec<String> {
    let refunded = join_all(counters.iter().map(|counter| refund_hit(redis, counter))).await;
    counters.into_iter().zip(refunded).filter_map(|(counter, refunded)| refunded.err().map(|_| counter)).collect()
}

/// Returns the part of a Redis key that stands for an account: the user id, so that username and email address share a
/// counter. For a name without an account it is a hash of the name.
fn account_key(name: &str, user: Option<&User>) -> String {
    match user {
        Some(user) => user_key(user.id),
        None => {
            let digest = Sha256::digest(name.to_lowercase());
            format!("name:{}", hex(digest.get(..16).unwrap_or_default()))
        }
    }
}

fn user_key(user: UserId) -> String {
    format!("user:{user}")
}

/// Counts a sign-up that was refused because the email address has an account: such a refusal reveals who is a
/// customer, so each client address (`from`) gets only a few. If only the username is taken, counts nothing.
pub(super) async fn hit_name_taken(redis: &Redis, from: &str, taken: NameTaken) -> Result<RateLimit, PageError> {
    let key = format!("sign-up:taken:{from}");
    let factor = if is_shared_address(from) { SHARED_FACTOR } else { 1 };
    let verdict = hit(redis, &key, MAX_TAKEN_EMAILS * factor, HOUR).await?;
    if taken == NameTaken::Username && verdict == RateLimit::Allowed {
        refund_hit(redis, &key).await?;
    }
    Ok(verdict)
}

/// Deletes from Redis the IP addresses from which a user has signed in, and the counters of the user's failed sign-ins.
pub async fn forget_attempts(redis: &Redis, user: UserId) -> redis::RedisResult<()> {
    let user = user_key(user);
    for pattern in [format!("known-address:{user}:*"), format!("limit:*:{user}"), format!("limit:*:{user}:from:*")] {
        delete_matching(redis, &pattern).await?;
    }
    Ok(())
}
