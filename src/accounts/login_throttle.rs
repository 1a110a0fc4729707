//! Whether a password is somebody's, and how often one may try.

use sha2::{Digest, Sha256};
use std::time::Duration;

use redis::AsyncCommands;

use super::{actions::NameTaken, model::User, passwords, queries};
use crate::{
    kernel::UserId,
    platform::{
        db::{Db, DbError},
        redis::{Redis, is_rubbish},
        secrets::hex,
    },
    web::{PageError, Spent, Verdict, forgive_one, is_shared_address, spend, spend_counted},
};

const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Wrong passwords or codes for one account from one address in the window.
const MAX_PER_PAIR: u32 = 10;
/// The same, once the address has had [`MANY_PER_ADDRESS`] wrong ones: enough for a colleague who mistypes, too few for
/// somebody who goes through a list of accounts.
const MAX_PER_PAIR_AFTER_MANY: u32 = 3;
/// Wrong passwords for one account from all addresses in the window. It does not hold where the account's owner has signed
/// in from before: strangers cannot lock them out.
const MAX_PER_ACCOUNT: u32 = 100;
/// Wrong codes for one account from all addresses: a code has only a million values.
const MAX_CODES_PER_ACCOUNT: u32 = 20;
/// Wrong ones from one address in the window, after which each of its accounts may have fewer.
const MANY_PER_ADDRESS: u32 = 30;
/// Wrong ones from one address in the window, after which nobody there signs in: a list of stolen passwords is tried.
const MAX_PER_ADDRESS: u32 = 200;
/// So many times more is allowed where many clients share what counts as their address, since it cannot be told.
const SHARED_FACTOR: u32 = 10;
/// How long it is remembered that an account's owner has signed in from an address, in seconds.
const KNOWN_ADDRESS_TTL: u64 = 30 * 24 * 60 * 60;

/// How often an address is told in an hour that an email address has an account already.
const MAX_TAKEN_EMAILS: u32 = 10;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What became of a try.
#[derive(Debug)]
pub enum PasswordCheck {
    /// It is their password.
    Right(User),
    /// It is not, or nobody is called that.
    Wrong,
    /// Too many were wrong; so many seconds to wait. The password was not looked at.
    Wait(u64),
}

/// Whose password is tried: whoever was found, and the hash of theirs.
pub(super) type Found = Option<(User, String)>;

/// Tries `password` for whom `name` was `found` to be. Each try is counted before the password is looked at, so that many
/// at once do not slip through, and given back unless the password was wrong.
///
/// # Errors
/// Redis is away, or too many passwords are looked at just now.
pub(super) async fn verify_password(
    redis: &Redis,
    from: &str,
    name: &str,
    found: Found,
    password: String,
) -> Result<PasswordCheck, PageError> {
    let account = account_key(name, found.as_ref().map(|(person, _)| person));
    let counters = AttemptCounters::new("sign-in", &account, MAX_PER_ACCOUNT, from);
    // Counted in turn: many who sign in at once from one address, each with the right password, are never too many.
    let permit = passwords::hash_permit().await?;
    if let Verdict::Wait(seconds) = counters.hit(redis).await? {
        return Ok(PasswordCheck::Wait(seconds));
    }
    let (person, hash) = found.unzip();
    let right = passwords::verify(permit, password, hash).await;
    if !matches!(right, Ok(false)) {
        counters.refund(redis).await?;
    }
    Ok(match person {
        Some(person) if right? => {
            counters.remember_address(redis).await?;
            PasswordCheck::Right(person)
        }
        _ => PasswordCheck::Wrong,
    })
}

/// Tries the password of whoever is signed in already.
///
/// # Errors
/// Redis or the database is away, or too many passwords are looked at just now.
pub async fn verify_own_password(
    (db, redis): (&Db, &Redis),
    from: &str,
    person: User,
    password: String,
) -> Result<PasswordCheck, PageError> {
    let id = person.id;
    let hash = db.run(move |conn| Ok::<_, DbError>(queries::password_hash(conn, id)?)).await?;
    verify_password(redis, from, "", hash.map(|hash| (person, hash)), password).await
}

/// What counts the tries for one account from one address: for both together, for the account wherever it is tried from,
/// and for the address whomever it tries. One person's wrong tries use up what they have for that account; colleagues at the
/// same address go on.
#[derive(Debug)]
pub(super) struct AttemptCounters {
    pair: String,
    account: String,
    address: String,
    /// Set while the account's owner has lately signed in from the address.
    known: String,
    max_per_account: u32,
    /// How many clients share the address.
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

    /// Those of the codes of `of`.
    pub(super) fn for_codes(of: UserId, from: &str) -> Self {
        Self::new("code", &user_key(of), MAX_CODES_PER_ACCOUNT, from)
    }

    /// Counts a try with each of the counters, or with none: an address that may not try must not use up what an account
    /// allows, nor the other way round.
    pub(super) async fn hit(&self, redis: &Redis) -> Result<Verdict, PageError> {
        let nth = match spend_counted(redis, &self.address, MAX_PER_ADDRESS * self.factor, WINDOW).await? {
            Spent::Nth(nth) => nth,
            Spent::Wait(seconds) => return Ok(Verdict::Wait(seconds)),
        };
        let many = nth > u64::from(MANY_PER_ADDRESS * self.factor);
        let most = if many { MAX_PER_PAIR_AFTER_MANY } else { MAX_PER_PAIR };
        let verdict = spend(redis, &self.pair, most, WINDOW).await?;
        if verdict != Verdict::Allowed {
            forgive_one(redis, &self.address).await?;
            return Ok(verdict);
        }
        let verdict = spend(redis, &self.account, self.max_per_account, WINDOW).await?;
        if verdict == Verdict::Allowed || self.is_known_address(redis).await? {
            return Ok(Verdict::Allowed);
        }
        forgive_one(redis, &self.address).await?;
        forgive_one(redis, &self.pair).await?;
        Ok(verdict)
    }

    /// Gives it back.
    pub(super) async fn refund(&self, redis: &Redis) -> Result<(), PageError> {
        for counter in [&self.address, &self.pair, &self.account] {
            forgive_one(redis, counter).await?;
        }
        Ok(())
    }

    async fn is_known_address(&self, redis: &Redis) -> Result<bool, PageError> {
        let known: Result<Option<String>, _> = redis.clone().get(&self.known).await;
        match known {
            Err(error) if is_rubbish(&error) => Ok(false),
            known => Ok(known?.is_some()),
        }
    }

    async fn remember_address(&self, redis: &Redis) -> Result<(), PageError> {
        Ok(redis.clone().set_ex(&self.known, 1, KNOWN_ADDRESS_TTL).await?)
    }
}

/// One account has one counter, by whichever of its names it is called. A name nobody has is counted as well, and may
/// be long and strange.
fn account_key(name: &str, person: Option<&User>) -> String {
    match person {
        Some(person) => user_key(person.id),
        None => {
            let digest = Sha256::digest(name.to_lowercase());
            format!("name:{}", hex(digest.get(..16).unwrap_or_default()))
        }
    }
}

fn user_key(user: UserId) -> String {
    format!("user:{user}")
}

/// Whether an address may be told which of their names is taken. Being told of an email address uses this up, since it says
/// who is a customer here.
pub(super) async fn hit_name_taken(redis: &Redis, from: &str, taken: NameTaken) -> Result<Verdict, PageError> {
    let key = format!("sign-up:taken:{from}");
    let factor = if is_shared_address(from) { SHARED_FACTOR } else { 1 };
    let verdict = spend(redis, &key, MAX_TAKEN_EMAILS * factor, HOUR).await?;
    if taken == NameTaken::Username && verdict == Verdict::Allowed {
        forgive_one(redis, &key).await?;
    }
    Ok(verdict)
}
